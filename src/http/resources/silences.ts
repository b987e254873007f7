import * as z from "zod";
import { addSilence, expireSilence } from "../../app/silence.js";
import { ALERT_STATES } from "../../domain/alert.js";
import { parseMatcher } from "../../domain/matcher.js";
import { type NewSilence, SILENCE_STATES } from "../../domain/silence.js";
import {
  findSilence,
  findSilences,
  type HiddenAlertRow,
  type SilenceDetail,
  type SilenceRow,
  silenceCursor,
} from "../../store/history/silences.js";
import { author, authorBody, bodyText, newResource, readBody } from "../body.js";
import type { Described } from "../contract/described.js";
import { listOf, resourceSchema, singleOf, toMany } from "../contract/document-schemas.js";
import { attributesOf, many, type Resource } from "../document.js";
import { bodyInstant, oneOf, PAGE_SIZE_DEFAULT } from "../parameters.js";
import { badBody, conflict, NOT_FOUND, RequestRefused } from "../problem.js";
import { cursorCheck, nextLink, PAGE, readQuery } from "../query.js";
import { idOf } from "../route.js";
import type { Endpoint, WritingEndpoint } from "./endpoint.js";

const listQuery = z.strictObject({
  ...PAGE,
  sort: oneOf(["-created-at"]).optional(),
  "filter[state]": oneOf([...SILENCE_STATES, "open", "stale"]).optional(),
});
const noQuery = z.strictObject({});

const silenceAttributes = z.strictObject({
  "silence-state": z.enum(SILENCE_STATES),
  "is-stale": z.boolean(),
  matchers: z.array(z.string()),
  "starts-at": z.date(),
  "ends-at": z.date(),
  author: z.string(),
  reason: z.string(),
  "created-at": z.date(),
  "ends-when": z.strictObject({
    "unmatched-polls": z.int().nullable(),
    "count-doubles": z.boolean(),
    "http-status-changes": z.boolean(),
    "text-changes": z.boolean(),
  }),
  "unmatched-polls": z.int(),
  "last-matched-at": z.date().nullable(),
  "ended-at": z.date().nullable(),
  "ended-because": z.string().nullable(),
  hidden: z.strictObject({ alerts: z.int(), transitions: z.int() }),
});
const silenceSchema = resourceSchema("Silence", { type: "silences", attributes: silenceAttributes, hasSelf: true });

const hiddenAlert = z.strictObject({
  "alert-id": z.string(),
  "server-id": z.string(),
  integration: z.strictObject({ name: z.string(), acronym: z.string() }).nullable(),
  error: z.strictObject({ id: z.string(), headline: z.string() }).nullable(),
  rule: z.string(),
  "alert-state": z.enum(ALERT_STATES),
  transitions: z.int(),
  "first-at": z.date(),
  "last-at": z.date(),
});
const detailSchema = resourceSchema("SilenceDetail", {
  type: "silences",
  attributes: silenceAttributes.extend({ "hidden-alerts": z.array(hiddenAlert) }),
  relationships: { alerts: toMany("alerts") },
  hasSelf: true,
});

export const listSilences: Endpoint = {
  path: "/api/silences",
  operationId: "listSilences",
  summary: "Lists silences",
  query: listQuery,
  document: listOf(silenceSchema),
  examples: [{}, { query: { "filter[state]": "open", sort: "-created-at", "page[size]": "1" } }],
  async answer({ db, clock }, { url, query }) {
    const asked = readQuery(listQuery, query, [cursorCheck(() => silenceCursor)]);
    const filter = { silenceState: asked["filter[state]"] ?? null, at: clock() };
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const { rows, next } = await findSilences(db, filter, page);
    return { links: { self: url, next: nextLink(url, next) }, data: rows.map(silenceResource) };
  },
};

/** One silence with what it has hidden. */
export const showSilence: Endpoint = {
  path: "/api/silences/:id",
  operationId: "showSilence",
  summary: "Shows one silence with what it has hidden",
  query: noQuery,
  document: singleOf(detailSchema),
  problems: [404],
  examples: [{ params: { id: "1" } }],
  async answer({ db, clock }, { url, query, params }) {
    readQuery(noQuery, query);
    const silence = await findSilence(db, idOf(params), clock());
    if (silence === null) throw new RequestRefused([NOT_FOUND]);
    return { links: { self: url }, data: detailResource(silence) };
  },
};

const MATCHERS_MAX = 50;
const MATCHER_CHARS_MAX = 1000;
const POLLS_MAX = 999_999_999;

const matcher = bodyText(MATCHER_CHARS_MAX).transform((text, context) => {
  const parsed = parseMatcher(text);
  if (!("problem" in parsed)) return parsed;
  context.addIssue({ code: "custom", message: parsed.problem });
  return z.NEVER;
});
const yesOrNo = z.boolean({ error: "Must be true or false" }).default(false);
const polls = z
  .int({ error: "Must be a whole number or null" })
  .min(1, "Must be at least 1")
  .max(POLLS_MAX, "Is too large");

const newSilence = newResource(
  "silences",
  z.strictObject({
    matchers: z
      .array(matcher, { error: "Must be an array of texts" })
      .refine((matchers) => matchers.length > 0, "Must not be empty")
      .refine((matchers) => matchers.length <= MATCHERS_MAX, `Must have at most ${MATCHERS_MAX} matchers`),
    "starts-at": bodyInstant.optional(),
    "ends-at": bodyInstant,
    author,
    reason: bodyText(1000),
    "ends-when": z
      .strictObject({
        "unmatched-polls": polls.nullable().default(null),
        "count-doubles": yesOrNo,
        "http-status-changes": yesOrNo,
        "text-changes": yesOrNo,
      })
      .prefault({}),
  }),
);

const EXAMPLE = {
  matchers: ['integration="VirusTotal"', 'cause=~"credential|quota"'],
  "ends-at": "2026-03-09T14:00:00Z",
  author: "mia",
  reason: "A new key is on its way",
  "ends-when": { "unmatched-polls": 30, "text-changes": true },
};

export const createSilence: WritingEndpoint = {
  path: "/api/silences",
  method: "POST",
  role: "operator",
  operationId: "createSilence",
  summary: "Adds a silence",
  query: noQuery,
  body: newSilence,
  document: singleOf(detailSchema),
  examples: [{ body: { data: { type: "silences", attributes: EXAMPLE } } }],
  async perform({ db, clock }, { query, body, origin }) {
    readQuery(noQuery, query);
    const { attributes } = readBody(newSilence, body).data;
    const added = await addSilence({ db, clock }, silenceFrom(attributes, clock()), origin);
    if (added.kind === "refused") {
      const [first, ...rest] = added.problems;
      throw new RequestRefused([problemOf(first), ...rest.map(problemOf)]);
    }
    const silence = await findSilence(db, String(added.id), clock());
    if (silence === null) throw new Error("A silence that was just added is not there");
    const self = addressOf(silence.id);
    return { kind: "created", location: self, document: { links: { self }, data: detailResource(silence) } };
  },
};

export const deleteSilence: WritingEndpoint = {
  path: "/api/silences/:id",
  method: "DELETE",
  role: "operator",
  operationId: "deleteSilence",
  summary: "Ends a silence now; it stays on record",
  query: noQuery,
  body: authorBody,
  document: null,
  problems: [404, 409],
  examples: [{ params: { id: "1" }, body: { meta: { author: "mia" } } }],
  async perform({ db, clock }, { query, params, body, origin }) {
    readQuery(noQuery, query);
    const { meta } = readBody(authorBody, body);
    const request = { id: idOf(params), author: meta.author, origin };
    const expired = await expireSilence({ db, clock }, request);
    if (expired.kind === "expired") return { kind: "done" };
    throw new RequestRefused([expired.reason === "unknown" ? NOT_FOUND : conflict(expired.because)]);
  },
};

type Attributes = z.output<typeof newSilence>["data"]["attributes"];

function silenceFrom(attributes: Attributes, now: Date): NewSilence {
  const { matchers, author: name, reason, "ends-when": end } = attributes;
  return {
    matchers,
    startsAt: attributes["starts-at"] ?? now,
    endsAt: attributes["ends-at"],
    author: name,
    reason,
    endsWhen: {
      unmatchedPolls: end["unmatched-polls"],
      countDoubles: end["count-doubles"],
      httpStatusChanges: end["http-status-changes"],
      textChanges: end["text-changes"],
    },
  };
}

function problemOf({ field, problem }: { field: keyof NewSilence; problem: string }) {
  const [name = field] = Object.keys(attributesOf({ [field]: null }));
  return badBody(`/data/attributes/${name}`, problem);
}

function addressOf(id: string): string {
  return `/api/silences/${id}`;
}

function silenceResource({ id, endsWhen, hidden, ...fields }: SilenceRow): Resource {
  return {
    type: "silences",
    id,
    attributes: {
      ...attributesOf(fields),
      "ends-when": attributesOf(endsWhen),
      hidden,
    } satisfies Described<typeof silenceAttributes>,
    links: { self: addressOf(id) },
  };
}

function detailResource({ hiddenAlerts, ...row }: SilenceDetail): Resource {
  const resource = silenceResource(row);
  const alertIds = hiddenAlerts.map(({ alertId }) => alertId);
  return {
    ...resource,
    attributes: { ...resource.attributes, "hidden-alerts": hiddenAlerts.map(hiddenAttributes) },
    relationships: { alerts: many("alerts", alertIds) },
  };
}

function hiddenAttributes({ error, ...row }: HiddenAlertRow): Described<typeof hiddenAlert> {
  return { ...attributesOf(row), error };
}
