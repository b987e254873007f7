import * as z from "zod";
import { findErrorsOf, findSnapshotAt } from "../../app/time-travel.js";
import { CAUSES } from "../../domain/cause.js";
import { type ErrorAtRow, errorAtCursor } from "../../store/history/snapshot-at.js";
import type { SnapshotRow } from "../../store/history/snapshots.js";
import type { Described } from "../contract/described.js";
import { listOf, resourceSchema, toOne } from "../contract/document-schemas.js";
import { attributesOf, one, type Resource } from "../document.js";
import { refusedFor } from "../no-moment.js";
import { moment, PAGE_SIZE_DEFAULT, text } from "../parameters.js";
import { cursorCheck, nextLink, PAGE, readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";
import { snapshotAttributes } from "./snapshots.js";

const atQuery = z.strictObject({
  ...PAGE,
  at: moment,
  "filter[server]": text.optional(),
  "filter[integration]": text.optional(),
});

/** A snapshot as others name it. */
export const briefSnapshotSchema = snapshotAttributes.extend({ id: z.string() }).meta({ id: "BriefSnapshot" });
/** An integration as its server listed it at a moment. */
export const integrationAtSchema = z
  .strictObject({
    id: z.string(),
    "polarity-id": z.string(),
    name: z.string(),
    acronym: z.string(),
    "integration-status": z.string(),
  })
  .meta({ id: "IntegrationAt" });

const errorAtAttributes = z.strictObject({
  integration: z.strictObject({
    id: z.string(),
    "polarity-id": z.string(),
    name: z.string(),
    acronym: z.string(),
  }),
  "polarity-id": z.string(),
  headline: z.string(),
  cause: z.enum(CAUSES),
  "http-status": z.int().nullable(),
  occurrences: z.int().nullable(),
  "last-occurred-at": z.date().nullable(),
  "observed-at": z.date(),
  title: z.string().nullable(),
  "short-text": z.string().nullable(),
  "long-text": z.string().nullable(),
  meta: z.record(z.string(), z.unknown()),
  rest: z.record(z.string(), z.unknown()),
});
const errorAtSchema = resourceSchema("ErrorAt", {
  type: "errors-at",
  attributes: errorAtAttributes,
  relationships: { server: toOne("servers"), integration: toOne("integrations"), error: toOne("errors") },
});

const atMeta = z.strictObject({
  server: z.string(),
  at: z.date(),
  snapshot: briefSnapshotSchema,
  integrations: z.array(integrationAtSchema),
});

/** What a server said at a moment: the snapshot in force and its integrations in `meta`, its errors in pages. */
export const showSnapshotAt: Endpoint = {
  path: "/api/snapshots/at",
  operationId: "showSnapshotAt",
  summary: "Rebuilds what a server said at a moment",
  query: atQuery,
  document: listOf(errorAtSchema, { meta: atMeta }),
  problems: [404],
  examples: [
    { query: { at: "2026-03-01T12:02:00Z" } },
    { query: { at: "2026-03-01T12:01:00Z", "filter[server]": "prod", "filter[integration]": "VT", "page[size]": "1" } },
  ],
  async answer({ db, clock }, { url, query }) {
    const asked = readQuery(atQuery, query, [cursorCheck(() => errorAtCursor)]);
    const [server, integration] = [asked["filter[server]"] ?? null, asked["filter[integration]"] ?? null];
    const found = await findSnapshotAt(db, { server, at: asked.at, integration }, clock());
    if (found.kind !== "found") throw refusedFor(found);
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const { rows, next } = await findErrorsOf(db, found, integration, page);
    return {
      links: { self: url, next: nextLink(url, next) },
      meta: {
        server: found.server,
        at: found.at,
        snapshot: briefSnapshot(found.snapshot),
        integrations: found.integrations.map(attributesOf),
      } satisfies Described<typeof atMeta>,
      data: rows.map(errorAtResource),
    };
  },
};

export function briefSnapshot({
  serverId: _,
  previousId: _previous,
  ...fields
}: SnapshotRow): Described<typeof briefSnapshotSchema> {
  return attributesOf(fields);
}

function errorAtResource({ id, serverId, integration, ...fields }: ErrorAtRow): Resource {
  return {
    type: "errors-at",
    id,
    attributes: {
      ...attributesOf(fields),
      integration: attributesOf(integration),
    } satisfies Described<typeof errorAtAttributes>,
    relationships: {
      server: one("servers", serverId),
      integration: one("integrations", integration.id),
      error: one("errors", id),
    },
  };
}
