import type { ErrorId } from "../domain/ids.js";
import type { Observation } from "../domain/observation.js";
import type { Month } from "../domain/retention.js";
import { decodePack, encodeEarlier } from "./observation-pack.js";
import type { Db } from "./prisma.js";
import { numberOf, rowsJson } from "./rows.js";

/** Of the bytes of a pack: four rows fill a page of 8 KiB then, with next to nothing left over. */
const PACK_BYTES_MAX = 1_930;
/** One with fewer takes more in. */
const PACK_BYTES_MIN = 1_800;
/** Of the observations of a pack: as many are tried for a start. */
const PACK_SIZE_MAX = 400;

/** Observations of one error, the oldest first and at least one, and what all but the last are as bytes. */
type Pack = { observations: readonly Observation[]; earlier: Uint8Array | null };

/** How far the packing of a month has come: the last observation that was packed. */
export type PackingPlace = { errorId: ErrorId; observedAt: Date };

/** The start: in front of every observation. */
export const NOTHING_PACKED: PackingPlace = { errorId: 0n as ErrorId, observedAt: new Date(0) };

type ObservationRow = Omit<Observation, "occurrences"> & { occurrences: bigint | null };

/** Whether a poll from before this instant still waits for its diff, which asks what held at its time. */
export async function isDiffOwedBefore(tx: Db, instant: Date): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ owed: boolean }[]>`
    SELECT EXISTS (SELECT FROM poll WHERE outcome IS NOT NULL AND diffed_at IS NULL AND started_at < ${instant}) AS owed`;
  return row?.owed === true;
}

/**
 * Moves the next observations of a month, at most `limit` of them, into packs: those that leave the month and the packs
 * that hold them are one transaction, which this has to run in. Gives the place to go on from, null when the month is
 * empty from there on. An observation that came late is sorted in.
 */
export async function packObservations(
  tx: Db,
  { startsAt, endsAt }: Month,
  from: PackingPlace,
  limit: number,
): Promise<{ packed: number; place: PackingPlace } | null> {
  const fresh = await tx.$queryRaw<ObservationRow[]>`
    WITH moved AS (
      DELETE FROM observation AS o
       WHERE o.observed_at >= ${startsAt} AND o.observed_at < ${endsAt} AND o.ctid = ANY (ARRAY(
             SELECT n.ctid FROM observation AS n
              WHERE n.observed_at >= ${startsAt} AND n.observed_at < ${endsAt}
                AND (n.error_id, n.observed_at) > (${from.errorId}, ${from.observedAt})
              ORDER BY n.error_id, n.observed_at LIMIT ${limit}))
      RETURNING *)
    SELECT error_id AS "errorId", observed_at AS "observedAt", snapshot_id AS "snapshotId", text_id::bigint AS "textId",
           occurrences, last_occurred_at AS "lastOccurredAt", present
      FROM moved ORDER BY error_id, observed_at`;
  const last = fresh.at(-1);
  if (last === undefined) return null;
  const byError = new Map<ErrorId, Observation[]>();
  const add = (one: Observation) => {
    const known = byError.get(one.errorId);
    if (known === undefined) byError.set(one.errorId, [one]);
    else known.push(one);
  };
  for (const row of fresh) add(observationOf(row));
  for (const reopened of await reopenPacks(tx, byError)) add(reopened);
  await insertPacks(tx, [...byError.values()].flatMap(packsOf));
  return { packed: fresh.length, place: { errorId: last.errorId, observedAt: last.observedAt } };
}

/** Takes out the packs that these observations belong into or behind: the last one before them, unless it is full. */
async function reopenPacks(tx: Db, byError: ReadonlyMap<ErrorId, readonly Observation[]>): Promise<Observation[]> {
  const rows = rowsJson([...byError].map(([error_id, [first]]) => ({ error_id, first_at: first?.observedAt })));
  const packs = await tx.$queryRaw<(ObservationRow & { earlier: Uint8Array | null })[]>`
    DELETE FROM observation_pack AS p
     USING json_to_recordset(${rows}::json) AS r(error_id bigint, first_at timestamptz)
     WHERE p.error_id = r.error_id
       AND (p.last_observed_at >= r.first_at
            OR (coalesce(octet_length(p.earlier), 0) < ${PACK_BYTES_MIN} AND p.last_observed_at = (
                SELECT max(b.last_observed_at) FROM observation_pack AS b
                 WHERE b.error_id = r.error_id AND b.last_observed_at < r.first_at)))
    RETURNING p.error_id AS "errorId", p.last_observed_at AS "observedAt", p.snapshot_id AS "snapshotId",
              p.text_id::bigint AS "textId", p.occurrences, p.last_occurred_at AS "lastOccurredAt", p.present, p.earlier`;
  return packs.flatMap(({ earlier, ...row }) => decodePack(observationOf(row), earlier));
}

/** The observations of one error in packs that are full, but for the last. */
function packsOf(observations: readonly Observation[]): Pack[] {
  const packs: Pack[] = [];
  let rest = [...observations].sort((one, other) => one.observedAt.getTime() - other.observedAt.getTime());
  while (rest.length > 0) {
    const pack = firstPackOf(rest);
    packs.push(pack);
    rest = rest.slice(pack.observations.length);
  }
  return packs;
}

function firstPackOf(rest: readonly Observation[]): Pack {
  for (let size = PACK_SIZE_MAX; ; ) {
    const pack = packOf(rest.slice(0, size));
    const bytes = pack.earlier?.length ?? 0;
    if (bytes <= PACK_BYTES_MAX) return pack;
    size = Math.max(1, Math.floor((pack.observations.length * PACK_BYTES_MAX) / bytes) - 1);
  }
}

function packOf(observations: readonly Observation[]): Pack {
  return { observations, earlier: encodeEarlier(observations) };
}

async function insertPacks(tx: Db, packs: readonly Pack[]): Promise<void> {
  const rows = packs.map(({ observations, earlier }) => {
    const last = observations.at(-1);
    return {
      error_id: last?.errorId,
      first_observed_at: observations[0]?.observedAt,
      second_observed_at: observations[1]?.observedAt ?? null,
      last_observed_at: last?.observedAt,
      snapshot_id: last?.snapshotId,
      occurrences: last?.occurrences,
      last_occurred_at: last?.lastOccurredAt,
      text_id: last?.textId,
      observations: observations.length,
      present: last?.present,
      earlier: earlier === null ? null : Buffer.from(earlier).toString("base64"),
    };
  });
  const stored = await tx.$executeRaw`
    INSERT INTO observation_pack (error_id, first_observed_at, second_observed_at, last_observed_at, snapshot_id,
                                  occurrences, last_occurred_at, text_id, observations, present, earlier)
    SELECT r.error_id, r.first_observed_at, r.second_observed_at, r.last_observed_at, r.snapshot_id, r.occurrences,
           r.last_occurred_at, r.text_id, r.observations, r.present, decode(r.earlier, 'base64')
      FROM json_to_recordset(${rowsJson(rows)}::json)
           AS r(error_id bigint, first_observed_at timestamptz, second_observed_at timestamptz,
                last_observed_at timestamptz, snapshot_id bigint, occurrences bigint, last_occurred_at timestamptz,
                text_id integer, observations smallint, present boolean, earlier text)`;
  if (stored !== packs.length) throw new Error("Not every pack was stored");
}

/**
 * Makes packs shorter, at most `limit` of them, by what no longer held at `cutoff`: what held then and what followed is
 * kept, however old it is. `slackMs` is for how long more than needed may be kept, so that a pack is not made anew for
 * each of its observations. Gives how many packs were looked at; 0 when there is nothing to do. Has to run in one
 * transaction.
 */
export async function trimPacks(tx: Db, cutoff: Date, slackMs: number, limit: number): Promise<number> {
  const due = new Date(cutoff.getTime() - slackMs);
  const packs = await tx.$queryRaw<(ObservationRow & { earlier: Uint8Array | null; superseded: boolean })[]>`
    WITH taken AS (
      DELETE FROM observation_pack WHERE (error_id, last_observed_at) IN (
        SELECT error_id, last_observed_at FROM observation_pack
         WHERE second_observed_at <= ${due} ORDER BY second_observed_at LIMIT ${limit})
      RETURNING *)
    SELECT t.error_id AS "errorId", t.last_observed_at AS "observedAt", t.snapshot_id AS "snapshotId",
           t.text_id::bigint AS "textId", t.occurrences, t.last_occurred_at AS "lastOccurredAt", t.present, t.earlier,
           t.last_observed_at <= ${cutoff} AND (
             EXISTS (SELECT FROM observation_pack AS p
                      WHERE p.error_id = t.error_id AND p.last_observed_at > t.last_observed_at
                        AND p.first_observed_at <= ${cutoff})
             OR EXISTS (SELECT FROM observation AS o
                         WHERE o.error_id = t.error_id AND o.observed_at > t.last_observed_at
                           AND o.observed_at <= ${cutoff})) AS superseded
      FROM taken AS t`;
  const kept = packs.flatMap(({ superseded, earlier, ...row }) => {
    if (superseded) return [];
    const observations = decodePack(observationOf(row), earlier);
    const held = observations.findLastIndex(({ observedAt }) => observedAt <= cutoff);
    return [packOf(observations.slice(Math.max(0, held)))];
  });
  await insertPacks(tx, kept);
  await deletePacksBehind(tx, kept);
  return packs.length;
}

/** What ended before an observation that held at the cutoff held no more. */
async function deletePacksBehind(tx: Db, kept: readonly Pack[]): Promise<void> {
  const firsts = kept.map(({ observations: [first] }) => ({ error_id: first?.errorId, first_at: first?.observedAt }));
  const rows = rowsJson(firsts);
  await tx.$executeRaw`
    DELETE FROM observation_pack AS p
     USING json_to_recordset(${rows}::json) AS r(error_id bigint, first_at timestamptz)
     WHERE p.error_id = r.error_id AND p.last_observed_at < r.first_at`;
}

function observationOf({ occurrences, ...row }: ObservationRow): Observation {
  return { ...row, occurrences: numberOf(occurrences) };
}
