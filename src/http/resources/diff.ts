import * as z from "zod";
import { compareMoments, type Moment } from "../../app/time-travel.js";
import { CAUSES } from "../../domain/cause.js";
import {
  type ComparedIntegration,
  ERROR_DIFFERENCES,
  INTEGRATION_DIFFERENCES,
  type ShownError,
} from "../../domain/compare.js";
import { READ_FAILURES } from "../../domain/snapshot.js";
import { type DifferenceRow, differenceCursor } from "../../store/history/differences.js";
import type { Described } from "../contract/described.js";
import { listOf, resourceSchema, toOne } from "../contract/document-schemas.js";
import { attributesOf, one, type Resource } from "../document.js";
import { refusedFor } from "../no-moment.js";
import { moment, PAGE_SIZE_DEFAULT, text } from "../parameters.js";
import { cursorCheck, nextLink, PAGE, readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";
import { briefSnapshot, briefSnapshotSchema, integrationAtSchema } from "./snapshot-at.js";

const diffQuery = z.strictObject({
  ...PAGE,
  from: moment,
  to: moment,
  "filter[server]": text.optional(),
  "filter[integration]": text.optional(),
});

const comparedIntegration = z.strictObject({
  id: z.string(),
  differences: z.array(z.enum(INTEGRATION_DIFFERENCES)),
  before: integrationAtSchema.nullable(),
  after: integrationAtSchema.nullable(),
});
const shownMoment = z.strictObject({ at: z.date(), snapshot: briefSnapshotSchema });
const diffMeta = z.strictObject({
  server: z.string(),
  from: shownMoment,
  to: shownMoment,
  summary: z.strictObject({
    differing: z.int(),
    added: z.int(),
    appeared: z.int(),
    gone: z.int(),
    passed: z.int(),
    grew: z.int(),
    "last-seen-moved": z.int(),
    "http-status-changed": z.int(),
    "text-changed": z.int(),
    "id-changed": z.int(),
  }),
  integrations: z.array(comparedIntegration),
  coverage: z.strictObject({
    "watched-share": z.number(),
    "good-polls": z.int(),
    "failed-polls": z.int(),
    "expected-polls": z.int(),
    failures: z.array(z.strictObject({ reason: z.enum(READ_FAILURES), polls: z.int() })),
    blind: z.strictObject({ windows: z.int(), ms: z.int() }),
    "longest-blind": z.array(z.strictObject({ "from-at": z.date(), "until-at": z.date() })),
    "undiffed-polls": z.int(),
  }),
});

const shownError = z.strictObject({
  "polarity-id": z.string(),
  occurrences: z.int().nullable(),
  "last-occurred-at": z.date().nullable(),
  "http-status": z.int().nullable(),
  text: z
    .strictObject({
      title: z.string().nullable(),
      "short-text": z.string().nullable(),
      "long-text": z.string().nullable(),
      meta: z.record(z.string(), z.unknown()),
      rest: z.record(z.string(), z.unknown()),
    })
    .optional(),
});
const differenceAttributes = z.strictObject({
  integration: z.strictObject({ id: z.string(), name: z.string(), acronym: z.string() }),
  headline: z.string(),
  cause: z.enum(CAUSES),
  differences: z.array(z.enum(ERROR_DIFFERENCES)),
  added: z.int(),
  resets: z.int(),
  restarts: z.int(),
  "first-seen-at": z.date(),
  before: shownError.nullable(),
  after: shownError.nullable(),
});
const differenceSchema = resourceSchema("Difference", {
  type: "differences",
  attributes: differenceAttributes,
  relationships: { integration: toOne("integrations"), error: toOne("errors") },
});

/** What differs between two moments of a server: in numbers, its integrations and how well it was watched in `meta`. */
export const showDiff: Endpoint = {
  path: "/api/diff",
  operationId: "showDiff",
  summary: "Compares two moments of a server",
  query: diffQuery,
  document: listOf(differenceSchema, { meta: diffMeta }),
  problems: [404],
  examples: [
    { query: { from: "2026-03-01T12:01:00Z", to: "2026-03-01T12:05:00Z" } },
    {
      query: {
        from: "2026-03-01T12:01:00Z",
        to: "2026-03-01T12:04:00Z",
        "filter[server]": "prod",
        "filter[integration]": "VirusTotal",
        "page[size]": "1",
      },
    },
  ],
  async answer({ db, clock }, { url, query }) {
    const asked = readQuery(diffQuery, query, [cursorCheck(() => differenceCursor)]);
    const { from, to } = asked;
    const [server, integration] = [asked["filter[server]"] ?? null, asked["filter[integration]"] ?? null];
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const found = await compareMoments(db, { server, integration, from, to }, page, clock());
    if (found.kind !== "compared") throw refusedFor(found);
    const { coverage } = found;
    return {
      links: { self: url, next: nextLink(url, found.errors.next) },
      meta: {
        server: found.server,
        from: momentAttributes(found.from),
        to: momentAttributes(found.to),
        summary: attributesOf(found.counts),
        integrations: found.integrations.map(integrationAttributes),
        coverage: { ...attributesOf(coverage), "longest-blind": coverage.longestBlind.map(attributesOf) },
      } satisfies Described<typeof diffMeta>,
      data: found.errors.rows.map(differenceResource),
    };
  },
};

function momentAttributes({ at, snapshot }: Moment): Described<typeof shownMoment> {
  return { at, snapshot: briefSnapshot(snapshot) };
}

function integrationAttributes({
  before,
  after,
  ...fields
}: ComparedIntegration): Described<typeof comparedIntegration> {
  return {
    ...fields,
    before: before === null ? null : attributesOf(before),
    after: after === null ? null : attributesOf(after),
  };
}

function differenceResource({ id, integration, before, after, ...fields }: DifferenceRow): Resource {
  const isWorded = fields.differences.includes("text_changed");
  return {
    type: "differences",
    id,
    attributes: {
      ...attributesOf(fields),
      integration: attributesOf(integration),
      before: before === null ? null : shownAttributes(before, isWorded),
      after: after === null ? null : shownAttributes(after, isWorded),
    } satisfies Described<typeof differenceAttributes>,
    relationships: { integration: one("integrations", integration.id), error: one("errors", id) },
  };
}

/** What it said comes along where that is a difference. */
function shownAttributes({ text: said, ...fields }: ShownError, isWorded: boolean): Described<typeof shownError> {
  const { httpStatus, ...words } = said;
  return { ...attributesOf({ ...fields, httpStatus }), ...(isWorded && { text: attributesOf(words) }) };
}
