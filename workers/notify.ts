import { deliverNext } from "../src/app/deliver.js";
import type { DeliverDeps, DeliverySummary } from "../src/app/delivering.js";
import type { Handlers } from "../src/queue/consumer.js";
import { type SpanNotes, spanFields } from "../src/queue/traces.js";

/** What was decided as configured is worth knowing; what may have to be mended is worth a look. */
const LEVELS = {
  delivered: "info",
  suppressed: "info",
  muted: "info",
  folded: "info",
  painted: "info",
  postponed: "warn",
  lost: "warn",
  dead: "error",
} as const satisfies Record<DeliverySummary["result"], string>;

/** Sends what is due to a destination, one delivery after the other. */
export function notifyWorker(deps: DeliverDeps & { notes: SpanNotes }): NonNullable<Handlers["notify"]> {
  return async ({ destination }, signal) => {
    while (!signal.aborted) {
      const startedAt = deps.clock();
      const summary = await deliverNext(deps, destination, signal);
      if (summary === null) return;
      const { poll, delivery, result } = summary;
      deps.notes.done("Delivery handled", spanFields({ destination, poll, delivery, result }));
      const elapsed_ms = deps.clock().getTime() - startedAt.getTime();
      deps.log[LEVELS[summary.result]]({ destination, ...summary, elapsed_ms }, "Delivery handled");
    }
  };
}
