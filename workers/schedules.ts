import type { Clock } from "../src/lib/clock.js";
import type { Lifecycle } from "../src/lib/lifecycle.js";
import type { Logger } from "../src/lib/logger.js";
import type { JobQueue } from "../src/queue/queue.js";
import type { Database } from "../src/store/prisma.js";
import { findOverdueServers } from "../src/store/sweeps.js";
import type { Live } from "./live.js";

/** How often digests and the sweep come round, and how often the schedules themselves are looked after. */
export type RoundsPolicy = { digestEveryMs: number; sweepEveryMs: number; syncEveryMs: number };

const DEFAULT_ROUNDS: RoundsPolicy = { digestEveryMs: 30_000, sweepEveryMs: 10_000, syncEveryMs: 30_000 };

/**
 * Starts the schedules, and looks after them from then on: a queue that was emptied has lost them, and with them the
 * sweep that would notice.
 */
export async function startSchedules(
  { log, clock, rounds = DEFAULT_ROUNDS }: { log: Logger; clock: Clock; rounds?: RoundsPolicy },
  life: Lifecycle,
  { db, queue, live }: { db: Database; queue: JobQueue; live: Live },
): Promise<{ sync(): Promise<unknown> }> {
  const { syncEveryMs, digestEveryMs, sweepEveryMs } = rounds;
  const wanted = () => ({
    servers: live.config.servers.map(({ name, intervalMs }) => ({ server: name, intervalMs })),
    digestEveryMs,
    sweepEveryMs,
  });
  const sync = async () => {
    const synced = await queue.syncSchedulers(wanted());
    if (synced.kind === "unreachable") log.warn({ reason: synced.reason }, "Schedules could not be looked after");
    return synced;
  };
  const synced = await sync();
  const timer = setInterval(() => void sync(), syncEveryMs);
  life.onStop("schedules", () => clearInterval(timer));
  // New schedules have fired already. Servers whose turn is yet to come keep it, or every restart would read a whole fleet
  // in one burst.
  const isFresh = synced.kind === "synced" && synced.added.length > 0;
  for (const server of isFresh ? [] : await findOverdueServers(db, clock(), 1)) await queue.producer.wakePoll(server);
  return { sync };
}
