import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";
import { allOf, ofServer } from "./conditions.js";
import { createCursor, instantKey } from "./cursor.js";
import { type Page, type PageRequest, pageOf, placeAfter } from "./page.js";

/** What one good poll saw, in numbers. */
export type SnapshotRow = {
  id: string;
  serverId: string;
  previousId: string | null;
  takenAt: Date;
  /** The server's own clock, where it said. */
  serverTime: Date | null;
  digest: string;
  bytes: number;
  /** Byte for byte what the one before said. */
  unchanged: boolean;
  integrations: number;
  errors: number;
};

/** From `since`, and before `until`. */
export type SnapshotFilter = { server: string | null; since: Date | null; until: Date | null };

export const snapshotCursor = createCursor("snapshots", instantKey);

/** Snapshots, the newest first. Asks for each server's newest ones by index, so that old ones cost nothing. */
export async function findSnapshots(db: Db, filter: SnapshotFilter, page: PageRequest): Promise<Page<SnapshotRow>> {
  const after = placeAfter(snapshotCursor, page);
  const { server, since, until } = filter;
  const rows = await db.$queryRaw<(Omit<SnapshotRow, "bytes"> & { bytes: bigint })[]>`
    SELECT n.id::text AS id, n.server_id AS "serverId", n.previous_id::text AS "previousId", n.taken_at AS "takenAt",
           n.server_time AS "serverTime", n.digest, n.bytes, n.unchanged, n.integrations, n.errors
      FROM server AS s
      CROSS JOIN LATERAL (
        SELECT * FROM snapshot AS newest
         WHERE ${allOf(
           Prisma.sql`newest.server_id = s.id`,
           since === null ? null : Prisma.sql`newest.taken_at >= ${since}`,
           until === null ? null : Prisma.sql`newest.taken_at < ${until}`,
           after === null ? null : Prisma.sql`(newest.taken_at, newest.id) < (${after.key}, ${after.id})`,
         )}
         ORDER BY newest.taken_at DESC, newest.id DESC LIMIT ${page.size + 1}) AS n
     WHERE ${ofServer(Prisma.sql`s.id`, server)}
     ORDER BY n.taken_at DESC, n.id DESC LIMIT ${page.size + 1}`;
  const found = rows.map((row) => ({ ...row, bytes: numberOf(row.bytes) }));
  return pageOf(found, page, snapshotCursor, (row) => row.takenAt);
}
