import { type RetentionDeps, retain } from "../src/app/retention.js";
import { type SweepDeps, sweep } from "../src/app/sweep.js";
import type { Logger } from "../src/lib/logger.js";
import type { Handlers } from "../src/queue/consumer.js";

type Deps = SweepDeps & { log: Logger; retention: RetentionDeps["policy"] };

/** Wakes what was left behind, then packs and deletes what is old; speaks only when it found something. */
export function sweepWorker(deps: Deps): NonNullable<Handlers["sweep"]> {
  return async () => {
    const summary = await sweep(deps);
    deps.log[hasDone(summary) ? "info" : "debug"]({ ...summary }, "Sweep finished");
    await retainOrSay(deps);
  };
}

/** What is old can wait: that it could not be dealt with keeps nobody from being told anything. */
async function retainOrSay({ db, clock, log, retention }: Deps): Promise<void> {
  try {
    const startedAt = clock();
    const summary = await retain({ db, clock, policy: retention });
    if (summary === null) return;
    const elapsed_ms = clock().getTime() - startedAt.getTime();
    log[hasDone(summary) ? "info" : "debug"]({ ...summary, elapsed_ms }, "Retention finished");
  } catch (error) {
    log.error({ err: error }, "Retention failed; it is tried again within an hour");
  }
}

function hasDone(summary: Readonly<Record<string, number | boolean>>): boolean {
  return Object.values(summary).some((count) => Number(count) > 0);
}
