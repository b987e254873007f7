import * as z from "zod";
import { CHANGE_KINDS } from "../../domain/change.js";
import { type ChangeRow, changeCursor, findChanges } from "../../store/history/changes.js";
import type { Described } from "../contract/described.js";
import { listOf, resourceSchema, toOne } from "../contract/document-schemas.js";
import { attributesOf, distinct, one, type Resource } from "../document.js";
import { include, instant, oneOf, PAGE_SIZE_DEFAULT, text } from "../parameters.js";
import { cursorCheck, nextLink, PAGE, readQuery, spanCheck } from "../query.js";
import { SPAN_MS_DEFAULT } from "../span.js";
import type { Endpoint } from "./endpoint.js";
import { briefError, briefErrorSchema } from "./errors.js";
import { briefIntegration, briefIntegrationSchema } from "./integrations.js";

const listQuery = z.strictObject({
  ...PAGE,
  sort: oneOf(["-at"]).optional(),
  include: include(["error", "integration"]).optional(),
  "filter[server]": text.optional(),
  "filter[integration]": text.optional(),
  "filter[error]": text.optional(),
  "filter[kind]": oneOf(CHANGE_KINDS).optional(),
  "filter[since]": instant.optional(),
  "filter[until]": instant.optional(),
});

const changeAttributes = z.strictObject({
  at: z.date(),
  kind: z.enum(CHANGE_KINDS),
  added: z.int(),
  "added-because": z.string(),
  "added-total": z.int(),
  "occurrences-before": z.int().nullable(),
  "occurrences-after": z.int().nullable(),
  "over-ms": z.int(),
  "blind-ms": z.int().nullable(),
  restarted: z.boolean(),
  notes: z.array(z.string()),
});
/** What the diff found about one error in one snapshot. */
export const changeSchema = resourceSchema("Change", {
  type: "changes",
  attributes: changeAttributes,
  relationships: {
    server: toOne("servers"),
    snapshot: toOne("snapshots"),
    integration: toOne("integrations"),
    error: toOne("errors"),
  },
});

/** Always of a span of time, which the answer names: the last seven days unless the request says from when on. */
export const listChanges: Endpoint = {
  path: "/api/changes",
  operationId: "listChanges",
  summary: "Lists what changed in a span of time",
  query: listQuery,
  document: listOf(changeSchema, {
    included: [briefErrorSchema, briefIntegrationSchema],
    meta: z.strictObject({ since: z.date(), until: z.date().nullable() }),
  }),
  examples: [
    { query: { include: "error,integration" } },
    { query: { "filter[kind]": "new", "filter[since]": "2026-03-01", "filter[until]": "2026-03-02T00:00:00Z" } },
  ],
  async answer({ db, clock }, { url, query }) {
    const asked = readQuery(listQuery, query, [cursorCheck(() => changeCursor), spanCheck(instant)]);
    const until = asked["filter[until]"] ?? null;
    const since = asked["filter[since]"] ?? new Date(Math.max((until ?? clock()).getTime() - SPAN_MS_DEFAULT, 0));
    const filter = {
      server: asked["filter[server]"] ?? null,
      integration: asked["filter[integration]"] ?? null,
      error: asked["filter[error]"] ?? null,
      kind: asked["filter[kind]"] ?? null,
      since,
      until,
    };
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const { rows, next } = await findChanges(db, filter, page);
    const wanted = asked.include ?? [];
    return {
      links: { self: url, next: nextLink(url, next, { "filter[since]": since.toISOString() }) },
      meta: { since, until },
      data: rows.map(changeResource),
      ...(wanted.length > 0 && {
        included: distinct([
          ...(wanted.includes("error") ? rows.map(({ error }) => briefError(error)) : []),
          ...(wanted.includes("integration") ? rows.map(({ integration }) => briefIntegration(integration)) : []),
        ]),
      }),
    };
  },
};

export function changeResource({ id, serverId, snapshotId, integration, error, ...fields }: ChangeRow): Resource {
  return {
    type: "changes",
    id,
    attributes: attributesOf(fields) satisfies Described<typeof changeAttributes>,
    relationships: {
      server: one("servers", serverId),
      snapshot: one("snapshots", snapshotId),
      integration: one("integrations", integration.id),
      error: one("errors", error.id),
    },
  };
}
