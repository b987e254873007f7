import { isDeepStrictEqual } from "node:util";
import type { Config, ConfigProblem, LoadedConfig } from "./config.js";
import { deepFreeze } from "./deep-freeze.js";

/** What came of reading the configuration again while polarwatch runs. */
export type Reloaded =
  | {
      readonly kind: "unchanged";
      /** What differs, but needs a restart: in words, without values. */
      readonly needsRestart: readonly string[];
    }
  | {
      readonly kind: "replaced";
      /** The new configuration, but for what needs a restart, which is still as it was. */
      readonly config: Config;
      /** What changed, in words: names, but no values. Never empty. */
      readonly changes: readonly string[];
      readonly needsRestart: readonly string[];
    }
  | { readonly kind: "kept"; readonly problems: readonly ConfigProblem[] };

/** What is opened once at the start, and what people call it. */
const FIXED = {
  databaseUrl: "the database",
  databaseConnectionsMax: "the connections to the database",
  redisUrl: "Redis",
  http: "HTTP",
  dataDir: "the data directory",
  traces: "traces",
  log: "log settings",
} as const satisfies Partial<Record<keyof Config, string>>;
const FIXED_KEYS = Object.keys(FIXED) as readonly (keyof typeof FIXED)[];

/** What has no names to tell apart, and what people call it. */
const WHOLE = {
  route: "Routes",
  inhibitRules: "Inhibit rules",
  vendorWide: "vendor_wide",
  retention: "retention",
  heartbeat: "Heartbeat",
  drill: "Drill",
} as const satisfies Partial<Record<keyof Config, string>>;
const WHOLE_KEYS = Object.keys(WHOLE) as readonly (keyof typeof WHOLE)[];

/**
 * Reads the configuration again and says what came of it. One that has problems changes nothing at all: the running one
 * is kept whole. What needs a restart keeps its running value and is said every time, until the restart or its undoing.
 */
export function reloadConfig(current: Config, load: () => LoadedConfig): Reloaded {
  const loaded = load();
  if (loaded.kind === "invalid") return { kind: "kept", problems: loaded.problems };
  const { databaseUrl, databaseConnectionsMax, redisUrl, http, dataDir, traces, log } = current;
  const needsRestart = FIXED_KEYS.filter((key) => !isDeepStrictEqual(current[key], loaded.config[key])).map(
    (key) => FIXED[key],
  );
  const config = deepFreeze({
    ...loaded.config,
    databaseUrl,
    databaseConnectionsMax,
    redisUrl,
    http,
    dataDir,
    traces,
    log,
  });
  const changes = changesBetween(current, config);
  return changes.length === 0
    ? { kind: "unchanged", needsRestart }
    : { kind: "replaced", config, changes, needsRestart };
}

function changesBetween(before: Config, after: Config): string[] {
  const intervals = (config: Config) => Object.values(config.timeIntervals);
  return [
    ...namedChanges("Server", before.servers, after.servers),
    ...namedChanges("Receiver", before.receivers, after.receivers),
    ...namedChanges("Rule", before.rules, after.rules),
    ...namedChanges("Digest", before.digests, after.digests),
    ...namedChanges("Time interval", intervals(before), intervals(after)),
    ...WHOLE_KEYS.filter((key) => !isDeepStrictEqual(before[key], after[key])).map((key) => `${WHOLE[key]} changed`),
  ];
}

/** Each as `Server lab changed: interval, receiver`, with the names of the fields, of which some are secret. */
function namedChanges<T extends { readonly name: string }>(what: string, before: readonly T[], after: readonly T[]) {
  const was = new Map(before.map((each) => [each.name, each]));
  const is = new Map(after.map((each) => [each.name, each]));
  const removed = [...was.keys()].filter((name) => !is.has(name)).map((name) => `${what} ${name} removed`);
  const others = [...is].flatMap(([name, each]) => {
    const old = was.get(name);
    if (old === undefined) return [`${what} ${name} added`];
    const fields = differingFields(old, each);
    return fields.length === 0 ? [] : [`${what} ${name} changed: ${fields.join(", ")}`];
  });
  const order = (names: Iterable<string>) => [...names].join("\n");
  const isReordered = removed.length === 0 && others.length === 0 && order(was.keys()) !== order(is.keys());
  return [...removed, ...others, ...(isReordered ? [`${what}s are in another order`] : [])];
}

/** In the words of the file where those differ from ours in more than their spelling. */
const FIELD_WORDS: Readonly<Record<string, string>> = {
  intervalMs: "interval",
  keepFiringForMs: "keep_firing_for",
  awayMsMin: "away_min",
  hold: "for",
  conditions: "any_of",
  intervals: "time_intervals",
};

function differingFields(before: object, after: object): string[] {
  const fieldsAfter = new Map<string, unknown>(Object.entries(after));
  return Object.entries(before)
    .filter(([field, value]) => !isDeepStrictEqual(value, fieldsAfter.get(field)))
    .map(([field]) => FIELD_WORDS[field] ?? field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}
