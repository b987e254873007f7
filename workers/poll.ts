import { pollDrill } from "../src/app/drill.js";
import type { Meter } from "../src/app/meter.js";
import { type PollDeps, pollServer, type ReadServer } from "../src/app/poll.js";
import { DRILL_SERVER } from "../src/domain/drill.js";
import type { ServerId } from "../src/domain/snapshot.js";
import type { Logger } from "../src/lib/logger.js";
import type { Places } from "../src/lib/places.js";
import type { Handlers } from "../src/queue/consumer.js";
import { type SpanNotes, spanFields } from "../src/queue/traces.js";

export type PolledServer = { id: ServerId; intervalMs: number; read: ReadServer };

/**
 * Reads a server when its turn has come. A server that left the configuration is left alone. One that keeps the answer to
 * itself gives its place to others, and its job back to the queue: its poll is held by a lease, not by the job.
 */
export function pollWorker(
  deps: PollDeps & { log: Logger; meter: Meter; notes: SpanNotes; places: Places },
  serverOf: (serverId: ServerId) => PolledServer | null,
): NonNullable<Handlers["poll"]> {
  const intervals = new Map<ServerId, number>();
  /** Not at the first poll by this process, or at another interval: what was before says nothing about turns left out. */
  const countSkipped = ({ id, intervalMs }: PolledServer, skipped: number) => {
    if (intervals.get(id) === intervalMs) deps.meter.pollsSkipped(id, skipped);
    intervals.set(id, intervalMs);
  };
  return async ({ server }, signal, handBack) => {
    if (server === DRILL_SERVER) {
      for (const summary of await pollDrill(deps, signal)) deps.log.info({ server, ...summary }, "Poll finished");
      return;
    }
    await deps.places.run(async (aside) => {
      const polled = serverOf(server);
      if (polled === null) return;
      const read: ReadServer = (known, signal) => aside(polled.read(known, signal), handBack);
      const startedAt = deps.clock();
      const turn = { kind: "scheduled", intervalMs: polled.intervalMs } as const;
      const summary = await pollServer(deps, { id: polled.id, read }, turn, signal);
      deps.notes.done("Poll finished", spanFields({ server, poll: summary.poll, outcome: summary.outcome }));
      const elapsed_ms = deps.clock().getTime() - startedAt.getTime();
      if (summary.outcome !== "already_polled") {
        const reason = summary.outcome === "failed" ? summary.reason : null;
        deps.meter.pollEnded(server, summary.outcome, reason, elapsed_ms);
      }
      if (summary.poll !== null) countSkipped(polled, summary.skipped);
      deps.log[summary.outcome === "failed" ? "warn" : "info"]({ server, ...summary, elapsed_ms }, "Poll finished");
    });
  };
}
