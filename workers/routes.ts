import type { Route } from "../src/app/route.js";
import type { Config } from "../src/config/config.js";
import type { ServerId } from "../src/domain/snapshot.js";

const DEADLINE_MS = 24 * 60 * 60_000;

/** Where each server's news is told. What is left of a server that left the configuration goes to the default receiver. */
export function createRoutes(config: Config): (serverId: ServerId) => Route {
  const { groupWaitMs, groupIntervalMs } = config.route;
  const times = { groupWaitMs, groupIntervalMs, deadlineMs: DEADLINE_MS };
  const receiverOf = new Map(config.servers.map((server) => [server.name, server.receiver]));
  const destinationsOf = new Map(
    config.receivers.map((receiver) => [receiver.name, receiver.destinations.map((destination) => destination.id)]),
  );
  return (serverId) => {
    const receiver = receiverOf.get(serverId) ?? config.route.receiver;
    return { receiver, destinations: destinationsOf.get(receiver) ?? [], times };
  };
}
