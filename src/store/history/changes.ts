import type { Cause } from "../../domain/cause.js";
import type { ChangeKind } from "../../domain/change.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";
import { allOf, integrationsNamed, ofServer } from "./conditions.js";
import { createCursor, instantKey } from "./cursor.js";
import { type Page, type PageRequest, pageOf, placeAfter } from "./page.js";
import { rowIdOf } from "./row-id.js";

/** What the diff found about one error in one snapshot. */
export type ChangeRow = {
  id: string;
  at: Date;
  serverId: string;
  snapshotId: string;
  integration: { id: string; name: string; acronym: string };
  error: { id: string; headline: string; cause: Cause };
  kind: ChangeKind;
  /** How much it truly rose, counter resets corrected, and since its first snapshot. */
  added: number;
  addedBecause: string;
  addedTotal: number;
  occurrencesBefore: number | null;
  occurrencesAfter: number | null;
  overMs: number;
  /** How long nobody had been looking; null when the server was watched all along. */
  blindMs: number | null;
  /** Most totals of its integration fell in this poll. */
  restarted: boolean;
  notes: string[];
};

export type ChangeFilter = {
  server: string | null;
  /** An integration's id, name or acronym. */
  integration: string | null;
  /** An error's id. */
  error: string | null;
  kind: ChangeKind | null;
  /** From `since`, and before `until`. There is no asking without `since`: changes are kept in one table a month. */
  since: Date;
  until: Date | null;
};

export const changeCursor = createCursor("changes", instantKey);

/** Changes, the newest first. Asks for each server's newest ones by index, and only in the months of the span. */
export async function findChanges(db: Db, filter: ChangeFilter, page: PageRequest): Promise<Page<ChangeRow>> {
  const rows = await db.$queryRaw<RawChange[]>(changesQuery(filter, page));
  return pageOf(rows.map(changeRowOf), page, changeCursor, (row) => row.at);
}

/** The one statement of a page of changes. */
export function changesQuery(filter: ChangeFilter, page: PageRequest): Prisma.Sql {
  const after = placeAfter(changeCursor, page);
  const { server, integration, error, kind, since, until } = filter;
  return Prisma.sql`
    SELECT ${CHANGE_COLUMNS}
      FROM server AS s
      CROSS JOIN LATERAL (
        SELECT * FROM change AS newest
         WHERE ${allOf(
           Prisma.sql`newest.server_id = s.id`,
           Prisma.sql`newest.at >= ${since}`,
           until === null ? null : Prisma.sql`newest.at < ${until}`,
           // The first half says nothing that the second does not, but only by it are months passed over.
           after === null
             ? null
             : Prisma.sql`newest.at <= ${after.key} AND (newest.at, newest.id) < (${after.key}, ${after.id})`,
           integration === null ? null : Prisma.sql`newest.integration_id IN ${integrationsNamed(integration)}`,
           error === null ? null : Prisma.sql`newest.error_id = ${rowIdOf(error)}::bigint`,
           kind === null ? null : Prisma.sql`newest.kind = ${kind}`,
         )}
         ORDER BY newest.at DESC, newest.id DESC LIMIT ${page.size + 1}) AS c
      JOIN integration AS i ON i.id = c.integration_id
      JOIN error AS e ON e.id = c.error_id
     WHERE ${ofServer(Prisma.sql`s.id`, server)}
     ORDER BY c.at DESC, c.id DESC LIMIT ${page.size + 1}`;
}

const CHANGE_COLUMNS = Prisma.sql`
  c.id::text AS id, c.at, c.server_id AS "serverId", c.snapshot_id::text AS "snapshotId", c.kind, c.added,
  c.added_because AS "addedBecause", c.added_total AS "addedTotal", c.occurrences_before AS "occurrencesBefore",
  c.occurrences_after AS "occurrencesAfter", c.over_ms AS "overMs", c.blind_ms AS "blindMs", c.restarted, c.notes,
  i.id::text AS "integrationId", i.name AS "integrationName", i.acronym AS "integrationAcronym",
  e.id::text AS "errorId", e.headline, e.cause`;

type RawChange = Pick<
  ChangeRow,
  "id" | "at" | "serverId" | "snapshotId" | "kind" | "addedBecause" | "restarted" | "notes"
> & {
  added: bigint;
  addedTotal: bigint;
  occurrencesBefore: bigint | null;
  occurrencesAfter: bigint | null;
  overMs: bigint;
  blindMs: bigint | null;
  integrationId: string;
  integrationName: string;
  integrationAcronym: string;
  errorId: string;
  headline: string;
  cause: Cause;
};

/** Spelled out, as `errorRowOf` is. */
function changeRowOf(raw: RawChange): ChangeRow {
  return {
    id: raw.id,
    at: raw.at,
    serverId: raw.serverId,
    snapshotId: raw.snapshotId,
    integration: { id: raw.integrationId, name: raw.integrationName, acronym: raw.integrationAcronym },
    error: { id: raw.errorId, headline: raw.headline, cause: raw.cause },
    kind: raw.kind,
    added: numberOf(raw.added),
    addedBecause: raw.addedBecause,
    addedTotal: numberOf(raw.addedTotal),
    occurrencesBefore: numberOf(raw.occurrencesBefore),
    occurrencesAfter: numberOf(raw.occurrencesAfter),
    overMs: numberOf(raw.overMs),
    blindMs: numberOf(raw.blindMs),
    restarted: raw.restarted,
    notes: raw.notes,
  };
}
