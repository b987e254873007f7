import { type DeliverDeps, deliverNext } from "../src/app/deliver.js";
import type { Handlers } from "../src/queue/consumer.js";

/** Sends what is due to a destination, one delivery after the other. */
export function notifyWorker(deps: DeliverDeps): NonNullable<Handlers["notify"]> {
  return async ({ destination }, signal) => {
    while (!signal.aborted) {
      const startedAt = deps.clock();
      const summary = await deliverNext(deps, destination, signal);
      if (summary === null) return;
      const elapsed_ms = deps.clock().getTime() - startedAt.getTime();
      const level = summary.result === "delivered" ? "info" : summary.result === "dead" ? "error" : "warn";
      deps.log[level]({ destination, ...summary, elapsed_ms }, "Delivery tried");
    }
  };
}
