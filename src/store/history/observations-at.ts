import type { ErrorId } from "../../domain/ids.js";
import { Prisma } from "../generated/client.js";
import { decodePack } from "../observation-pack.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";
import type { FoundRow } from "./observations.js";

/** A moment of one server, with those observations in force then that only what unpacks them can see. */
export type MomentOnRecord = {
  at: Date;
  /** By the error's id, as JSON; null when there are none, as for every moment of the last weeks. */
  insidePacks: string | null;
};

/**
 * Looks into the packs that a moment falls into, of all errors of a server. What reads the moment has to see the same as
 * this did: both belong into one transaction that sees one state (`RepeatableRead`), for what is packed in between would
 * be in neither.
 */
export async function openMoment(tx: Db, serverId: string, at: Date): Promise<MomentOnRecord> {
  const rows = await tx.$queryRaw<FoundRow[]>`
    SELECT ${PACK_COLUMNS}
      FROM error AS e JOIN observation_pack AS p ON p.error_id = e.id AND ${isAround(at)}
     WHERE e.server_id = ${serverId}`;
  return { at, insidePacks: insideOf(rows, at) };
}

/** A part of a moment: `through` is the last error that was looked at, null when there are none behind it. */
export type MomentInPart = MomentOnRecord & { through: ErrorId | null };

/**
 * The same, of no more errors than a page may need: by their ids the first `errorsMax` of `error AS e` of which
 * `condition` holds. To look into the packs of every error takes ten microseconds apiece.
 */
export async function openMomentInPart(
  tx: Db,
  at: Date,
  condition: Prisma.Sql,
  errorsMax: number,
): Promise<MomentInPart> {
  const rows = await tx.$queryRaw<({ through: ErrorId | null } & (FoundRow | { errorId: null }))[]>`
    WITH looked AS MATERIALIZED (SELECT e.id FROM error AS e WHERE ${condition} ORDER BY e.id LIMIT ${errorsMax})
    SELECT part.through, ${PACK_COLUMNS}
      FROM (SELECT CASE WHEN count(*) = ${errorsMax} THEN max(id) END AS through FROM looked) AS part
      LEFT JOIN (looked JOIN observation_pack AS p ON p.error_id = looked.id AND ${isAround(at)}) ON true`;
  const found = rows.flatMap((row) => (row.errorId === null ? [] : [row]));
  return { at, insidePacks: insideOf(found, at), through: rows[0]?.through ?? null };
}

/** Of `observation_pack AS p`: a `FoundRow`. */
const PACK_COLUMNS = Prisma.sql`
  p.error_id AS "errorId", p.last_observed_at AS "observedAt", p.snapshot_id AS "snapshotId",
  p.text_id::bigint AS "textId", p.occurrences, p.last_occurred_at AS "lastOccurredAt", p.present, p.earlier`;

const isAround = (at: Date) => Prisma.sql`p.last_observed_at > ${at} AND p.first_observed_at <= ${at}`;

function insideOf(rows: readonly FoundRow[], at: Date): string | null {
  const inside = new Map<string, object>();
  for (const { earlier, occurrences, ...row } of rows) {
    const packed = decodePack({ ...row, occurrences: numberOf(occurrences) }, earlier);
    const found = packed.findLast(({ observedAt }) => observedAt <= at);
    if (found === undefined) throw new Error("A pack begins later than it says");
    const { observedAt, textId, lastOccurredAt, present } = found;
    inside.set(String(row.errorId), {
      observedAt,
      textId: Number(textId),
      occurrences: found.occurrences,
      lastOccurredAt,
      present,
    });
  }
  return inside.size === 0 ? null : JSON.stringify(Object.fromEntries(inside));
}

/**
 * The observation in force of one error at a moment, as the body of a LATERAL for `error AS e`: no row where the error
 * was not seen by then, else one with `observed_at`, `text_id`, `occurrences`, `last_occurred_at` and `present`.
 *
 * An error that has not differed since is on record as it was then, which costs nothing. Of the others the index finds
 * the row, the latest partition first, and stops there: partitions after the moment are left out of the plan, and since
 * an error has a row from when it was first seen, those before are never reached. To ask for `observed_at >=
 * e.first_seen_at` as well would say nothing more, and would lead Postgres to expect so few rows that it sorts them all.
 * What is packed is older than what is not, and what lies inside a pack is later than the end of the one before: so they
 * are looked into one after the other, and only where nothing was found yet.
 */
export function observationAt({ at, insidePacks }: MomentOnRecord): Prisma.Sql {
  const inside =
    insidePacks === null
      ? Prisma.empty
      : Prisma.sql`
        SELECT r."observedAt", r."textId", r.occurrences, r."lastOccurredAt", r.present
          FROM jsonb_to_record(${insidePacks}::jsonb -> e.id::text)
               AS r("observedAt" timestamptz, "textId" integer, occurrences bigint, "lastOccurredAt" timestamptz,
                    present boolean)
         WHERE r."observedAt" IS NOT NULL
        UNION ALL`;
  return Prisma.sql`
    SELECT e.observed_at, e.text_id, e.occurrences, e.last_occurred_at, e.present WHERE e.observed_at <= ${at}
     UNION ALL
    (SELECT * FROM (
      (SELECT o.observed_at, o.text_id, o.occurrences, o.last_occurred_at, o.present
         FROM observation AS o
        WHERE e.first_seen_at <= ${at} AND e.observed_at > ${at} AND o.error_id = e.id AND o.observed_at <= ${at}
        ORDER BY o.observed_at DESC LIMIT 1)
       UNION ALL ${inside}
      (SELECT p.last_observed_at, p.text_id, p.occurrences, p.last_occurred_at, p.present
         FROM observation_pack AS p
        WHERE e.first_seen_at <= ${at} AND e.observed_at > ${at} AND p.error_id = e.id AND p.last_observed_at <= ${at}
        ORDER BY p.last_observed_at DESC LIMIT 1)) AS kept
      LIMIT 1)`;
}
