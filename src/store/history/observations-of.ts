import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";

/** One error as one snapshot saw it. */
export type SeenError = {
  observedAt: Date;
  snapshotId: string;
  textId: string;
  present: boolean;
  occurrences: number | null;
  lastOccurredAt: Date | null;
};

/** From `since`, and before `until`; at most `limit` of them. */
export type ObservationSpan = { since: Date; until: Date; limit: number };

/** The observations of one error in a span of time, the newest first: only months that the span touches are read. */
export async function observationsOf(
  db: Db,
  errorId: bigint,
  { since, until, limit }: ObservationSpan,
): Promise<SeenError[]> {
  const rows = await db.$queryRaw<(Omit<SeenError, "occurrences"> & { occurrences: bigint | null })[]>`
    SELECT observed_at AS "observedAt", snapshot_id::text AS "snapshotId", text_id::text AS "textId", present,
           occurrences, last_occurred_at AS "lastOccurredAt"
      FROM observation
     WHERE error_id = ${errorId} AND observed_at >= ${since} AND observed_at < ${until}
     ORDER BY observed_at DESC LIMIT ${limit}`;
  return rows.map((row) => ({ ...row, occurrences: numberOf(row.occurrences) }));
}
