import { expect, test } from "vitest";
import { describeConfig } from "../../src/config/describe.js";
import { reloadConfig } from "../../src/config/reload.js";
import { A_SERVER, problemLines, validConfig } from "../support/config-input.js";

const URL = "https://beats.example.com/ping/secret-uuid";
const CANARY = `
receivers:
  - name: oncall
    console_configs: [{}]
  - name: canary
    console_configs: [{}]
route:
  receiver: oncall
`;

test("a heartbeat is sent once a minute unless told otherwise, and its address is never shown", () => {
  const config = validConfig({ ...A_SERVER, HEARTBEAT_URL: URL });
  expect(config.heartbeat).toEqual({ url: URL, intervalMs: 60_000 });
  expect(describeConfig(config).heartbeat?.url).toBe("https://beats.example.com/***");
  expect(JSON.stringify(describeConfig(config))).not.toContain("secret-uuid");
  expect(validConfig({ ...A_SERVER, HEARTBEAT_URL: URL, HEARTBEAT_INTERVAL: "5m" }).heartbeat?.intervalMs).toBe(
    300_000,
  );
});

test("the heartbeat of the file decides, and says so of the settings that it makes idle", () => {
  const yaml = "heartbeat: { url: https://other.example.com/1, interval: 30s }";
  const config = validConfig({ ...A_SERVER, HEARTBEAT_URL: URL }, { "polarwatch.yaml": yaml });
  expect(config.heartbeat).toEqual({ url: "https://other.example.com/1", intervalMs: 30_000 });
  expect(config.warnings).toEqual(["Ignored, because the configuration file has a heartbeat: HEARTBEAT_URL"]);
});

test.each([
  ["an address of another kind", { HEARTBEAT_URL: "ftp://x/secret-uuid" }, /HEARTBEAT_URL: must be an http/],
  [
    "an interval without an address",
    { HEARTBEAT_INTERVAL: "1m" },
    /HEARTBEAT_URL: is needed too, because HEARTBEAT_INTERVAL/,
  ],
  ["one that is too short", { HEARTBEAT_URL: URL, HEARTBEAT_INTERVAL: "1s" }, /HEARTBEAT_INTERVAL: .*10s to 1d/],
])("a heartbeat is refused with %s, without showing it", (_what, env, expected) => {
  const lines = problemLines({ ...A_SERVER, ...env });
  expect(lines).toEqual([expect.stringMatching(expected)]);
  expect(lines.join()).not.toContain("secret-uuid");
});

test("drills go to a receiver that is told nothing else, and nobody is warned of it as idle", () => {
  const yaml = `${CANARY}drill: { schedule: "0 * * * *", receiver: canary, heartbeat: true }`;
  const config = validConfig(A_SERVER, { "polarwatch.yaml": yaml });
  expect(config.drill).toEqual({ schedule: "0 * * * *", timeZone: "UTC", receiver: "canary", heartbeat: true });
  expect(config.warnings).toEqual([]);
});

test.each([
  ["the receiver of the route", "oncall", /drill\.receiver: must be a receiver that is told nothing else/],
  ["one that nobody knows", "canry", /drill\.receiver: .*canary/],
])("drills are refused for %s", (_what, receiver, expected) => {
  const yaml = `${CANARY}drill: { receiver: ${receiver} }`;
  expect(problemLines(A_SERVER, { "polarwatch.yaml": yaml })).toEqual([expect.stringMatching(expected)]);
});

test("a changed heartbeat or drill is taken over while polarwatch runs", () => {
  const running = validConfig(A_SERVER);
  const env = { ...A_SERVER, HEARTBEAT_URL: URL };
  const config = validConfig(env, { "polarwatch.yaml": 'drill: { schedule: "0 * * * *" }' });
  const reloaded = reloadConfig(running, () => ({ kind: "valid", config }));
  expect(reloaded).toMatchObject({ kind: "replaced", changes: ["Heartbeat changed", "Drill changed"] });
});
