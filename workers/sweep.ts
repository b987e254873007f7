import { type SweepDeps, sweep } from "../src/app/sweep.js";
import type { Logger } from "../src/lib/logger.js";
import type { Handlers } from "../src/queue/consumer.js";

/** Wakes what was left behind; speaks only when it found something. */
export function sweepWorker(deps: SweepDeps & { log: Logger }): NonNullable<Handlers["sweep"]> {
  return async () => {
    const summary = await sweep(deps);
    const found = Object.values(summary).some((count) => count > 0);
    deps.log[found ? "info" : "debug"]({ ...summary }, "Sweep finished");
  };
}
