/** How much of the watched time may be time with a growing error, and how much of that is used. */
export type ErrorBudget = {
  /** The share of the watched time, in percent, that is to be free of growing errors. */
  targetPercent: number;
  /** The share that was; null when nothing was watched. */
  reachedPercent: number | null;
  allowedMs: number;
  usedMs: number;
  /** Below zero when more was used than allowed. */
  leftMs: number;
};

export function errorBudget(
  { watchedMs, growingMs }: { watchedMs: number; growingMs: number },
  targetPercent: number,
): ErrorBudget {
  const allowedMs = Math.round((watchedMs * (100 - targetPercent)) / 100);
  return {
    targetPercent,
    reachedPercent: watchedMs === 0 ? null : (100 * (watchedMs - growingMs)) / watchedMs,
    allowedMs,
    usedMs: growingMs,
    leftMs: allowedMs - growingMs,
  };
}
