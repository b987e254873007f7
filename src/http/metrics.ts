import type { FastifyInstance } from "fastify";
import { Gauge, Registry } from "prom-client";
import { type DrillReport, reportDrill } from "../app/drill.js";
import { overdueMs } from "../domain/overdue.js";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { findLastHeartbeat } from "../store/heartbeats.js";
import { findPollAges } from "../store/history/poll-ages.js";
import { countPresentErrors } from "../store/history/present-errors.js";
import type { Database } from "../store/prisma.js";
import { findWaiting, type Waiting } from "../store/waiting.js";
import { readOnlyRoute } from "./route.js";
import { within } from "./within.js";

/** How many jobs a queue holds, by their state, and since when the oldest of those waits whose time has come. */
export type QueueDepth = {
  depth(): Promise<
    Readonly<Record<string, Readonly<{ waiting: number; delayed: number; active: number; oldestAt: Date | null }>>>
  >;
};

type MetricsDeps = {
  db: Database;
  queue: QueueDepth;
  clock: Clock;
  log: Logger;
  /** What only this process knows. */
  own: Registry;
};

const READ_MS_MAX = 2000;

/**
 * `/metrics`, for Prometheus: what is on record, read when it is asked for, so that all processes say the same; and
 * what only this process knows. What cannot be read in two seconds is left out, and `polarwatch_scrape_part_up` says so.
 * Labels are names of the configuration and members of closed sets.
 */
export function registerMetrics(app: FastifyInstance, deps: MetricsDeps): void {
  const parts = partsOf(deps).map(({ part, read }) => ({ part, read: sharing(read) }));
  readOnlyRoute(app, "/metrics", "viewer", async (_request, reply) => {
    const registry = new Registry();
    const up = gaugesOf(registry)("scrape_part_up", "Whether this part of the metrics could be read: 1 or 0.", [
      "part",
    ]);
    await Promise.all(
      parts.map(async ({ part, read }) => {
        try {
          const write = await within(READ_MS_MAX, read());
          write(registry);
          up.set({ part }, 1);
        } catch (error) {
          deps.log.debug({ part, err: error }, "Part of the metrics could not be read");
          up.set({ part }, 0);
        }
      }),
    );
    const text = await Registry.merge([registry, deps.own]).metrics();
    return reply.header("content-type", registry.contentType).send(text);
  });
}

type Write = (registry: Registry) => void;
type Part = { part: "servers" | "errors" | "deliveries" | "queue" | "proofs"; read: () => Promise<Write> };

/** What takes too long is not asked again until it has been answered: no scrape makes the next one slower. */
function sharing(read: () => Promise<Write>): () => Promise<Write> {
  let underWay: Promise<Write> | null = null;
  return () => {
    underWay ??= read().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}

function partsOf({ db, queue, clock }: MetricsDeps): Part[] {
  return [
    {
      part: "servers",
      read: async () => {
        const ages = await findPollAges(db);
        const now = clock();
        return (registry) => writeServers(registry, ages, now);
      },
    },
    {
      part: "errors",
      read: async () => {
        const counted = await countPresentErrors(db);
        return (registry) => {
          const present = gaugesOf(registry)("errors_present", "Errors that the newest list of a server shows.", [
            "server",
            "cause",
          ]);
          for (const { server, cause, errors } of counted) present.set({ server, cause }, errors);
        };
      },
    },
    {
      part: "deliveries",
      read: async () => {
        const now = clock();
        const destinations = await findWaiting(db, now);
        return (registry) => writeDeliveries(registry, destinations, now);
      },
    },
    {
      part: "proofs",
      read: async () => {
        const now = clock();
        const [sentAt, drill] = [await findLastHeartbeat(db), await reportDrill(db, { askedBy: now }, now)];
        return (registry) => writeProofs(registry, sentAt, drill, now);
      },
    },
    {
      part: "queue",
      read: async () => {
        const depth = await queue.depth();
        const now = clock();
        return (registry) => writeQueue(registry, depth, now);
      },
    },
  ];
}

function gaugesOf(registry: Registry) {
  return <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `polarwatch_${name}`, help, labelNames, registers: [registry] });
}

function writeServers(registry: Registry, ages: Awaited<ReturnType<typeof findPollAges>>, now: Date): void {
  const gauge = gaugesOf(registry);
  const age = gauge(
    "last_good_poll_age_seconds",
    "How long ago a server was last read and diffed; for one that never was: since it was configured.",
    ["server"],
  );
  const interval = gauge("poll_interval_seconds", "How often a server is to be read.", ["server"]);
  const overdue = gauge("server_overdue", "1 when a server has not been read for too long, as in /readyz.", ["server"]);
  for (const one of ages) {
    const { server, intervalMs, createdAt, lastGoodPollAt } = one;
    age.set({ server }, secondsSince(lastGoodPollAt ?? createdAt, now));
    interval.set({ server }, intervalMs / 1000);
    overdue.set({ server }, overdueMs(one, now) === null ? 0 : 1);
  }
}

function writeQueue(registry: Registry, depth: Awaited<ReturnType<QueueDepth["depth"]>>, now: Date): void {
  const gauge = gaugesOf(registry);
  const jobs = gauge("queue_jobs", "Jobs that wait for a worker, that wait for their time, or that run.", [
    "job",
    "state",
  ]);
  const age = gauge("queue_oldest_waiting_age_seconds", "How long the oldest job waits for a worker; 0: none does.", [
    "job",
  ]);
  for (const [job, { oldestAt, ...states }] of Object.entries(depth)) {
    for (const [state, count] of Object.entries(states)) jobs.set({ job, state }, count);
    age.set({ job }, oldestAt === null ? 0 : secondsSince(oldestAt, now));
  }
}

function writeDeliveries(registry: Registry, destinations: readonly Waiting[], now: Date): void {
  const gauge = gaugesOf(registry);
  const due = gauge("deliveries_due", "Deliveries that are due and have no outcome.", ["destination"]);
  const later = gauge("deliveries_later", "Deliveries whose time is still to come.", ["destination"]);
  const age = gauge("deliveries_due_age_seconds", "How long the oldest due delivery waits.", ["destination"]);
  const folded = gauge("storm_folded_messages", "Messages that the storm going on has folded; 0: none.", [
    "destination",
  ]);
  const settled = gauge("deliveries_settled_last_day", "Deliveries of the last 24 hours by outcome.", [
    "destination",
    "outcome",
  ]);
  for (const { destination, lately, storm, oldestDueAt, ...counts } of destinations) {
    due.set({ destination }, counts.due);
    later.set({ destination }, counts.later);
    age.set({ destination }, oldestDueAt === null ? 0 : secondsSince(oldestDueAt, now));
    folded.set({ destination }, storm?.folded ?? 0);
    for (const [outcome, count] of Object.entries(lately)) settled.set({ destination, outcome }, count);
  }
}

/** What never was has no sample: neither a heartbeat nor a drill is sent unless somebody wants it. */
function writeProofs(registry: Registry, sentAt: Date | null, drill: DrillReport | null, now: Date): void {
  const gauge = gaugesOf(registry);
  const age = gauge("heartbeat_age_seconds", "How long ago a heartbeat last got through.", []);
  const failed = gauge("drill_failed", "1 when the last drill did not arrive in time, else 0.", []);
  const seconds = gauge("drill_duration_seconds", "How long the last drill took, if it arrived.", []);
  age.remove();
  failed.remove();
  seconds.remove();
  if (sentAt !== null) age.set(secondsSince(sentAt, now));
  if (drill !== null) failed.set(drill.result === "failed" ? 1 : 0);
  if (drill?.result === "arrived" && drill.totalMs !== null) seconds.set(drill.totalMs / 1000);
}

function secondsSince(at: Date, now: Date): number {
  return Math.max(0, now.getTime() - at.getTime()) / 1000;
}
