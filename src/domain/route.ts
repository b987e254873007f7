import { formatDuration } from "./duration.js";
import { formatMatcher, type Labels, type Matcher, matchesAll } from "./matcher.js";

/** Who is told besides the route's receiver, when after this long nobody has acknowledged. */
export type EscalationStep = { readonly afterMs: number; readonly receiver: string };

/** Which labels make a group; "all" (`['...']` in the file) is every label. */
export type GroupBy = readonly string[] | "all";

/** What a route passes on to the routes below it. */
export type RouteDefaults = {
  readonly receiver: string;
  readonly groupBy: GroupBy;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  /** The pause between repeats doubles after each of them, up to this; never below `repeatIntervalMs`. */
  readonly repeatIntervalMsMax: number;
};

/** One node of the routing tree, with everything inherited already filled in. */
export type Route = RouteDefaults & {
  readonly matchers: readonly Matcher[];
  readonly continue: boolean;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly escalation: readonly EscalationStep[];
  readonly routes: readonly Route[];
};

/** What one node of the file says. Matchers, continue, time intervals, escalation and routes are its own; the rest is inherited. */
export type RouteNode = { readonly [Key in keyof RouteDefaults]?: RouteDefaults[Key] | undefined } & {
  readonly matchers: readonly Matcher[];
  readonly continue?: boolean | undefined;
  readonly muteTimeIntervals?: readonly string[] | undefined;
  readonly activeTimeIntervals?: readonly string[] | undefined;
  readonly escalation?: readonly EscalationStep[] | undefined;
  readonly routes?: readonly RouteNode[] | undefined;
};

export type RouteMatch = {
  readonly route: Route;
  /** Its place in the tree: "0" is the root, "0.2.1" the second child of the root's third. */
  readonly path: string;
  /** Stable text: the path and the sorted group labels, e.g. `0.1{integration="VirusTotal",server="prod"}`. */
  readonly groupKey: string;
  readonly groupLabels: Labels;
};

/**
 * The tree with everything inherited filled in. A node that raises `repeatIntervalMs` above the maximum it inherits
 * raises the maximum with it.
 */
export function inheritRoutes(root: RouteNode, defaults: RouteDefaults): Route {
  const repeatIntervalMs = root.repeatIntervalMs ?? defaults.repeatIntervalMs;
  const passedOn: RouteDefaults = {
    receiver: root.receiver ?? defaults.receiver,
    groupBy: root.groupBy ?? defaults.groupBy,
    groupWaitMs: root.groupWaitMs ?? defaults.groupWaitMs,
    groupIntervalMs: root.groupIntervalMs ?? defaults.groupIntervalMs,
    repeatIntervalMs,
    repeatIntervalMsMax: Math.max(repeatIntervalMs, root.repeatIntervalMsMax ?? defaults.repeatIntervalMsMax),
  };
  return {
    ...passedOn,
    matchers: root.matchers,
    continue: root.continue ?? false,
    muteTimeIntervals: root.muteTimeIntervals ?? [],
    activeTimeIntervals: root.activeTimeIntervals ?? [],
    escalation: root.escalation ?? [],
    routes: (root.routes ?? []).map((node) => inheritRoutes(node, passedOn)),
  };
}

/**
 * Which routes tell about these labels, as in Alertmanager: depth first; a node's own settings count when none of its
 * children matches; `continue` goes on to the next sibling. Never empty: the root matches everything, whatever its
 * matchers.
 */
export function matchRoutes(root: Route, labels: Labels): readonly RouteMatch[] {
  return matchNode(root, "0", labels);
}

function matchNode(route: Route, path: string, labels: Labels): readonly RouteMatch[] {
  const matched: RouteMatch[] = [];
  for (const [index, child] of route.routes.entries()) {
    if (!matchesAll(child.matchers, labels)) continue;
    matched.push(...matchNode(child, `${path}.${index}`, labels));
    if (!child.continue) break;
  }
  return matched.length > 0 ? matched : [matchOf(route, path, labels)];
}

function matchOf(route: Route, path: string, labels: Labels): RouteMatch {
  const groupLabels = groupLabelsOf(route.groupBy, labels);
  return { route, path, groupKey: `${path}${formatLabels(groupLabels)}`, groupLabels };
}

/** A label that is absent, or empty, which is the same, is absent from the group too. Sorted by name. */
function groupLabelsOf(groupBy: GroupBy, labels: Labels): Labels {
  const chosen = Object.entries(labels).filter(
    ([name, value]) => value !== "" && (groupBy === "all" || groupBy.includes(name)),
  );
  return Object.fromEntries(chosen.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function formatLabels(labels: Labels): string {
  const equals = Object.entries(labels).map(([label, value]) =>
    formatMatcher({ label, operator: "=", value, pattern: null }),
  );
  return `{${equals.join(",")}}`;
}

const COLUMNS_MAX = 80;

/**
 * Lines that draw the tree for people, 80 columns. A route says how it groups and at what pace it tells where that
 * differs from the route above it. (Some 25 levels down there is no room for text any more: lines get wider there.)
 */
export function describeRoutes(root: Route): readonly string[] {
  return describeNode(root, null, { first: "", rest: "" });
}

type Margins = { first: string; rest: string };

function describeNode(route: Route, parent: Route | null, { first, rest }: Margins): readonly string[] {
  const matchers = parent === null ? "" : route.matchers.map(formatMatcher).join(", ");
  const title = `${matchers === "" ? "everything" : matchers} -> ${route.receiver}${route.continue ? ", and on" : ""}`;
  const inner = `${rest}${route.routes.length > 0 ? "│ " : "  "}`;
  return [
    ...wrap(title, { first, rest: `${inner}  ` }),
    ...detailsOf(route, parent).flatMap((detail) => wrap(detail, { first: inner, rest: `${inner}  ` })),
    ...route.routes.flatMap((child, index) => {
      const last = index === route.routes.length - 1;
      return describeNode(child, route, {
        first: `${rest}${last ? "└─" : "├─"} `,
        rest: `${rest}${last ? "   " : "│  "}`,
      });
    }),
  ];
}

function detailsOf(route: Route, parent: Route | null): readonly string[] {
  const own = [groupingOf(route), paceOf(route)];
  const inherited = parent === null ? [] : [groupingOf(parent), paceOf(parent)];
  const muted = route.muteTimeIntervals.join(", ");
  const active = route.activeTimeIntervals.join(", ");
  return [
    ...own.filter((detail) => !inherited.includes(detail)),
    ...(muted === "" ? [] : [`never during ${muted}`]),
    ...(active === "" ? [] : [`only during ${active}`]),
    ...route.escalation.map(({ afterMs, receiver }) => `unacknowledged for ${formatDuration(afterMs)} -> ${receiver}`),
  ];
}

function groupingOf({ groupBy }: Route): string {
  if (groupBy === "all") return "a message for each alert";
  return groupBy.length === 0 ? "one message for all" : `a message for each ${groupBy.join(", ")}`;
}

function paceOf(route: Route): string {
  const [wait, interval] = [formatDuration(route.groupWaitMs), formatDuration(route.groupIntervalMs)];
  const [repeat, repeatMax] = [formatDuration(route.repeatIntervalMs), formatDuration(route.repeatIntervalMsMax)];
  return `${route.groupWaitMs === 0 ? "at once" : `after ${wait}`}, then every ${interval}; repeated after ${repeat}${repeat === repeatMax ? "" : ` up to ${repeatMax}`}`;
}

/** Broken between words, or within one that is too long for a line; wider than 80 only where the margin alone is. */
function wrap(text: string, { first, rest }: Margins): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(" ")) {
    const separator = empty ? "" : " ";
    if (!empty && line.length + separator.length + word.length > COLUMNS_MAX) {
      lines.push(line);
      [line, empty] = [rest, true];
    }
    line += empty ? word : `${separator}${word}`;
    empty = false;
    while (line.length > COLUMNS_MAX && rest.length < COLUMNS_MAX) {
      lines.push(line.slice(0, COLUMNS_MAX));
      line = rest + line.slice(COLUMNS_MAX);
    }
  }
  return [...lines, line];
}
