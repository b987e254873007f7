import type { Routing } from "../src/app/route.js";
import type { Config } from "../src/config/config.js";
import { matchRoutes } from "../src/domain/route.js";

/** Where the configuration has alerts told. */
export function createRouting(config: Pick<Config, "route" | "receivers">): Routing {
  const destinationsOf = new Map(
    config.receivers.map((receiver) => [receiver.name, receiver.destinations.map((destination) => destination.id)]),
  );
  return (serverId, labels) =>
    matchRoutes(config.route, labels).map(({ route, groupKey, groupLabels }) => ({
      receiver: route.receiver,
      destinations: destinationsOf.get(route.receiver) ?? [],
      groupKey: groupLabels.server === undefined ? `${serverId}/${groupKey}` : groupKey,
      groupWaitMs: route.groupWaitMs,
      groupIntervalMs: route.groupIntervalMs,
      route,
    }));
}
