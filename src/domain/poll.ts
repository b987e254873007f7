/** How a poll ended. An abandoned one was left by a worker that died, and says nothing about its server. */
export const POLL_OUTCOMES = ["complete", "failed", "abandoned"] as const;
export type PollOutcome = (typeof POLL_OUTCOMES)[number];

/** The slot of a moment: the start of its interval, counted from the epoch, so that every worker names the same one. */
export function slotOf(at: Date, intervalMs: number): Date {
  return new Date(Math.floor(at.getTime() / intervalMs) * intervalMs);
}

/**
 * When a snapshot counts as taken: when it was read, but always after the one before it. A clock that was set back must
 * not turn the order of snapshots around.
 */
export function takenAtOf(readAt: Date, previousTakenAt: Date | null): Date {
  if (previousTakenAt === null || readAt > previousTakenAt) return readAt;
  return new Date(previousTakenAt.getTime() + 1);
}

/** How many turns got no poll between two polls that began one after the other. A little delay skips none. */
export function turnsSkipped(previousStartedAt: Date, startedAt: Date, intervalMs: number): number {
  const turns = Math.round((startedAt.getTime() - previousStartedAt.getTime()) / intervalMs);
  return Math.max(0, turns - 1);
}
