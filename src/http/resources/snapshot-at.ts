import * as z from "zod";
import { findErrorsOf, findSnapshotAt } from "../../app/time-travel.js";
import { type ErrorAtRow, errorAtCursor } from "../../store/history/snapshot-at.js";
import type { SnapshotRow } from "../../store/history/snapshots.js";
import { attributesOf, one, type Resource } from "../document.js";
import { refusedFor } from "../no-moment.js";
import { moment, PAGE_SIZE_DEFAULT, text } from "../parameters.js";
import { cursorCheck, nextLink, PAGE, readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";

const atQuery = z.strictObject({
  ...PAGE,
  at: moment,
  "filter[server]": text.optional(),
  "filter[integration]": text.optional(),
});

/** What a server said at a moment: the snapshot in force and its integrations in `meta`, its errors in pages. */
export const showSnapshotAt: Endpoint = {
  path: "/api/snapshots/at",
  async answer({ db, clock }, { url, query }) {
    const asked = readQuery(atQuery, query, [cursorCheck(() => errorAtCursor)]);
    const found = await findSnapshotAt(db, { server: asked["filter[server]"] ?? null, at: asked.at }, clock());
    if (found.kind !== "found") throw refusedFor(found);
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const { rows, next } = await findErrorsOf(db, found, asked["filter[integration]"] ?? null, page);
    return {
      links: { self: url, next: nextLink(url, next) },
      meta: {
        server: found.server,
        at: found.at,
        snapshot: briefSnapshot(found.snapshot),
        integrations: found.integrations.map(attributesOf),
      },
      data: rows.map(errorAtResource),
    };
  },
};

/** A snapshot as others name it. */
export function briefSnapshot({ serverId: _, previousId: _previous, ...fields }: SnapshotRow): Record<string, unknown> {
  return attributesOf(fields);
}

function errorAtResource({ id, serverId, integration, ...fields }: ErrorAtRow): Resource {
  return {
    type: "errors-at",
    id,
    attributes: { ...attributesOf(fields), integration: attributesOf(integration) },
    relationships: {
      server: one("servers", serverId),
      integration: one("integrations", integration.id),
      error: one("errors", id),
    },
  };
}
