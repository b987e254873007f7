import type { Matcher } from "../domain/matcher.js";
import { inheritRoutes, type Route, type RouteDefaults, type RouteNode } from "../domain/route.js";
import type { ServerContent } from "./file-schema.js";
import type { ChildRouteContent, RouteContent } from "./route-schema.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DEFAULTS = {
  groupBy: ["server", "integration"],
  groupWaitMs: 30_000,
  groupIntervalMs: 5 * MINUTE_MS,
  repeatIntervalMs: 4 * HOUR_MS,
  repeatIntervalMsMax: 24 * HOUR_MS,
} as const satisfies Omit<RouteDefaults, "receiver">;

/**
 * The whole tree. A server with a receiver of its own has a route to it, behind all others. A tree that the file does not
 * give has one route more: what is critical goes out at once, to whom all else goes.
 */
export function routeTreeOf(
  content: RouteContent,
  servers: readonly ServerContent[],
  fallback: { receiver: string },
): Route {
  const given = content.routes?.map(nodeOf);
  const ofServers = servers.flatMap(({ name, receiver }): RouteNode[] => {
    if (receiver === undefined) return [];
    // Behind it, the critical ones of such a server would go to the receiver of the root.
    return [{ matchers: [equals("server", name)], receiver, routes: given === undefined ? [AT_ONCE] : [] }];
  });
  const routes = given === undefined ? [...ofServers, AT_ONCE] : [...given, ...ofServers];
  return inheritRoutes({ ...nodeOf(content), routes }, { ...DEFAULTS, ...fallback });
}

const AT_ONCE: RouteNode = { matchers: [equals("severity", "critical")], groupWaitMs: 0 };

function equals(label: string, value: string): Matcher {
  return { label, operator: "=", value, pattern: null };
}

function nodeOf(content: ChildRouteContent): RouteNode {
  return {
    matchers: content.matchers ?? [],
    continue: content.continue,
    receiver: content.receiver,
    groupBy: content.group_by?.includes("...") ? "all" : content.group_by,
    groupWaitMs: content.group_wait,
    groupIntervalMs: content.group_interval,
    repeatIntervalMs: content.repeat_interval,
    repeatIntervalMsMax: content.repeat_interval_max,
    muteTimeIntervals: content.mute_time_intervals,
    activeTimeIntervals: content.active_time_intervals,
    escalation: content.escalation?.map(({ after, receiver }) => ({ afterMs: after, receiver })),
    routes: content.routes?.map(nodeOf),
  };
}

/** Everybody whom the tree can tell, by an escalation too. */
export function receiversIn(route: Route): ReadonlySet<string> {
  const names = [route.receiver, ...route.escalation.map(({ receiver }) => receiver)];
  return new Set([...names, ...route.routes.flatMap((child) => [...receiversIn(child)])]);
}

/** Every route of the tree, the parents first. */
export function routesIn(route: Route): readonly Route[] {
  return [route, ...route.routes.flatMap(routesIn)];
}

/** The same tree at another pace: the root's is replaced, and no route below it is slower. */
export function withPace(route: Route, pace: Pick<Route, "groupWaitMs" | "groupIntervalMs">): Route {
  const quicken = (child: Route): Route => ({
    ...child,
    groupWaitMs: Math.min(child.groupWaitMs, pace.groupWaitMs),
    groupIntervalMs: Math.min(child.groupIntervalMs, pace.groupIntervalMs),
    routes: child.routes.map(quicken),
  });
  return { ...quicken(route), ...pace };
}
