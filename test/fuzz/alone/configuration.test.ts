import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { ConfigInput, LoadedConfig } from "../../../src/config/config.js";
import { describeConfig } from "../../../src/config/describe.js";
import { loadConfig } from "../../../src/config/load-config.js";
import { SETTING_NAMES } from "../../../src/config/settings.js";
import { createPolarityClient } from "../../../src/polarity/client.js";
import { digestPlansOf } from "../../../workers/digest.js";
import { clientOptionsOf } from "../../../workers/polarity.js";
import { createRouting } from "../../../workers/routes.js";
import { A_CERTIFICATE, A_SERVER, aConfigInput } from "../../support/config-input.js";
import { fuzz } from "../../support/fuzz.js";
import { damaged, jsonTextOf, NASTY_TEXTS, nastyJson, nastyText, STAND_IN_NAMES, spoilt } from "../../support/nasty.js";
import { createRecordingLog } from "../../support/recording-log.js";
import { createTestClock } from "../../support/test-clock.js";

const SECRET = "MARK-of-a-secret-that-nobody-may-read";
const EXAMPLE: unknown = parse(readFileSync(new URL("../../../polarwatch.example.yaml", import.meta.url), "utf8"));
const FULL = {
  servers: [
    {
      name: "prod",
      url: "https://polarity.example.com",
      api_key: SECRET,
      interval: "1m",
      tls_verify: true,
      ca: A_CERTIFICATE,
      proxy_url: "http://proxy:3128",
      attributes: { occurrences: "count" },
      labels: { team: "a" },
      timeouts: { connect: "5s", headers: "5s", body: "5s" },
    },
  ],
  receivers: [
    {
      name: "oncall",
      fallback: "other",
      slack_configs: [
        { bot_token: `xoxb-1-${SECRET}`, channel: "#alerts", mention: [{ who: "here", severities: ["critical"] }] },
      ],
      email_configs: [{ smtp_url: "smtps://u:p@mail.example.com", from: "a@example.com", to: ["b@example.com"] }],
      webhook_configs: [{ url: "https://example.com/hook", secret: SECRET }],
      pagerduty_configs: [{ routing_key: "R".repeat(32) }],
      teams_configs: [{ url: "https://example.com/teams?sig=1" }],
    },
    { name: "other" },
  ],
  route: {
    receiver: "oncall",
    group_by: ["server", "constructor"],
    group_wait: "30s",
    group_interval: "1m",
    repeat_interval: "4h",
    routes: [
      {
        matchers: ['cause="credential"'],
        receiver: "other",
        continue: true,
        mute_time_intervals: ["nights"],
        escalation: [{ after: "1h", receiver: "other" }],
      },
    ],
  },
  time_intervals: [
    {
      name: "nights",
      time_zone: "Europe/Berlin",
      time_intervals: [
        {
          times: [{ start_time: "22:00", end_time: "24:00" }],
          weekdays: ["monday:friday"],
          days_of_month: ["1:-1"],
          months: ["1:3"],
          years: ["2026"],
        },
      ],
    },
  ],
  rules: [
    {
      name: "r",
      on: "growing",
      severity: "by_cause",
      for: "3 polls",
      labels: { toString: "x" },
      when: [{ within: "1h", added_min: 5 }],
    },
  ],
  inhibit_rules: [
    { source_matchers: ['severity="critical"'], target_matchers: ['severity="info"'], equal: ["server"] },
  ],
  digests: [
    {
      name: "daily",
      schedule: "0 8 * * *",
      receiver: "oncall",
      time_zone: "UTC",
      when_empty: "say",
      matchers: ['server=~"p.*"'],
    },
  ],
  retention: { observations: "90d" },
  heartbeat: { url: "https://example.com/ping", interval: "1m" },
  drill: { schedule: "0 9 * * 1", receiver: "oncall" },
  default_rules: true,
  vendor_wide: { more_than: 3 },
};
const NAMES = [
  ...Object.keys(FULL),
  "api_key",
  "api_key_file",
  "username",
  "password",
  "match",
  "<<",
  "x-y",
  "*a",
  "&a x",
  "!!binary x",
  `$${"{SECRET}"}`,
  `$${"{UNSET}"}`,
  "1h",
  "-5m",
  "99999999999999999999d",
  "1:31",
  "0 0 30 2 *",
  "* * * * * *",
  "(",
  ...STAND_IN_NAMES,
];

const whole = fc.oneof(spoilt(FULL, NAMES), spoilt(EXAMPLE, NAMES), nastyJson(NAMES, 3));
const texts = damaged(
  fc.oneof(
    { weight: 4, arbitrary: whole.map(blockTextOf) },
    { weight: 2, arbitrary: whole.map(jsonTextOf) },
    { weight: 1, arbitrary: fc.constantFrom(...NASTY_TEXTS) },
  ),
);

/** As people write it; a lone surrogate is nothing that a file can hold. */
function blockTextOf(value: unknown): string {
  return Buffer.from(stringify(value)).toString();
}

/** A problem says where, in the words of people, and never what secret stands there; what is valid can be started with. */
function expectLoaded(input: ConfigInput): LoadedConfig {
  const loaded = loadConfig(input);
  if (loaded.kind === "invalid") {
    if (loaded.problems.length === 0) throw new Error("Invalid, and nobody knows why");
    for (const { where, message } of loaded.problems) {
      if (
        !/^((polarwatch\.yaml|secret\.txt):\d+:\d+( |$)|[A-Za-z][A-Za-z_]*$|environment$|polarwatch\.yaml$)/.test(where)
      )
        throw new Error(`No place: ${where}`);
      if (
        message.length < 5 ||
        message.includes(SECRET) ||
        /(be|is|of) (undefined|function|\[object)|native code/.test(message)
      ) {
        throw new Error(`No message: ${message}`);
      }
    }
    return loaded;
  }
  const { config } = loaded;
  if (JSON.stringify(describeConfig(config)).includes(SECRET)) throw new Error("A secret is described");
  const route = createRouting(config);
  for (const { name } of config.servers) route(name, { server: name, cause: "credential", constructor: "x" });
  digestPlansOf(config);
  const deps = { clock: createTestClock(new Date(0)), random: () => 0.5, log: createRecordingLog().log };
  for (const server of config.servers) void createPolarityClient(clientOptionsOf(server), deps).close();
  return loaded;
}

const ENV = { ...A_SERVER, SECRET, OTHER: "x\ny" };
const ofText = (text: string) => expectLoaded(aConfigInput(ENV, { "polarwatch.yaml": text }));

test("any text of polarwatch.yaml is a configuration, or problems with their lines", { timeout: 3_600_000 }, () =>
  fuzz("configuration", texts, (text) => void ofText(text)),
);

const setting = fc.constantFrom(
  // Where the data lies is no secret, so it must not be read from the file that holds one.
  ...SETTING_NAMES.flatMap((name) => (name === "POLARWATCH_DATA_DIR" ? [name] : [name, `${name}_FILE`])),
  "HTTPS_PROXY",
  "https_proxy",
  "NO_PROXY",
);
const value = fc.oneof(
  nastyText,
  fc.constantFrom(
    "https://u:p@h/x?y#z",
    "smtp://h:99999",
    "smtps://u:%zz@h",
    "a@b, c@d,,",
    "1m",
    "0s",
    "off",
    "30 8 * * 1-5",
    "Europe/Berlin",
    "0.0.0.0",
    "[::1]",
    "65536",
    "debug",
    "json",
    "xoxb-1",
    "xapp-1",
    "#alerts",
    "C0123456789",
    "secret.txt",
    "missing.txt",
    "postgres://u@h/d",
    "redis://h",
  ),
);
const environments = fc.array(fc.tuple(setting, value), { maxLength: 8 });
const FILES = { "secret.txt": `${SECRET}\n`, "two.txt": "a\nb", "denied.txt": { code: "EACCES" } };

test("any environment is a configuration, or problems with the names of their settings", { timeout: 3_600_000 }, () =>
  fuzz("environment", environments, (given) => {
    expectLoaded(aConfigInput({ ...A_SERVER, ...Object.fromEntries(given) }, FILES));
  }),
);

const nested = (count: number) =>
  Array.from({ length: count }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(9)}]`);

/** Each is refused at once, with its place. */
const REFUSED: readonly (readonly [string, string])[] = [
  ["a billion laughs", ["x-a: &a0 [lol]", ...nested(12)].join("\n")],
  ["an alias of itself", "servers: &a [*a]"],
  ["a merge of itself", "route: &a\n  <<: *a\n  receiver: x"],
  ["a merge of a list", "route:\n  <<: [1, 2]"],
  ["brackets without end", "[".repeat(20_000)],
  ["mappings deeper than the stack", Array.from({ length: 3000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
  ["a tag of a function", "servers: !!js/function 'function () {}'"],
  ["a tag of a set", "servers: !!set {a}"],
  ["two documents", "a: 1\n---\nb: 2"],
  ["a key of a mapping", "? {a: 1}\n: 2"],
  ["the same key twice", "route: {receiver: a, receiver: b}"],
  ["names of the prototype", "__proto__: {polluted: true}\nconstructor: 1\ntoString: 2"],
  ["a prototype merged in", "x-a: &a {__proto__: {receiver: 1}}\nroute:\n  <<: *a"],
  [
    "names of the prototype everywhere",
    JSON.stringify({
      servers: [JSON.parse('{"__proto__":1,"constructor":2}')],
      route: { constructor: 1, hasOwnProperty: 2 },
      rules: [{ labels: 5, constructor: 3 }],
      receivers: [{ toString: 1, slack_configs: [{ constructor: 1 }] }],
    }),
  ],
  ["a file that is too long", `# ${"x".repeat(2_100_000)}`],
  ["a length that cannot be compared", "servers: [{name: {length: {toString: null}}}]"],
  ["a tab", "route:\n\treceiver: x"],
  ["a variable that never ends", `route: {receiver: "$${"{SECRET"}"}`],
  ["a variable of a strange name", `route: {receiver: "$${"{constructor}"}"}`],
  ["text instead of a mapping", "just words"],
  ["NUL", "a: \0"],
  ["a name of control characters", 'servers: [{name: "\\0\\e[31m"}]'],
];

/** Each was taken once, and ended the start when the proxy was opened. */
test.each(["https://u:p@h/x?y#z", "http://h/x", "http://h?x", "http://h#x", "http://u:%zz@h"])(
  "%s is no proxy",
  (proxy) => {
    expect(expectLoaded(aConfigInput({ ...A_SERVER, HTTPS_PROXY: proxy })).kind).toBe("invalid");
  },
);

test.each(REFUSED)("%s is refused with its place", (_, text) => {
  expect(ofText(text).kind).toBe("invalid");
});
