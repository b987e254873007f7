import * as z from "zod";
import { OPEN_ALERT_STATES, SEVERITIES } from "../../domain/alert.js";
import { CAUSES, type Cause } from "../../domain/cause.js";
import { DEFAULT_ERROR_SORT, ERROR_SORT_KEYS, type ErrorSort, errorOrder } from "../../store/history/error-order.js";
import type { ErrorRow, ListedErrorRow } from "../../store/history/error-row.js";
import { ERROR_STATES, findErrors } from "../../store/history/errors.js";
import type { Described } from "../contract/described.js";
import { listOf, resourceSchema, toOne } from "../contract/document-schemas.js";
import { attributesOf, distinct, one, type Resource } from "../document.js";
import { count, httpStatus, include, instant, oneOf, PAGE_SIZE_DEFAULT, text, words } from "../parameters.js";
import { badParameter, RequestRefused } from "../problem.js";
import { cursorCheck, nextLink, PAGE, type RawQuery, readQuery, spanCheck } from "../query.js";
import { SPAN_MS_DEFAULT } from "../span.js";
import type { Endpoint } from "./endpoint.js";
import { briefIntegration, briefIntegrationSchema } from "./integrations.js";

const sort = z
  .string()
  .transform((value, context): ErrorSort => {
    const descending = value.startsWith("-");
    const by = ERROR_SORT_KEYS.find((key) => key === value.slice(descending ? 1 : 0));
    if (by !== undefined) return { by, descending };
    const message = `Must be one of: ${ERROR_SORT_KEYS.join(", ")}; with a - before it the highest or latest come first`;
    context.issues.push({ code: "custom", message, input: value });
    return z.NEVER;
  })
  .meta({ asParameter: { enum: ERROR_SORT_KEYS.flatMap((key) => [key, `-${key}`]) } });

const listQuery = z.strictObject({
  ...PAGE,
  sort: sort.optional(),
  include: include(["integration"]).optional(),
  "filter[server]": text.optional(),
  "filter[integration]": text.optional(),
  "filter[cause]": oneOf(CAUSES).optional(),
  "filter[http-status]": httpStatus.optional(),
  "filter[state]": oneOf(ERROR_STATES).optional(),
  "filter[acronym]": text.optional(),
  "filter[severity]": oneOf(SEVERITIES).optional(),
  "filter[alert-state]": oneOf(OPEN_ALERT_STATES).optional(),
  "filter[text]": words.optional(),
  "filter[first-seen-since]": instant.optional(),
  "filter[first-seen-until]": instant.optional(),
  "filter[last-seen-since]": instant.optional(),
  "filter[last-seen-until]": instant.optional(),
  "filter[added-since]": instant.optional(),
  "filter[added-min]": count.optional(),
});

/** What every answer says of an error. */
export const errorAttributes = z.strictObject({
  "polarity-id": z.string(),
  present: z.boolean(),
  headline: z.string(),
  cause: z.enum(CAUSES),
  "http-status": z.int().nullable(),
  occurrences: z.int().nullable(),
  "added-total": z.int(),
  "first-seen-at": z.date(),
  "last-occurred-at": z.date().nullable(),
  "last-grown-at": z.date().nullable(),
  "observed-at": z.date(),
  "gone-at": z.date().nullable(),
});
export const errorRelationships = { server: toOne("servers"), integration: toOne("integrations") };
const errorSchema = resourceSchema("Error", {
  type: "errors",
  attributes: errorAttributes.extend({ "added-in-window": z.int().optional() }),
  relationships: errorRelationships,
  hasSelf: true,
});

const briefAttributes = z.strictObject({ headline: z.string(), cause: z.enum(CAUSES) });
/** An error that comes along. */
export const briefErrorSchema = resourceSchema("BriefError", {
  type: "errors",
  attributes: briefAttributes,
  hasSelf: true,
});

const CHECKS = [
  cursorCheck(orderAskedFor),
  spanCheck(instant, "filter[first-seen-since]", "filter[first-seen-until]"),
  spanCheck(instant, "filter[last-seen-since]", "filter[last-seen-until]"),
];

/** Where it matters how much was added, the answer names since when: the last seven days unless the request says it. */
export const listErrors: Endpoint = {
  path: "/api/errors",
  operationId: "listErrors",
  summary: "Lists errors",
  query: listQuery,
  document: listOf(errorSchema, {
    included: [briefIntegrationSchema],
    meta: z.strictObject({ "added-since": z.date() }).optional(),
  }),
  examples: [
    { query: { "filter[cause]": "quota", "filter[state]": "present", sort: "-occurrences", include: "integration" } },
    { query: { "filter[http-status]": "429", "filter[text]": "quota", "page[size]": "1" } },
    { query: { "filter[server]": "prod", "filter[integration]": "VirusTotal", sort: "first-seen-at" } },
    { query: { "filter[added-since]": "2026-03-01", "filter[added-min]": "5", sort: "-added" } },
    { query: { "filter[acronym]": "VT", "filter[severity]": "info", "filter[alert-state]": "firing" } },
    { query: { "filter[first-seen-since]": "2026-03-01", "filter[last-seen-until]": "2026-03-02" } },
    { query: { "filter[first-seen-until]": "2026-03-02", "filter[last-seen-since]": "2026-03-01T12:00:00Z" } },
  ],
  async answer({ db, clock }, { url, query }) {
    const asked = readQuery(listQuery, query, CHECKS);
    const now = clock();
    if (asked["filter[added-since]"] !== undefined && asked["filter[added-since]"] > now) {
      throw new RequestRefused([badParameter("filter[added-since]", "Must not lie in the future")]);
    }
    const sort = asked.sort ?? DEFAULT_ERROR_SORT;
    const asksForAdded = sort.by === "added" || asked["filter[added-min]"] !== undefined;
    const addedSince =
      asked["filter[added-since]"] ?? (asksForAdded ? new Date(Math.max(now.getTime() - SPAN_MS_DEFAULT, 0)) : null);
    const filter = {
      server: asked["filter[server]"] ?? null,
      integration: asked["filter[integration]"] ?? null,
      cause: asked["filter[cause]"] ?? null,
      httpStatus: asked["filter[http-status]"] ?? null,
      state: asked["filter[state]"] ?? null,
      acronym: asked["filter[acronym]"] ?? null,
      severity: asked["filter[severity]"] ?? null,
      alertState: asked["filter[alert-state]"] ?? null,
      text: asked["filter[text]"] ?? null,
      firstSeen: {
        since: asked["filter[first-seen-since]"] ?? null,
        until: asked["filter[first-seen-until]"] ?? null,
      },
      lastSeen: { since: asked["filter[last-seen-since]"] ?? null, until: asked["filter[last-seen-until]"] ?? null },
      addedSince,
      addedMin: asked["filter[added-min]"] ?? null,
      sort,
    };
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const { rows, next } = await findErrors(db, filter, page);
    const wanted = asked.include ?? [];
    const decided = addedSince === null ? {} : { "filter[added-since]": addedSince.toISOString() };
    return {
      links: { self: url, next: nextLink(url, next, decided) },
      ...(addedSince !== null && { meta: { "added-since": addedSince } }),
      data: rows.map(listedResource),
      ...(wanted.includes("integration") && {
        included: distinct(rows.map(({ integration }) => briefIntegration(integration))),
      }),
    };
  },
};

/** Null while the order itself is wrong: then nothing can be said about the cursor. */
function orderAskedFor(raw: RawQuery): { decode(text: string): unknown } | null {
  const asked = raw.sort === undefined ? null : sort.safeParse(raw.sort);
  if (asked?.success === false) return null;
  return errorOrder(asked?.data ?? DEFAULT_ERROR_SORT, new Date(0)).cursor;
}

function listedResource({ addedInWindow, ...row }: ListedErrorRow): Resource {
  const resource = errorResource(row);
  if (addedInWindow === null) return resource;
  return { ...resource, attributes: { ...resource.attributes, "added-in-window": addedInWindow } };
}

export function errorResource({ id, serverId, integration, ...fields }: ErrorRow): Resource {
  return {
    type: "errors",
    id,
    attributes: attributesOf(fields) satisfies Described<typeof errorAttributes>,
    relationships: { server: one("servers", serverId), integration: one("integrations", integration.id) },
    links: { self: `/api/errors/${encodeURIComponent(id)}` },
  };
}

/** An error as others name it: in brief. */
export function briefError({ id, ...fields }: { id: string; headline: string; cause: Cause }): Resource {
  return {
    type: "errors",
    id,
    attributes: fields satisfies Described<typeof briefAttributes>,
    links: { self: `/api/errors/${encodeURIComponent(id)}` },
  };
}
