import type { Db } from "./prisma.js";

/** What shares one limit, and how long it pauses after each request. */
export type Pace = { readonly key: string; readonly everyMs: number };

/** Nobody is asked to be silent for longer. */
const BLOCKED_MS_MAX = 3_600_000;
/** The clocks of two machines differ by less; what lies further ahead was written by a clock that was set back since. */
const CLOCK_SKEW_MS_MAX = 60_000;

/**
 * When the next request may go out, by everybody's requests so far; now or earlier when one may at once. Until the
 * transaction ends nobody else takes that turn.
 */
export async function lockTurn(tx: Db, pace: Pace, now: Date): Promise<Date> {
  const [row] = await tx.$queryRaw<{ nextAt: Date; blockedUntil: Date | null }[]>`
    INSERT INTO channel_pace (key, next_at) VALUES (${pace.key}, ${now})
    ON CONFLICT (key) DO UPDATE SET key = excluded.key
    RETURNING next_at AS "nextAt", blocked_until AS "blockedUntil"`;
  if (row === undefined) throw new Error(`There is no pace for ${pace.key}`);
  return turnAt(row, pace, now);
}

/** When the turn comes that a row of the table tells of. */
export function turnAt(row: { nextAt: Date; blockedUntil: Date | null }, pace: Pace, now: Date): Date {
  const credible = (at: Date | null, msMax: number) =>
    at === null || at.getTime() > now.getTime() + msMax + CLOCK_SKEW_MS_MAX ? now.getTime() : at.getTime();
  return new Date(Math.max(credible(row.nextAt, pace.everyMs), credible(row.blockedUntil, BLOCKED_MS_MAX)));
}

/** Takes the turn that this transaction has locked: the next one comes `everyMs` later. */
export async function takeTurn(tx: Db, pace: Pace, now: Date): Promise<void> {
  const rows = await tx.$executeRaw`
    UPDATE channel_pace SET next_at = ${new Date(now.getTime() + pace.everyMs)}, blocked_until = NULL
     WHERE key = ${pace.key}`;
  if (rows !== 1) throw new Error(`The turn of ${pace.key} was not locked`);
}

/** Lets nobody send until then: its provider asked for that. A longer silence that was asked for before stays. */
export async function blockTurns(tx: Db, pace: Pace, untilAt: Date): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO channel_pace AS p (key, next_at, blocked_until) VALUES (${pace.key}, ${untilAt}, ${untilAt})
    ON CONFLICT (key) DO UPDATE SET blocked_until = greatest(p.blocked_until, excluded.blocked_until)`;
}
