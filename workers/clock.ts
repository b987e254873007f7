import { performance } from "node:perf_hooks";
import type { Clock } from "../src/lib/clock.js";
import type { Lifecycle } from "../src/lib/lifecycle.js";
import type { Logger } from "../src/lib/logger.js";
import { SteadyClock } from "../src/lib/steady-clock.js";
import type { Database } from "../src/store/prisma.js";
import { findTime } from "../src/store/time.js";

const SET_EVERY_MS = 30_000;
/** What a person should hear of; processes may differ by less without harm. */
const NOTABLE_MS = 5000;

/**
 * The time of the database, by which every process that shares it works: a lease is over for all of them at once, and a
 * machine whose own clock is set wrong, or set while it runs, takes nothing from another. While the database is away the
 * clock goes on evenly.
 */
export async function openSharedClock(
  { db, system, log }: { db: Database; system: Clock; log: Logger },
  life: Lifecycle,
): Promise<Clock> {
  const clock = new SteadyClock(await timeOf(db));
  const offMs = system().getTime() - clock.now().getTime();
  if (Math.abs(offMs) > NOTABLE_MS) {
    log.warn({ off_ms: offMs }, "The clock of this machine is not that of the database, which counts");
  }
  let asking: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    asking = timeOf(db)
      .then((at) => clock.set(at))
      .then((aheadMs) => {
        if (Math.abs(aheadMs) > NOTABLE_MS) log.warn({ ahead_ms: aheadMs }, "The clock of the database was set");
      })
      .catch((error: unknown) => log.debug({ err: error }, "The database could not be asked for the time"));
  }, SET_EVERY_MS);
  life.onStop("clock", () => {
    clearInterval(timer);
    return asking; // a question that came after the end of the connections would open one again
  });
  return clock.now;
}

/** By half the way there and back, which is when it was told. */
async function timeOf(db: Database): Promise<Date> {
  await findTime(db); // opens a connection, which takes longer than to ask
  const askedAt = performance.now();
  const at = await findTime(db);
  return new Date(at.getTime() + (performance.now() - askedAt) / 2);
}
