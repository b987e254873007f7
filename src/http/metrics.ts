import type { FastifyInstance } from "fastify";
import { Gauge, Registry } from "prom-client";
import type { Clock } from "../lib/clock.js";
import type { Database } from "../store/prisma.js";
import { findWaiting, type Waiting } from "../store/waiting.js";
import { readOnlyRoute } from "./route.js";

/** `/metrics`: what waits to be told and what became of the rest, for Prometheus. Labels are names of the configuration. */
export function registerMetrics(app: FastifyInstance, { db, clock }: { db: Database; clock: Clock }): void {
  readOnlyRoute(app, "/metrics", "viewer", async (_request, reply) => {
    const now = clock();
    const registry = registryOf(await findWaiting(db, now), now);
    return reply.header("content-type", registry.contentType).send(await registry.metrics());
  });
}

/** Made for each answer: all of it is in the database, and several processes say the same. */
function registryOf(destinations: readonly Waiting[], now: Date): Registry {
  const registry = new Registry();
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `polarwatch_${name}`, help, labelNames, registers: [registry] });
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
    age.set({ destination }, oldestDueAt === null ? 0 : Math.max(0, now.getTime() - oldestDueAt.getTime()) / 1000);
    folded.set({ destination }, storm?.folded ?? 0);
    for (const [outcome, count] of Object.entries(lately)) settled.set({ destination, outcome }, count);
  }
  return registry;
}
