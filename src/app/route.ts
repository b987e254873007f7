import type { Labels } from "../domain/matcher.js";
import type { Route } from "../domain/route.js";
import type { ServerId } from "../domain/snapshot.js";
import type { GroupTimes } from "../store/outbox.js";

/** Whom one route tells, in which group, at what pace, and all else that the route says. */
export type Told = GroupTimes & {
  receiver: string;
  destinations: readonly string[];
  groupKey: string;
  route: Route;
};

/** Where an alert with these labels is told, by the configuration that holds now. A group never mixes servers. */
export type Routing = (serverId: ServerId, labels: Labels) => readonly Told[];
