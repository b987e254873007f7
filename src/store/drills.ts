import { DRILL_SERVER, DRILL_SERVER_INTERVAL_MS, type DrillMoments } from "../domain/drill.js";
import type { Db } from "./prisma.js";

/** Puts the server that drills are about on record, as one that is not watched. */
export async function ensureDrillServer(db: Db, now: Date): Promise<void> {
  await db.$executeRaw`
    INSERT INTO server (id, url, interval_ms, watched, created_at, credentials_digest)
    VALUES (${DRILL_SERVER}, 'polarwatch:drill', ${DRILL_SERVER_INTERVAL_MS}, false, ${now}, 'drill')
        ON CONFLICT (id) DO NOTHING`;
}

/** Asks for a drill; null when one was asked for at this time of the schedule already. `dueAt` null: by hand. */
export async function askForDrill(db: Db, askedAt: Date, dueAt: Date | null): Promise<bigint | null> {
  const [row] = await db.$queryRaw<{ id: bigint }[]>`
    INSERT INTO drill (asked_at, due_at) VALUES (${askedAt}, ${dueAt}) ON CONFLICT (due_at) DO NOTHING RETURNING id`;
  return row?.id ?? null;
}

/** Since when the schedule has been followed; null when it asked for no drill yet. */
export async function findLastDueDrill(db: Db): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ dueAt: Date | null }[]>`SELECT max(due_at) AS "dueAt" FROM drill`;
  return row?.dueAt ?? null;
}

/** The newest drill that was asked for since then and has no poll yet; null when there is none. */
export async function findAskedDrill(db: Db, since: Date): Promise<bigint | null> {
  const [row] = await db.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM drill WHERE poll_id IS NULL AND asked_at > ${since} ORDER BY id DESC LIMIT 1`;
  return row?.id ?? null;
}

/** Says which poll showed the error of every drill that was waiting for one. */
export async function storeDrillPoll(db: Db, id: bigint, pollId: string): Promise<void> {
  const rows = await db.$executeRaw`
    UPDATE drill SET poll_id = ${pollId}::bigint WHERE id = ${id} AND poll_id IS NULL`;
  if (rows !== 1) throw new Error(`Drill ${id} has its poll already`);
}

/** The digest of what the server of drills showed last; null when it was never read. */
export async function findDrillDigest(db: Db): Promise<string | null> {
  const [row] = await db.$queryRaw<{ digest: string }[]>`
    SELECT n.digest FROM server AS s JOIN snapshot AS n ON n.id = s.last_snapshot_id WHERE s.id = ${DRILL_SERVER}`;
  return row?.digest ?? null;
}

export type DrillRow = DrillMoments & {
  id: bigint;
  poll: string | null;
  /** How many destinations are to be told, and what became of that; empty until the diff. */
  deliveries: { delivery: string; destination: string; outcome: string | null; detail: string | null }[];
};

/** Which drill: the one with this id, or the newest that was asked for by then. */
export type WhichDrill = { id: bigint } | { askedBy: Date };

/** A drill with all that is on record about it; null when there is none. */
export async function findDrill(db: Db, which: WhichDrill): Promise<DrillRow | null> {
  const [id, askedBy] = "id" in which ? [which.id, null] : [null, which.askedBy];
  // The server is named in the text of the statement: only so is the index of drills of use.
  const [row] = await db.$queryRaw<DrillRow[]>`
    SELECT r.id, r.asked_at AS "askedAt", r.poll_id::text AS poll, p.started_at AS "pollStartedAt",
           p.finished_at AS "pollFinishedAt", p.diffed_at AS "diffedAt",
           sent.started_at AS "sendStartedAt", sent.finished_at AS "sendFinishedAt",
           coalesce(sent.deliveries, '[]'::jsonb) AS deliveries
      FROM (SELECT * FROM drill WHERE id = ${id} OR asked_at <= ${askedBy} ORDER BY id DESC LIMIT 1) AS r
      LEFT JOIN poll AS p ON p.id = r.poll_id
      LEFT JOIN LATERAL (
        SELECT max(a.started_at) AS started_at,
               CASE WHEN bool_and(d.outcome IS NOT NULL) THEN max(a.finished_at) END AS finished_at,
               jsonb_agg(jsonb_build_object('delivery', 'delivery-' || d.id, 'destination', d.destination,
                         'outcome', d.outcome, 'detail', coalesce(d.outcome_because, a.detail)) ORDER BY d.id) AS deliveries
          FROM delivery AS d
          LEFT JOIN LATERAL (
            SELECT * FROM attempt WHERE delivery_id = d.id ORDER BY number DESC LIMIT 1) AS a ON true
         WHERE d.server_id = '(drill)' AND d.created_at >= p.started_at - interval '1 day'
           AND EXISTS (SELECT FROM delivery_transition AS dt JOIN transition AS t ON t.id = dt.transition_id
                        WHERE dt.delivery_id = d.id AND t.poll_id = p.id)) AS sent ON true`;
  return row ?? null;
}
