import type { Routing } from "../src/app/route.js";
import type { Config } from "../src/config/config.js";
import { CANARY, DRILL_RECEIVER, DRILL_ROUTE, DRILL_SERVER } from "../src/domain/drill.js";
import { matchRoutes } from "../src/domain/route.js";

/** Where the configuration has alerts told; drills have a route of their own. */
export function createRouting(config: Pick<Config, "route" | "receivers"> & Partial<Pick<Config, "drill">>): Routing {
  const destinationsOf = new Map(
    config.receivers.map((receiver) => [receiver.name, receiver.destinations.map((destination) => destination.id)]),
  );
  const drilled = config.drill?.receiver ?? null;
  const drills = {
    receiver: drilled ?? DRILL_RECEIVER,
    destinations: drilled === null ? [CANARY] : (destinationsOf.get(drilled) ?? []),
    groupKey: DRILL_SERVER,
    groupWaitMs: 0,
    groupIntervalMs: 0,
    route: DRILL_ROUTE,
  };
  return (serverId, labels) => {
    if (serverId === DRILL_SERVER) return [drills];
    return matchRoutes(config.route, labels).map(({ route, groupKey, groupLabels }) => ({
      receiver: route.receiver,
      destinations: destinationsOf.get(route.receiver) ?? [],
      groupKey: groupLabels.server === undefined ? `${serverId}/${groupKey}` : groupKey,
      groupWaitMs: route.groupWaitMs,
      groupIntervalMs: route.groupIntervalMs,
      route,
    }));
  };
}

/** Who is told that a destination could not be reached: the fallback of its receiver, else the receiver's other destinations. */
export function fallbacksOf(
  receivers: Config["receivers"],
): ReadonlyMap<string, readonly { receiver: string; destination: string }[]> {
  const placesOf = (receiver: Config["receivers"][number]) =>
    receiver.destinations.map(({ id }) => ({ receiver: receiver.name, destination: id }));
  return new Map(
    receivers.flatMap((receiver) => {
      const fallback = receivers.find(({ name }) => name === receiver.fallback) ?? receiver;
      return receiver.destinations.map(
        ({ id }) => [id, placesOf(fallback).filter(({ destination }) => destination !== id)] as const,
      );
    }),
  );
}
