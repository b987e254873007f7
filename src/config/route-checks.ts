import { parseDurationMs } from "../domain/duration.js";
import { entriesOf, type Finding, isRecord, type Path, type Source, valueAt } from "./source.js";
import { didYouMean } from "./suggestions.js";

const ROUTES_MAX = 500;
const DRILL_RECEIVER: Path = ["drill", "receiver"];
const LEVELS_MAX = 16;
const REPEAT_INTERVAL = "4h";

type WrittenRoute = { path: Path; record: Record<string, unknown>; level: number; parent: WrittenRoute | null };

/** What has to hold within the tree of routes, apart from the names in it. */
export function routeFindings(source: Source): Finding[] {
  const { routes, findings } = walk(source);
  return [
    ...findings,
    ...routes.flatMap((route) => [...groupByFindings(route), ...repeatFindings(route), ...escalationFindings(route)]),
  ];
}

/** References to receivers and time intervals, and the default receiver when there are several to choose from. */
export function findingsOfReferences(source: Source, receiverNames: readonly string[]): Finding[] {
  const { routes } = walk(source);
  const owners = [...entriesOf(source, "servers"), ...entriesOf(source, "digests")];
  const owned = owners.map(({ path }) => [...path, "receiver"]);
  const receivers = routes.flatMap(({ path, record }) => [
    [...path, "receiver"],
    ...listOf(record.escalation).map((_, index) => [...path, "escalation", index, "receiver"]),
  ]);
  const fallbacks = entriesOf(source, "receivers").map(({ path }) => [...path, "fallback"]);
  const intervals = routes.flatMap(({ path, record }) =>
    ["mute_time_intervals", "active_time_intervals"].flatMap((key) =>
      listOf(record[key]).map((_, index) => [...path, key, index]),
    ),
  );
  const intervalNames = entriesOf(source, "time_intervals").flatMap(({ record: { name } }) =>
    typeof name === "string" ? [name] : [],
  );
  const findings = [
    ...unknownNames(source, [...owned, ...receivers, ...fallbacks, DRILL_RECEIVER], {
      known: receiverNames,
      what: "receiver",
    }),
    ...unknownNames(source, intervals, { known: intervalNames, what: "time interval" }),
  ];
  const drilled = valueAt(source.data, DRILL_RECEIVER);
  const told = [...owned, ...receivers, ...fallbacks].map((path) => valueAt(source.data, path));
  if (
    typeof drilled === "string" &&
    receiverNames.includes(drilled) &&
    (told.includes(drilled) || receiverNames.length === 1)
  ) {
    findings.push({ path: DRILL_RECEIVER, message: "must be a receiver that is told nothing else" });
  }
  for (const { path, record } of entriesOf(source, "receivers")) {
    if (typeof record.name !== "string" || record.fallback !== record.name) continue;
    findings.push({ path: [...path, "fallback"], message: "must be another receiver than this one" });
  }
  if (receiverNames.length > 1 && valueAt(source.data, ["route", "receiver"]) === undefined) {
    findings.push({ path: ["route", "receiver"], message: "is required when there is more than one receiver" });
  }
  return findings;
}

/** A label that is named twice is probably a slip of one that was meant. */
export function inhibitFindings(source: Source): Finding[] {
  return entriesOf(source, "inhibit_rules").flatMap(({ path, record }) => repeated(record.equal, [...path, "equal"]));
}

function unknownNames(source: Source, paths: readonly Path[], names: { known: readonly string[]; what: string }) {
  return paths.flatMap((path): Finding[] => {
    const name = valueAt(source.data, path);
    if (typeof name !== "string" || names.known.includes(name)) return [];
    return [{ path, message: `names no ${names.what}${didYouMean(name, names.known)}` }];
  });
}

/** The routes as they are written, each with its parent before it; no more than are allowed. */
function walk(source: Source): { routes: WrittenRoute[]; findings: Finding[] } {
  const root = valueAt(source.data, ["route"]);
  const routes: WrittenRoute[] = isRecord(root) ? [{ path: ["route"], record: root, level: 1, parent: null }] : [];
  const findings: Finding[] = [];
  for (const route of routes) {
    for (const [index, record] of listOf(route.record.routes).entries()) {
      if (!isRecord(record)) continue;
      const path = [...route.path, "routes", index];
      if (route.level === LEVELS_MAX) {
        findings.push({ path, message: `is nested too deep (${LEVELS_MAX} levels at most, the root included)` });
        break;
      }
      if (routes.length === ROUTES_MAX) {
        return { routes, findings: [{ path: ["route"], message: `has too many routes (${ROUTES_MAX} at most)` }] };
      }
      routes.push({ path, record, level: route.level + 1, parent: route });
    }
  }
  return { routes, findings };
}

function groupByFindings({ path, record }: WrittenRoute): Finding[] {
  const labels = listOf(record.group_by);
  const at = [...path, "group_by"];
  if (labels.includes("...") && labels.length > 1) {
    return [{ path: at, message: "must have nothing besides ..., which is every label" }];
  }
  return repeated(labels, at);
}

function repeated(list: unknown, path: Path): Finding[] {
  return listOf(list).flatMap((item, index, all) =>
    all.indexOf(item) < index ? [{ path: [...path, index], message: "is there twice" }] : [],
  );
}

/** Said where the maximum is given; one that is inherited rises by itself. */
function repeatFindings(route: WrittenRoute): Finding[] {
  const maxMs = durationOf(route.record.repeat_interval_max);
  const interval = inherited(route, "repeat_interval") ?? REPEAT_INTERVAL;
  const intervalMs = durationOf(interval);
  if (maxMs === null || intervalMs === null || maxMs >= intervalMs) return [];
  const isDefault = inherited(route, "repeat_interval") === undefined;
  const message = `must not be less than repeat_interval${isDefault ? `, which is ${REPEAT_INTERVAL}` : ""}`;
  return [{ path: [...route.path, "repeat_interval_max"], message }];
}

function inherited(route: WrittenRoute, key: string): unknown {
  for (let each: WrittenRoute | null = route; each !== null; each = each.parent) {
    if (each.record[key] !== undefined) return each.record[key];
  }
  return undefined;
}

function escalationFindings({ path, record }: WrittenRoute): Finding[] {
  const times = listOf(record.escalation).map((step) => (isRecord(step) ? durationOf(step.after) : null));
  return times.flatMap((afterMs, index) => {
    const beforeMs = times[index - 1] ?? null;
    if (afterMs === null || beforeMs === null || afterMs > beforeMs) return [];
    return [{ path: [...path, "escalation", index, "after"], message: "must be later than the step before it" }];
  });
}

function durationOf(text: unknown): number | null {
  return typeof text === "string" ? parseDurationMs(text) : null;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
