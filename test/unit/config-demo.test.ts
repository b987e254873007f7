import { expect, test } from "vitest";
import { type Demo, demoConfig } from "../../src/config/demo-config.js";
import { DEFAULT_RULES } from "../../src/domain/rule.js";
import { aConfigInput, CWD } from "../support/config-input.js";

const DEMO: Demo = {
  serverUrl: "http://127.0.0.1:4000",
  apiKey: "demo-key",
  intervalMs: 500,
  groupWaitMs: 100,
  groupIntervalMs: 2000,
};
/** What someone might have around who watches real servers already. */
const REAL = {
  POLARITY_URL: "https://polarity.example.com",
  POLARITY_API_KEY_FILE: "key",
  SLACK_BOT_TOKEN: "xoxb-MARK",
  SLACK_CHANNEL: "#alerts",
  SMTP_URL: "smtp://mail.example.com",
  EMAIL_FROM: "p@example.com",
  EMAIL_TO: "all@example.com",
  WEBHOOK_URL: "https://hooks.example.com/MARK",
  DATABASE_URL: "postgres://db.example.com/polarwatch",
  REDIS_URL: "redis://redis.example.com",
  GROUP_WAIT: "1h",
  HTTPS_PROXY: "http://proxy.example.com",
  HTTP_PROXY: "http://proxy.example.com",
};
const FILE =
  "servers: [{ name: prod, url: p.example.com, api_key: '$" +
  "{POLARITY_URL}' }]\nreceivers: [{ name: ops, webhook_configs: [{ url: https://hooks.example.com }] }]";

function demoed(demo: Partial<Demo>, env: Record<string, string> = REAL, files: Record<string, string> = {}) {
  const loaded = demoConfig(aConfigInput(env, files), { ...DEMO, ...demo });
  if (loaded.kind === "invalid") throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

test("a demo watches the simulated server at its own pace", () => {
  expect(demoed({}, {})).toMatchObject({
    servers: [
      {
        name: "demo",
        url: "http://127.0.0.1:4000",
        credentials: { kind: "api-key", apiKey: "demo-key" },
        intervalMs: 500,
        proxyUrl: null,
        receiver: "default",
      },
    ],
    receivers: [{ name: "default", destinations: [{ kind: "console" }] }],
    route: { receiver: "default", groupWaitMs: 100, groupIntervalMs: 2000 },
    dataDir: `${CWD}/.polarwatch/demo`,
    warnings: [],
  });
});

test("a demo's growing needs no week of history, and what is critical goes out at once there too", () => {
  const { rules, route } = demoed({}, {});
  expect(rules.map(({ name }) => name)).toEqual(DEFAULT_RULES.map(({ name }) => name));
  expect(rules.find(({ on }) => on === "growing")?.conditions).toEqual([
    { kind: "added", atLeast: 10, windowMs: 900_000 },
  ]);
  expect(route.routes).toMatchObject([{ groupWaitMs: 0, groupIntervalMs: 2000 }]);
});

/** Guards against waking colleagues, and against mixing invented errors into a real history. */
test("a demo in a real environment tells only the console and leaves the real database alone, and says so", () => {
  const config = demoed({}, { ...REAL, API_TOKEN: "MARK-0123456789abc", PORT: "9000" }, { "polarwatch.yaml": FILE });
  expect(config.receivers).toEqual([
    { name: "default", destinations: [{ id: "default/console", kind: "console", settings: {} }], fallback: null },
  ]);
  expect(config).toMatchObject({ databaseUrl: null, redisUrl: null, http: { port: 9000 }, log: { level: "info" } });
  expect(JSON.stringify(config.servers)).not.toContain("example.com");
  expect(config.warnings).toEqual([
    "Set, but not used by the demo: POLARITY_URL, POLARITY_API_KEY_FILE, SLACK_BOT_TOKEN, SLACK_CHANNEL, SMTP_URL, " +
      "EMAIL_FROM, EMAIL_TO, WEBHOOK_URL, GROUP_WAIT, DATABASE_URL, REDIS_URL",
  ]);
});

test("a demo does not stumble over real settings that are broken, only over those it uses", () => {
  expect(demoed({}, { POLARITY_URL: "x y", SMTP_URL: "x", POLARWATCH_CONFIG: "nowhere" }).servers).toHaveLength(1);
  expect(demoConfig(aConfigInput({ PORT: "x" }), DEMO)).toMatchObject({
    kind: "invalid",
    problems: [{ where: "PORT" }],
  });
});

test("when asked, a demo tells the configured destinations, those of a file included", () => {
  const env = { ...REAL, POLARITY_API_KEY_FILE: "" };
  const kinds = (files: Record<string, string>) =>
    demoed({ keepDestinations: true }, { ...env, POLARITY_API_KEY: "k" }, files).receivers[0]?.destinations.map(
      ({ id }) => id,
    );
  expect(kinds({})).toEqual(["default/slack:#alerts", "default/email:all@example.com", "default/webhook:1"]);
  expect(kinds({ "polarwatch.yaml": FILE })).toEqual(["ops/webhook:1"]);
  const config = demoed({ keepDestinations: true }, { ...env, POLARITY_API_KEY: "k" }, { "polarwatch.yaml": FILE });
  expect(config.servers).toMatchObject([{ name: "demo", receiver: "ops" }]);
  expect(config).toMatchObject({ databaseUrl: null, route: { receiver: "ops", groupWaitMs: 100 } });
});

test("when asked, a demo uses the configured database and queue", () => {
  expect(demoed({ keepDatabase: true })).toMatchObject({
    databaseUrl: REAL.DATABASE_URL,
    redisUrl: REAL.REDIS_URL,
    receivers: [{ destinations: [{ kind: "console" }] }],
  });
});
