import { expect, test } from "vitest";
import type { Config } from "../../src/config/config.js";
import { loadConfig } from "../../src/config/load-config.js";
import { type Reloaded, reloadConfig } from "../../src/config/reload.js";
import { aConfigInput, validConfig } from "../support/config-input.js";

const FILE = `servers:
  - { name: prod, url: a.example.com, api_key: MARK-1 }
  - { name: lab, url: b.example.com, api_key: MARK-2, receiver: lab }
receivers:
  - { name: ops, console_configs: [{}] }
  - { name: lab, webhook_configs: [{ url: "https://hooks.example.com/MARK" }] }
route: { receiver: ops }
rules:
  - { name: a, on: new, matchers: ['cause=~"tls|config"'] }
  - { name: b, on: gone }
time_intervals:
  - { name: nights, time_intervals: [{ weekdays: [sunday] }] }
`;

const load = (text: string, env: Record<string, string> = {}) =>
  loadConfig(aConfigInput(env, { "polarwatch.yaml": text }));
const running = (): Config => validConfig({}, { "polarwatch.yaml": FILE });
const reloaded = (text: string, env: Record<string, string> = {}): Reloaded =>
  reloadConfig(running(), () => load(text, env));

test("the same file again changes nothing, also where it is written in another way", () => {
  expect(reloaded(FILE)).toEqual({ kind: "unchanged", needsRestart: [] });
  const rewritten = `# a comment\n${FILE.replace("{ receiver: ops }", "\n  receiver: ops\n  group_wait: 30s")}`;
  expect(reloaded(rewritten)).toEqual({ kind: "unchanged", needsRestart: [] });
});

test("a file with problems changes nothing at all, and they are told", () => {
  const result = reloaded(FILE.replace("on: gone", "on: leaving").replace("name: prod", "name: other"));
  expect(result).toEqual({
    kind: "kept",
    problems: [
      { where: expect.stringMatching(/^polarwatch\.yaml:10:\d+ rules\[1\]\.on$/), message: expect.any(String) },
    ],
  });
});

test.each<[string, string, string, readonly string[]]>([
  ["a server's key", "MARK-1", "MARK-3", ["Server prod changed: credentials"]],
  ["a server's pace", "api_key: MARK-1", "api_key: MARK-1, interval: 5m", ["Server prod changed: interval"]],
  ["a server's name", "name: prod", "name: main", ["Server prod removed", "Server main added"]],
  ["a destination", "com/MARK", "com/MARK2", ["Receiver lab changed: destinations"]],
  ["a rule", "on: gone", "on: gone, keep_firing_for: 1h, for: 2 polls", ["Rule b changed: for, keep_firing_for"]],
  ["a rule's matcher", "tls|config", "tls|quota", ["Rule a changed: matchers"]],
  ["a rule's name", "name: b", "name: c", ["Rule b removed", "Rule c added"]],
  ["the order of rules", "rules:", "rules:\n  - { name: b, on: gone }", ["Rules are in another order"]],
  ["a route", "receiver: ops }", "receiver: ops, group_wait: 1s }", ["Routes changed"]],
  ["a time interval", "sunday", "monday", ["Time interval nights changed: time_intervals"]],
  ["vendor_wide", "rules:", "vendor_wide: { more_than: 9 }\nrules:", ["vendor_wide changed"]],
  [
    "inhibit_rules",
    "rules:",
    "inhibit_rules: [{ source_matchers: [cause=tls], target_matchers: [cause=bug] }]\nrules:",
    ["Inhibit rules changed"],
  ],
])("a change of %s is told by name, and never with a value", (what, from, to, changes) => {
  const text = FILE.replace(from, to);
  // The rule that moved to the front is no longer at the end.
  const result = reloaded(
    what === "the order of rules" ? text.replace(/ {2}- \{ name: b, on: gone \}\ntime/, "time") : text,
  );
  expect(result).toMatchObject({ kind: "replaced", changes, needsRestart: [] });
  expect(JSON.stringify(changes)).not.toContain("MARK");
});

test("what needs a restart stays as it runs, and is told; the rest is taken over", () => {
  const env = {
    DATABASE_URL: "postgres://u:MARK@db.example.com/p",
    DATABASE_CONNECTIONS: "20",
    REDIS_URL: "redis://:MARK@redis.example.com",
    PORT: "9000",
    POLARWATCH_DATA_DIR: "elsewhere",
  };
  const needsRestart = ["the database", "the connections to the database", "Redis", "HTTP", "the data directory"];
  expect(reloaded(FILE, env)).toEqual({ kind: "unchanged", needsRestart });
  const result = reloaded(FILE.replace("MARK-1", "MARK-3"), { ...env, LOG_LEVEL: "debug" });
  const { databaseUrl, databaseConnectionsMax, redisUrl, http, dataDir, log } = running();
  expect(result).toMatchObject({
    kind: "replaced",
    changes: ["Server prod changed: credentials"],
    needsRestart: [...needsRestart, "log settings"],
    config: { databaseUrl, databaseConnectionsMax, redisUrl, http, dataDir, log },
  });
  expect(result.kind === "replaced" && result.config.servers[0]?.credentials).toEqual({
    kind: "api-key",
    apiKey: "MARK-3",
  });
  expect(result.kind === "replaced" && Object.isFrozen(result.config)).toBe(true);
});
