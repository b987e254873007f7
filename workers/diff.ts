import { type DiffDeps, diffNext } from "../src/app/diff.js";
import type { Meter } from "../src/app/meter.js";
import type { Logger } from "../src/lib/logger.js";
import type { Handlers } from "../src/queue/consumer.js";
import { type SpanNotes, spanFields } from "../src/queue/traces.js";

/** Diffs every poll of a server that waits for it, oldest first. One that is stored meanwhile has a wake-up of its own. */
export function diffWorker(
  deps: DiffDeps & { log: Logger; meter: Meter; notes: SpanNotes },
): NonNullable<Handlers["diff"]> {
  return async ({ server }, signal) => {
    while (!signal.aborted) {
      const startedAt = deps.clock();
      const summary = await diffNext(deps, server);
      if (summary === null) return;
      const { hasMore, ...told } = summary;
      const elapsed_ms = deps.clock().getTime() - startedAt.getTime();
      deps.notes.done("Diff finished", spanFields({ server, poll: summary.poll, changes: summary.changes }));
      deps.meter.changesFound(server, summary.kinds);
      deps.log.info({ server, ...told, elapsed_ms }, "Diff finished");
      if (!hasMore) return;
    }
  };
}
