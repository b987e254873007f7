import type { ErrorId, SnapshotId } from "../../domain/ids.js";
import type { ServerId } from "../../domain/snapshot.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";

/** One error as one snapshot saw it. It holds until the next observation of the same error. */
export type Observation = {
  errorId: ErrorId;
  /** When the snapshot was taken. */
  observedAt: Date;
  /** The snapshot that showed it first; its row may be gone, when the history before was deleted. */
  snapshotId: SnapshotId;
  /** What it said, a row of `error_text`. */
  textId: bigint;
  occurrences: number | null;
  lastOccurredAt: Date | null;
  /** False: the snapshot did not show it any more; the rest is what was shown last. */
  present: boolean;
};

/** After `since`, up to and including `until`. */
export type ObservationSpan = { since: Date; until: Date };

type ObservationRow = Omit<Observation, "occurrences"> & { occurrences: bigint | null };

/**
 * How an error was seen in a span: the observation in force at `since`, null when it had none by then, and those that
 * followed, the oldest first. The last of all is the one in force at `until`.
 */
export async function observationsOf(
  db: Db,
  errorId: ErrorId,
  { since, until }: ObservationSpan,
): Promise<{ inForce: Observation | null; following: Observation[] }> {
  const rows = await db.$queryRaw<ObservationRow[]>`
    SELECT seen.error_id AS "errorId", seen.observed_at AS "observedAt", seen.snapshot_id AS "snapshotId",
           seen.text_id AS "textId", seen.occurrences, seen.last_occurred_at AS "lastOccurredAt", seen.present
      FROM error AS e
     CROSS JOIN LATERAL (
        (SELECT * FROM observation AS o
          WHERE o.error_id = e.id AND o.observed_at <= ${since} AND o.observed_at >= e.first_seen_at
          ORDER BY o.observed_at DESC LIMIT 1)
        UNION ALL
        SELECT * FROM observation AS o
         WHERE o.error_id = e.id AND o.observed_at > ${since} AND o.observed_at <= ${until}) AS seen
     WHERE e.id = ${errorId}
     ORDER BY seen.observed_at`;
  const seen = rows.map(observationOf);
  return {
    inForce: seen.find(({ observedAt }) => observedAt <= since) ?? null,
    following: seen.filter(({ observedAt }) => observedAt > since),
  };
}

/** The observation in force at an instant of every error that a server had shown by then, also of those gone since. */
export async function observationsAt(db: Db, serverId: ServerId, at: Date): Promise<Observation[]> {
  const rows = await db.$queryRaw<ObservationRow[]>`
    SELECT seen.error_id AS "errorId", seen.observed_at AS "observedAt", seen.snapshot_id AS "snapshotId",
           seen.text_id AS "textId", seen.occurrences, seen.last_occurred_at AS "lastOccurredAt", seen.present
      FROM error AS e
     CROSS JOIN LATERAL (
        SELECT * FROM observation AS o
         WHERE o.error_id = e.id AND o.observed_at <= ${at} AND o.observed_at >= e.first_seen_at
         ORDER BY o.observed_at DESC LIMIT 1) AS seen
     WHERE e.server_id = ${serverId} AND e.first_seen_at <= ${at}
     ORDER BY seen.error_id`;
  return rows.map(observationOf);
}

function observationOf({ occurrences, ...row }: ObservationRow): Observation {
  return { ...row, occurrences: numberOf(occurrences) };
}
