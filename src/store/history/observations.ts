import type { ErrorId } from "../../domain/ids.js";
import type { Observation } from "../../domain/observation.js";
import type { ServerId } from "../../domain/snapshot.js";
import { Prisma } from "../generated/client.js";
import { decodePack } from "../observation-pack.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";

/** For `observationsOf` after `since`, up to and including `until`. */
export type ObservationSpan = { since: Date; until: Date };

/** An observation or a pack, whose last observation it then is. */
export type FoundRow = Omit<Observation, "occurrences"> & { occurrences: bigint | null; earlier: Uint8Array | null };

/** Of `error` as `e` with what was `found` of it: a `FoundRow`. */
const FOUND_COLUMNS = Prisma.sql`
  e.id AS "errorId", found.observed_at AS "observedAt", found.snapshot_id AS "snapshotId", found.text_id::bigint AS "textId",
  found.occurrences, found.last_occurred_at AS "lastOccurredAt", found.present, found.earlier`;

/** The last observation of the error `e` up to an instant, and the last of the packs that end by then. */
function lastUpTo(at: Date): Prisma.Sql {
  return Prisma.sql`
    (SELECT o.observed_at, o.snapshot_id, o.text_id, o.occurrences, o.last_occurred_at, o.present, NULL::bytea AS earlier
       FROM observation AS o
      WHERE o.error_id = e.id AND o.observed_at <= ${at} AND o.observed_at >= e.first_seen_at
      ORDER BY o.observed_at DESC LIMIT 1)
    UNION ALL
    (SELECT p.last_observed_at, p.snapshot_id, p.text_id, p.occurrences, p.last_occurred_at, p.present, NULL
       FROM observation_pack AS p WHERE p.error_id = e.id AND p.last_observed_at <= ${at}
      ORDER BY p.last_observed_at DESC LIMIT 1)`;
}

/**
 * How an error was seen in a span: the observation in force at `since`, null when it had none by then, and those that
 * followed, the oldest first. The last of all is the one in force at `until`. Packing changes nothing about the answer,
 * also while it is under way: it is one statement, and an observation is either packed or not.
 */
export async function observationsOf(
  db: Db,
  errorId: ErrorId,
  { since, until }: ObservationSpan,
): Promise<{ inForce: Observation | null; following: Observation[] }> {
  const rows = await db.$queryRaw<FoundRow[]>`
    SELECT ${FOUND_COLUMNS}
      FROM error AS e
     CROSS JOIN LATERAL (
        ${lastUpTo(since)}
        UNION ALL
        SELECT o.observed_at, o.snapshot_id, o.text_id, o.occurrences, o.last_occurred_at, o.present, NULL
          FROM observation AS o
         WHERE o.error_id = e.id AND o.observed_at > ${since} AND o.observed_at <= ${until}
        UNION ALL
        SELECT p.last_observed_at, p.snapshot_id, p.text_id, p.occurrences, p.last_occurred_at, p.present, p.earlier
          FROM observation_pack AS p
         WHERE p.error_id = e.id AND p.last_observed_at > ${since} AND p.first_observed_at <= ${until}) AS found
     WHERE e.id = ${errorId}`;
  const seen = rows.flatMap(observationsIn).sort(byTime);
  return {
    inForce: seen.findLast(({ observedAt }) => observedAt <= since) ?? null,
    following: seen.filter(({ observedAt }) => observedAt > since && observedAt <= until),
  };
}

/** The newest observations of an error that were made from `since` on and before `until`, the newest first. */
export async function latestObservationsOf(
  db: Db,
  errorId: ErrorId,
  { since, until, limit }: ObservationSpan & { limit: number },
): Promise<Observation[]> {
  // Of each pack at least one observation is wanted, but for the one into which `until` falls.
  const rows = await db.$queryRaw<FoundRow[]>`
    (SELECT o.error_id AS "errorId", o.observed_at AS "observedAt", o.snapshot_id AS "snapshotId",
            o.text_id::bigint AS "textId", o.occurrences, o.last_occurred_at AS "lastOccurredAt", o.present,
            NULL::bytea AS earlier
       FROM observation AS o WHERE o.error_id = ${errorId} AND o.observed_at >= ${since} AND o.observed_at < ${until}
      ORDER BY o.observed_at DESC LIMIT ${limit})
    UNION ALL
    (SELECT p.error_id, p.last_observed_at, p.snapshot_id, p.text_id::bigint, p.occurrences, p.last_occurred_at, p.present,
            p.earlier
       FROM observation_pack AS p
      WHERE p.error_id = ${errorId} AND p.last_observed_at >= ${since} AND p.first_observed_at < ${until}
      ORDER BY p.last_observed_at DESC LIMIT ${limit + 1})`;
  const seen = rows.flatMap(observationsIn).filter(({ observedAt }) => observedAt >= since && observedAt < until);
  return seen.sort((one, other) => byTime(other, one)).slice(0, limit);
}

/**
 * The observation in force at an instant of every error that a server had shown by then, also of those gone before it,
 * by rising id. One statement, whatever is packed, so that what is under way changes nothing about the answer.
 */
export async function observationsAt(db: Db, serverId: ServerId, at: Date): Promise<Observation[]> {
  const rows = await db.$queryRaw<FoundRow[]>`
    SELECT ${FOUND_COLUMNS}
      FROM error AS e
     CROSS JOIN LATERAL (
        ${lastUpTo(at)}
        UNION ALL
        SELECT p.last_observed_at, p.snapshot_id, p.text_id, p.occurrences, p.last_occurred_at, p.present, p.earlier
          FROM observation_pack AS p
         WHERE p.error_id = e.id AND p.last_observed_at > ${at} AND p.first_observed_at <= ${at}) AS found
     WHERE e.server_id = ${serverId} AND e.first_seen_at <= ${at}
     ORDER BY e.id`;
  const inForce = new Map<ErrorId, Observation>();
  for (const row of rows) {
    const seen = observationsIn(row).findLast(({ observedAt }) => observedAt <= at);
    const known = inForce.get(row.errorId);
    if (seen !== undefined && (known === undefined || known.observedAt < seen.observedAt)) {
      inForce.set(row.errorId, seen);
    }
  }
  return [...inForce.values()];
}

function observationsIn({ earlier, occurrences, ...row }: FoundRow): Observation[] {
  return decodePack({ ...row, occurrences: numberOf(occurrences) }, earlier);
}

function byTime(one: Observation, other: Observation): number {
  return one.observedAt.getTime() - other.observedAt.getTime();
}
