/** From, not included, up to and including. */
export type DigestWindow = { readonly fromAt: Date; readonly untilAt: Date };

/** The instants at which a digest falls due. */
export type DigestTimes = { atOrBefore(at: Date): Date | null; after(at: Date): Date | null };

export type DigestTurn =
  /** Its first window begins there. */
  | { readonly kind: "begin"; readonly at: Date }
  | { readonly kind: "none" }
  /** However many times were missed, they make one window; `periods` says how many. */
  | { readonly kind: "due"; readonly window: DigestWindow; readonly periods: number };

const PERIODS_MAX = 1000;

/**
 * Which window one recipient is owed: from where the last one ended to the latest time at which the digest fell due. Who
 * was never told anything begins at that time, so that a first digest covers one period. A clock that was set back owes
 * nothing until it has caught up.
 */
export function decideTurn(toldUntil: Date | null, times: DigestTimes, now: Date): DigestTurn {
  const untilAt = times.atOrBefore(now);
  if (untilAt === null) return { kind: "none" };
  if (toldUntil === null) return { kind: "begin", at: untilAt };
  if (untilAt <= toldUntil) return { kind: "none" };
  const window = { fromAt: toldUntil, untilAt };
  return { kind: "due", window, periods: countPeriods(window, times) };
}

/** How many times the digest fell due within a window; no more than a thousand are counted. */
export function countPeriods({ fromAt, untilAt }: DigestWindow, times: DigestTimes): number {
  let count = 0;
  for (let at = times.after(fromAt); at !== null && at <= untilAt && count < PERIODS_MAX; at = times.after(at)) count++;
  return Math.max(count, 1);
}

/** The time of the same length before a window, with which it is compared. */
export function windowBefore({ fromAt, untilAt }: DigestWindow): DigestWindow {
  return { fromAt: new Date(2 * fromAt.getTime() - untilAt.getTime()), untilAt: fromAt };
}
