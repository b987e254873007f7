import { type DiffDeps, diffNext } from "../src/app/diff.js";
import type { Meter } from "../src/app/meter.js";
import type { Logger } from "../src/lib/logger.js";
import type { Handlers } from "../src/queue/consumer.js";

/** Diffs every poll of a server that waits for it, oldest first. */
export function diffWorker(deps: DiffDeps & { log: Logger; meter: Meter }): NonNullable<Handlers["diff"]> {
  return async ({ server }, signal) => {
    while (!signal.aborted) {
      const startedAt = deps.clock();
      const summary = await diffNext(deps, server);
      if (summary === null) return;
      const elapsed_ms = deps.clock().getTime() - startedAt.getTime();
      deps.meter.changesFound(server, summary.kinds);
      deps.log.info({ server, ...summary, elapsed_ms }, "Diff finished");
    }
  };
}
