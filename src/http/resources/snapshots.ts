import * as z from "zod";
import { findSnapshots, type SnapshotRow, snapshotCursor } from "../../store/history/snapshots.js";
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

export const listSnapshots: Endpoint = {
  path: "/api/snapshots",
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
    attributes: attributesOf(fields),
    relationships: { server: one("servers", serverId), previous: oneOrNone("snapshots", previousId) },
  };
}
