import { pollDrill } from "../src/app/drill.js";
import type { Meter } from "../src/app/meter.js";
import { type PollDeps, pollServer, type ReadServer } from "../src/app/poll.js";
import { DRILL_SERVER } from "../src/domain/drill.js";
import type { ServerId } from "../src/domain/snapshot.js";
import type { Logger } from "../src/lib/logger.js";
import type { Handlers } from "../src/queue/consumer.js";
import { type SpanNotes, spanFields } from "../src/queue/traces.js";

export type PolledServer = { id: ServerId; intervalMs: number; read: ReadServer };

/** Reads a server when its turn has come. A server that left the configuration is left alone. */
export function pollWorker(
  deps: PollDeps & { log: Logger; meter: Meter; notes: SpanNotes },
  serverOf: (serverId: ServerId) => PolledServer | null,
): NonNullable<Handlers["poll"]> {
  return async ({ server }, signal) => {
    if (server === DRILL_SERVER) {
      for (const summary of await pollDrill(deps, signal)) deps.log.info({ server, ...summary }, "Poll finished");
      return;
    }
    const polled = serverOf(server);
    if (polled === null) return;
    const startedAt = deps.clock();
    const summary = await pollServer(deps, polled, { kind: "scheduled", intervalMs: polled.intervalMs }, signal);
    deps.notes.done("Poll finished", spanFields({ server, poll: summary.poll, outcome: summary.outcome }));
    const elapsed_ms = deps.clock().getTime() - startedAt.getTime();
    if (summary.outcome !== "already_polled") {
      const reason = summary.outcome === "failed" ? summary.reason : null;
      deps.meter.pollEnded(server, summary.outcome, reason, elapsed_ms);
    }
    deps.log[summary.outcome === "failed" ? "warn" : "info"]({ server, ...summary, elapsed_ms }, "Poll finished");
  };
}
