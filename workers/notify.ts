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

/** Of one destination, and by one process: what is owed to it behind them waits for one of them. */
const DELIVERIES_AT_A_TIME = 4;

/**
 * Sends what is due to a destination, a few deliveries at a time. What takes longer than `patienceMs` gives its job back
 * to the queue: a destination that hangs keeps no other waiting.
 */
export function notifyWorker(
  deps: DeliverDeps & { notes: SpanNotes; patienceMs: number },
): NonNullable<Handlers["notify"]> {
  const underWay = new Map<string, { count: number; again: boolean }>();
  return async ({ destination }, signal, handBack) => {
    const busy = underWay.get(destination) ?? { count: 0, again: false };
    if (busy.count >= DELIVERIES_AT_A_TIME) {
      busy.again = true; // whoever has nothing more to do there looks once more
      return;
    }
    underWay.set(destination, busy);
    busy.count += 1;
    const timer = setTimeout(handBack, deps.patienceMs);
    try {
      do {
        busy.again = false;
        await deliverAll(deps, destination, signal);
      } while (busy.again && !signal.aborted);
    } finally {
      clearTimeout(timer);
      busy.count -= 1;
      if (busy.count === 0) underWay.delete(destination);
    }
  };
}

/** One delivery after the other. */
async function deliverAll(
  deps: DeliverDeps & { notes: SpanNotes },
  destination: string,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const startedAt = deps.clock();
    const summary = await deliverNext(deps, destination, signal);
    if (summary === null) return;
    const { poll, delivery, result } = summary;
    deps.notes.done("Delivery handled", spanFields({ destination, poll, delivery, result }));
    const elapsed_ms = deps.clock().getTime() - startedAt.getTime();
    deps.log[LEVELS[summary.result]]({ destination, ...summary, elapsed_ms }, "Delivery handled");
  }
}
