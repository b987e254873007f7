import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import { type Meter, STEPS } from "../app/meter.js";
import { CHANGE_KINDS } from "../domain/change.js";

export type ProcessMetrics = {
  registry: Registry;
  meter: Meter;
};

/** From a millisecond, for most transactions are short, to the limit of the longest. */
const TRANSACTION_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180];
const POLL_S = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180];

/**
 * What only this process knows, from its start on. Each call makes a registry of its own, so that two processes' worth
 * of polarwatch can run in one.
 */
export function createProcessMetrics(): ProcessMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const pollSeconds = new Histogram({
    name: "polarwatch_poll_duration_seconds",
    help: "How long the polls of this process took, to read and to store, by how they ended.",
    labelNames: ["server", "outcome"],
    buckets: POLL_S,
    registers,
  });
  const pollFailures = new Counter({
    name: "polarwatch_poll_failures_total",
    help: "Polls of this process that failed, by reason.",
    labelNames: ["server", "reason"],
    registers,
  });
  const pollsSkipped = new Counter({
    name: "polarwatch_polls_skipped_total",
    help: "Turns of a server that got no poll, as the polls of this process found: they are left out, never made up for.",
    labelNames: ["server"],
    registers,
  });
  const changes = new Counter({
    name: "polarwatch_changes_total",
    help: "Changes that the diffs of this process found, by kind.",
    labelNames: ["server", "kind"],
    registers,
  });
  const tries = new Counter({
    name: "polarwatch_delivery_attempts_total",
    help: "Tries of this process to deliver, by what came back.",
    labelNames: ["destination", "verdict"],
    registers,
  });
  const waits = new Counter({
    name: "polarwatch_rate_limit_waits_total",
    help: "How often a delivery of this process had to wait for the limit of its destination.",
    labelNames: ["destination"],
    registers,
  });
  const waitSeconds = new Counter({
    name: "polarwatch_rate_limit_wait_seconds_total",
    help: "How long those waits were to last in all.",
    labelNames: ["destination"],
    registers,
  });
  const transactionSeconds = new Histogram({
    name: "polarwatch_transaction_duration_seconds",
    help: "How long the database transactions of this process took, by step.",
    labelNames: ["step"],
    buckets: TRANSACTION_S,
    registers,
  });
  for (const step of STEPS) transactionSeconds.zero({ step });
  const meter: Meter = {
    pollEnded(server, outcome, reason, elapsedMs) {
      pollSeconds.observe({ server, outcome }, elapsedMs / 1000);
      if (reason !== null) pollFailures.inc({ server, reason });
    },
    pollsSkipped: (server, turns) => pollsSkipped.inc({ server }, turns),
    changesFound(server, kinds) {
      for (const kind of CHANGE_KINDS) changes.inc({ server, kind }, kinds[kind]);
    },
    tryEnded: (destination, verdict) => tries.inc({ destination, verdict }),
    turnAwaited(destination, waitMs) {
      waits.inc({ destination });
      waitSeconds.inc({ destination }, Math.max(0, waitMs) / 1000);
    },
    transactionEnded: (step, elapsedMs) => transactionSeconds.observe({ step }, elapsedMs / 1000),
  };
  return { registry, meter };
}
