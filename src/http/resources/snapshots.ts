import * as z from "zod";
import { findSnapshots, type SnapshotRow, snapshotCursor } from "../../store/history/snapshots.js";
import type { Described } from "../contract/described.js";
import { listOf, resourceSchema, toOne, toOneOrNone } from "../contract/document-schemas.js";
import { attributesOf, one, oneOrNone, type Resource } from "../document.js";
import { instant, oneOf, PAGE_SIZE_DEFAULT, text } from "../parameters.js";
import { cursorCheck, nextLink, PAGE, readQuery, spanCheck } from "../query.js";
import type { Endpoint } from "./endpoint.js";

const listQuery = z.strictObject({
  ...PAGE,
  sort: oneOf(["-taken-at"]).optional(),
  "filter[server]": text.optional(),
  "filter[since]": instant.optional(),
  "filter[until]": instant.optional(),
});

/** What every answer says of a snapshot. */
export const snapshotAttributes = z.strictObject({
  "taken-at": z.date(),
  "server-time": z.date().nullable(),
  digest: z.string(),
  bytes: z.int(),
  unchanged: z.boolean(),
  integrations: z.int(),
  errors: z.int(),
});
const snapshotSchema = resourceSchema("Snapshot", {
  type: "snapshots",
  attributes: snapshotAttributes,
  relationships: { server: toOne("servers"), previous: toOneOrNone("snapshots") },
});

export const listSnapshots: Endpoint = {
  path: "/api/snapshots",
  operationId: "listSnapshots",
  summary: "Lists when servers were read, and what they showed, in numbers",
  query: listQuery,
  document: listOf(snapshotSchema),
  examples: [
    {},
    { query: { "filter[server]": "prod", "filter[since]": "2026-03-01T12:00:00Z", "filter[until]": "2026-03-02" } },
  ],
  async answer({ db }, { url, query }) {
    const asked = readQuery(listQuery, query, [cursorCheck(() => snapshotCursor), spanCheck(instant)]);
    const filter = {
      server: asked["filter[server]"] ?? null,
      since: asked["filter[since]"] ?? null,
      until: asked["filter[until]"] ?? null,
    };
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const { rows, next } = await findSnapshots(db, filter, page);
    return { links: { self: url, next: nextLink(url, next) }, data: rows.map(snapshotResource) };
  },
};

function snapshotResource({ id, serverId, previousId, ...fields }: SnapshotRow): Resource {
  return {
    type: "snapshots",
    id,
    attributes: attributesOf(fields) satisfies Described<typeof snapshotAttributes>,
    relationships: { server: one("servers", serverId), previous: oneOrNone("snapshots", previousId) },
  };
}
