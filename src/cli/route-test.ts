import { createRouting } from "../../workers/routes.js";
import type { Config } from "../config/config.js";
import { didYouMean } from "../config/suggestions.js";
import { SEVERITIES } from "../domain/alert.js";
import { CAUSES } from "../domain/cause.js";
import { formatDuration } from "../domain/duration.js";
import { SUBJECT_LABELS } from "../domain/labels.js";
import { formatMatcher, type Labels } from "../domain/matcher.js";
import { type EscalationStep, matchRoutes, type Route } from "../domain/route.js";
import { isMuted, type Muted } from "../domain/time-interval.js";
import { CommandFailure } from "./terminal.js";

/** One route that tells an alert, and how it would do so now. */
export type TestedRoute = {
  /** Its place in the tree: "0" is the root. */
  path: string;
  matchers: readonly string[];
  receiver: string;
  destinations: readonly string[];
  groupKey: string;
  groupWaitMs: number;
  groupIntervalMs: number;
  repeatIntervalMs: number;
  repeatIntervalMsMax: number;
  escalation: readonly (EscalationStep & { destinations: readonly string[] })[];
  mute: Muted;
};

export type RouteTest = { labels: Labels; warnings: readonly string[]; routes: readonly TestedRoute[] };

const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)=(.*)$/s;

/** Labels as `name=value`. Ends the command with all that are none, or are given twice, at once. */
export function parseRouteLabels(given: readonly string[]): Labels {
  const labels = new Map<string, string>();
  const problems: string[] = [];
  for (const text of given) {
    const [, name, value] = LABEL.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      problems.push(`${JSON.stringify(text)} is no label: they are like severity=critical`);
    } else if (labels.has(name)) {
      problems.push(`The label ${name} is given more than once`);
    } else {
      labels.set(name, value);
    }
  }
  if (given.length === 0) problems.push("Give the labels of an alert, such as severity=critical");
  if (problems.length > 0) throw new CommandFailure([...problems, "(--help says what there is)"].join("\n"), 2);
  return Object.fromEntries(labels);
}

type Routed = Pick<Config, "route" | "receivers" | "servers" | "rules" | "timeIntervals">;

/**
 * Which routes an alert with these labels takes, and what they would do at this moment. Without a server it is one of the
 * only configured server, if there is just one. What can be a slip in the labels is a warning.
 */
export function testRoutes(config: Routed, given: Labels, at: Date): RouteTest {
  const [server, ...others] = config.servers;
  const labels =
    given.server === undefined && server !== undefined && others.length === 0
      ? { ...given, server: server.name }
      : given;
  const intervals = new Map(Object.entries(config.timeIntervals));
  const destinationsOf = (name: string) =>
    config.receivers.find((receiver) => receiver.name === name)?.destinations.map(({ id }) => id) ?? [];
  const serverId = config.servers.find(({ name }) => name === labels.server)?.name;
  // A group never mixes servers: where a route does not group by them, its key in the deliveries says which one it is of
  const told = serverId === undefined ? [] : createRouting(config)(serverId, labels);
  const routes = matchRoutes(config.route, labels).map(({ route, path, groupKey }, index) => ({
    path,
    matchers: route.matchers.map(formatMatcher),
    receiver: route.receiver,
    destinations: destinationsOf(route.receiver),
    groupKey: told[index]?.groupKey ?? groupKey,
    groupWaitMs: route.groupWaitMs,
    groupIntervalMs: route.groupIntervalMs,
    repeatIntervalMs: route.repeatIntervalMs,
    repeatIntervalMsMax: route.repeatIntervalMsMax,
    escalation: route.escalation.map((step) => ({ ...step, destinations: destinationsOf(step.receiver) })),
    mute: isMuted(route, intervals, at),
  }));
  return { labels, warnings: warningsOf(config, labels), routes };
}

function warningsOf({ route, servers, rules }: Routed, labels: Labels): readonly string[] {
  const known = new Set<string>([...SUBJECT_LABELS, ...rules.flatMap((rule) => Object.keys(rule.labels))]);
  const values: Readonly<Record<string, readonly string[]>> = {
    cause: CAUSES,
    severity: SEVERITIES,
    server: servers.map(({ name }) => name),
    rule: rules.map(({ name }) => name),
  };
  const given = Object.entries(labels);
  const unknownNames = given.filter(([name]) => !known.has(name));
  const unknownValues = given.filter(([name, value]) => values[name] !== undefined && !values[name].includes(value));
  const missing = [...labelsAskedFor(route)].filter((name) => known.has(name) && labels[name] === undefined);
  return [
    ...unknownNames.map(([name]) => `No alert has the label "${name}"${didYouMean(name, known)}`),
    ...unknownValues.map(([name, value]) => `No alert has ${name} "${value}"${didYouMean(value, values[name] ?? [])}`),
    ...(missing.length === 0 ? [] : [`Not given, and so taken as empty: ${missing.sort().join(", ")}`]),
  ];
}

/** The labels on which it depends which routes match. */
function labelsAskedFor({ matchers, routes }: Route): ReadonlySet<string> {
  return new Set([...matchers.map(({ label }) => label), ...routes.flatMap((child) => [...labelsAskedFor(child)])]);
}

/** The routes that match, for people. */
export function routeTestLines({ labels, routes }: RouteTest, show: (at: Date) => string): readonly string[] {
  const asked = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const count = routes.length === 1 ? "1 route tells" : `${routes.length} routes tell`;
  return [`${count} an alert with ${asked.join(", ")}`, ...routes.flatMap((route) => ["", ...linesOf(route, show)])];
}

function linesOf(route: TestedRoute, show: (at: Date) => string): readonly string[] {
  const { path, matchers, receiver, destinations, groupKey, mute } = route;
  const [wait, interval] = [spanOf(route.groupWaitMs), spanOf(route.groupIntervalMs)];
  const [repeat, repeatMax] = [spanOf(route.repeatIntervalMs), spanOf(route.repeatIntervalMsMax)];
  const facts: readonly (readonly [label: string, value: string])[] = [
    ["receiver", receiver],
    ["destinations", destinations.join(", ")],
    ["group", groupKey],
    ["group wait", wait],
    ["group interval", interval],
    ["repeat interval", repeat === repeatMax ? repeat : `${repeat}, doubling up to ${repeatMax}`],
    ...route.escalation.map(
      (step) =>
        ["escalation", `after ${spanOf(step.afterMs)}: ${step.receiver} (${step.destinations.join(", ")})`] as const,
    ),
    ["now", muteOf(mute, show)],
  ];
  const title = `Route ${path}: ${matchers.length === 0 ? "everything" : matchers.join(", ")}`;
  return [title, ...facts.map(([label, value]) => `  ${label.padEnd(16)} ${value}`)];
}

function spanOf(ms: number): string {
  return ms === 0 ? "0 s" : formatDuration(ms);
}

function muteOf(mute: Muted, show: (at: Date) => string): string {
  if (!mute.muted) return "not muted";
  const until = mute.untilAt === null ? "for more than 35 d" : `until ${show(mute.untilAt)}`;
  return `muted ${until}: ${mute.because}`;
}
