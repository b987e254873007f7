/** A server that was not read for this many intervals is overdue. */
const INTERVALS_MAX = 3;

/** For how long a server has not been read, when that is too long; else null. A new one has the same time to begin. */
export function overdueMs(
  server: { intervalMs: number; createdAt: Date; lastGoodPollAt: Date | null },
  now: Date,
): number | null {
  const unreadMs = now.getTime() - (server.lastGoodPollAt ?? server.createdAt).getTime();
  return unreadMs > INTERVALS_MAX * server.intervalMs ? unreadMs : null;
}
