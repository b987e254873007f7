import { describe, expect, test } from "vitest";
import { matchRoutes } from "../../src/domain/route.js";
import { configOfFile, problemsOfFile, validConfig } from "../support/config-input.js";

const RECEIVERS = "receivers: [{ name: ops, console_configs: [{}] }, { name: lab, console_configs: [{}] }]\n";
const SERVERS = `servers:
  - { name: prod, url: a.example.com, api_key: k }
  - { name: lab, url: b.example.com, api_key: k, receiver: lab }
`;

/** Who is told about alerts with these labels, and after how long. */
function told(text: string, labels: Record<string, string>) {
  const { route } = validConfig({}, { "polarwatch.yaml": text });
  return matchRoutes(route, labels).map((match) => [match.route.receiver, match.route.groupWaitMs, match.path]);
}

describe("the tree of a file", () => {
  test("has every key, with what is inherited filled in", () => {
    const { route } = configOfFile(`${RECEIVERS}
route:
  receiver: ops
  group_by: ["..."]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 2h
  repeat_interval_max: 8h
  escalation: [{ after: 10m, receiver: lab }]
  routes:
    - matchers: ['cause=~"tls|config"', severity=warning]
      continue: true
      receiver: lab
      group_by: []
      group_wait: 0s
      repeat_interval: 12h
      mute_time_intervals: [nights]
      active_time_intervals: [days]
      escalation: [{ after: 1h, receiver: ops }, { after: 2h, receiver: lab }]
      routes:
        - matchers: ['server!="lab"']
time_intervals:
  - { name: nights, time_intervals: [{ weekdays: [sunday] }] }
  - { name: days, time_intervals: [{ weekdays: [monday] }] }
`);
    const inherited = { receiver: "lab", groupBy: [], groupWaitMs: 0, groupIntervalMs: 2000 };
    const repeated = { repeatIntervalMs: 12 * 3_600_000, repeatIntervalMsMax: 12 * 3_600_000 };
    expect(route).toEqual({
      receiver: "ops",
      matchers: [],
      continue: false,
      groupBy: "all",
      groupWaitMs: 1000,
      groupIntervalMs: 2000,
      repeatIntervalMs: 2 * 3_600_000,
      repeatIntervalMsMax: 8 * 3_600_000,
      muteTimeIntervals: [],
      activeTimeIntervals: [],
      escalation: [{ afterMs: 600_000, receiver: "lab" }],
      routes: [
        {
          ...inherited,
          ...repeated,
          matchers: [
            { label: "cause", operator: "=~", value: "tls|config", pattern: expect.any(RegExp) },
            { label: "severity", operator: "=", value: "warning", pattern: null },
          ],
          continue: true,
          muteTimeIntervals: ["nights"],
          activeTimeIntervals: ["days"],
          escalation: [
            { afterMs: 3_600_000, receiver: "ops" },
            { afterMs: 7_200_000, receiver: "lab" },
          ],
          routes: [
            {
              ...inherited,
              ...repeated,
              matchers: [{ label: "server", operator: "!=", value: "lab", pattern: null }],
              continue: false,
              muteTimeIntervals: [],
              activeTimeIntervals: [],
              escalation: [],
              routes: [],
            },
          ],
        },
      ],
    });
  });

  test("a frozen regular expression still matches, time after time", () => {
    const { route } = configOfFile(`route: { routes: [{ matchers: ['cause=~"tls|config"'], group_wait: 7s }] }`);
    const waits = ["tls", "tls", "quota", "config"].map((cause) => matchRoutes(route, { cause })[0]?.route.groupWaitMs);
    expect(waits).toEqual([7000, 7000, 30_000, 7000]);
  });
});

describe("without routes in the file", () => {
  const text = `${SERVERS}${RECEIVERS}route: { receiver: ops, group_wait: 5s }`;

  test("what is critical goes out at once, to whom all else goes", () => {
    expect(told(text, { server: "prod", severity: "critical" })).toEqual([["ops", 0, "0.1"]]);
    expect(told(text, { server: "prod", severity: "warning" })).toEqual([["ops", 5000, "0"]]);
  });

  /** A route for critical alerts that stood before the server's own would tell the wrong people. */
  test("a server's own receiver is told its critical alerts too, and at once", () => {
    expect(told(text, { server: "lab", severity: "critical" })).toEqual([["lab", 0, "0.0.0"]]);
    expect(told(text, { server: "lab", severity: "warning" })).toEqual([["lab", 5000, "0.0"]]);
  });
});

describe("with routes in the file", () => {
  test("exactly those count, and the receiver of a server comes behind them", () => {
    const text = `${SERVERS}${RECEIVERS}route: { receiver: ops, routes: [{ matchers: [cause=quota], group_wait: 9s }] }`;
    expect(told(text, { server: "lab", severity: "critical", cause: "quota" })).toEqual([["ops", 9000, "0.0"]]);
    expect(told(text, { server: "lab", severity: "critical" })).toEqual([["lab", 30_000, "0.1"]]);
    expect(told(text, { server: "prod", severity: "critical" })).toEqual([["ops", 30_000, "0"]]);
  });

  test("an empty list of them is a list", () => {
    const text = `${SERVERS}${RECEIVERS}route: { receiver: ops, routes: [] }`;
    expect(told(text, { server: "prod", severity: "critical" })).toEqual([["ops", 30_000, "0"]]);
  });

  test("GROUP_WAIT and GROUP_INTERVAL are what they inherit, unless the root says otherwise", () => {
    const text = `${SERVERS}route: { group_wait: 3s, routes: [{ matchers: [cause=quota] }] }\n${RECEIVERS.replace("ops", "default")}`;
    const env = { GROUP_WAIT: "1h", GROUP_INTERVAL: "7s" };
    const { route } = validConfig(env, { "polarwatch.yaml": text.replace("route: {", "route: { receiver: default,") });
    expect(route.routes[0]).toMatchObject({ groupWaitMs: 3000, groupIntervalMs: 7000 });
  });

  test("a receiver that only an escalation or a deep route names is told something", () => {
    const text = `${RECEIVERS}route: { receiver: ops, routes: [{ routes: [{ escalation: [{ after: 1h, receiver: lab }] }] }] }`;
    expect(configOfFile(text).warnings).toEqual([]);
  });
});

test("every problem with routes comes with its line, column and path", () => {
  const text = `${RECEIVERS}route:
  matchers: [a=b]
  continue: true
  receiver: opps
  group_by: [server, "..."]
  repeat_interval_max: 1h
  escalation: [{ after: 1h, receiver: labb }, { after: 30m, receiver: lab }, { after: 1s, receiver: lab }]
  routes:
    - matchers: ['cause=~"("', 'cause', 7]
      match: { cause: tls }
      groupwait: 1s
      group_by: [a b, server, server]
      mute_time_intervals: [night]
      active_time_intervals: [Nights2]
      repeat_interval: 29d
    - 5
    - routes: [{ continue: 1, receiver: nobody, repeat_interval: 3h, repeat_interval_max: 2h }]
time_intervals:
  - { name: nights, time_intervals: [{ weekdays: [sunday] }] }
inhibit_rules:
  - { source_matchers: [], equal: [server, server, "a b"] }
  - { source_matchers: [cause=tls], target_matchers: [cause] }
vendor_wide: { more_than: 0 }
`;
  expect(problemsOfFile(text)).toEqual([
    "polarwatch.yaml:3:3 route: belongs to a route below the root, which takes every alert at any time",
    "polarwatch.yaml:4:3 route: belongs to a route below the root, which takes every alert at any time",
    'polarwatch.yaml:5:13 route.receiver: names no receiver, did you mean "ops"?',
    "polarwatch.yaml:6:13 route.group_by: must have nothing besides ..., which is every label",
    "polarwatch.yaml:7:24 route.repeat_interval_max: must not be less than repeat_interval, which is 4h",
    'polarwatch.yaml:8:39 route.escalation[0].receiver: names no receiver, did you mean "lab"?',
    "polarwatch.yaml:8:56 route.escalation[1].after: must be later than the step before it",
    "polarwatch.yaml:8:87 route.escalation[2].after: must be in the range 1m to 28d",
    "polarwatch.yaml:8:87 route.escalation[2].after: must be later than the step before it",
    'polarwatch.yaml:10:18 route.routes[0].matchers[0]: must be a matcher such as cause="credential": not a regular expression: Unterminated group',
    'polarwatch.yaml:10:32 route.routes[0].matchers[1]: must be a matcher such as cause="credential": expected one of = != =~ !~ at character 6',
    'polarwatch.yaml:10:41 route.routes[0].matchers[2]: must be a matcher such as cause="credential"; YAML reads this as a number, quotes make it text',
    `polarwatch.yaml:11:7 route.routes[0]: is not a known key; write matchers: ['label="value"'] instead`,
    'polarwatch.yaml:12:7 route.routes[0]: "groupwait" is not a known key, did you mean "group_wait"?',
    "polarwatch.yaml:13:18 route.routes[0].group_by[0]: must be the name of a label, or ... for every label",
    "polarwatch.yaml:13:31 route.routes[0].group_by[2]: is there twice",
    'polarwatch.yaml:14:29 route.routes[0].mute_time_intervals[0]: names no time interval, did you mean "nights"?',
    'polarwatch.yaml:15:31 route.routes[0].active_time_intervals[0]: names no time interval, did you mean "nights"?',
    "polarwatch.yaml:16:24 route.routes[0].repeat_interval: must be in the range 1m to 28d",
    "polarwatch.yaml:17:7 route.routes[1]: must be a mapping of keys to values",
    "polarwatch.yaml:18:28 route.routes[2].routes[0].continue: must be true or false",
    "polarwatch.yaml:18:41 route.routes[2].routes[0].receiver: names no receiver",
    "polarwatch.yaml:18:91 route.routes[2].routes[0].repeat_interval_max: must not be less than repeat_interval",
    "polarwatch.yaml:22:5 inhibit_rules[0].target_matchers: is required",
    "polarwatch.yaml:22:24 inhibit_rules[0].source_matchers: must not be empty",
    "polarwatch.yaml:22:44 inhibit_rules[0].equal[1]: is there twice",
    "polarwatch.yaml:22:52 inhibit_rules[0].equal[2]: must be the name of a label: letters, digits and _",
    'polarwatch.yaml:23:55 inhibit_rules[1].target_matchers[0]: must be a matcher such as cause="credential": expected one of = != =~ !~ at character 6',
    "polarwatch.yaml:24:27 vendor_wide.more_than: must be at least 1",
  ]);
});

describe("a tree has limits", () => {
  const nested = (levels: number) =>
    Array.from({ length: levels - 1 }, (_, level) => `${"  ".repeat(level + 1)}${level === 0 ? "" : "- "}routes:`).join(
      "\n",
    );

  test("16 levels are allowed, the root included, and the 17th is refused where it stands", () => {
    const level = (count: number) => `route:\n${nested(count)}\n${"  ".repeat(count)}- matchers: [cause=tls]\n`;
    expect(problemsOfFile(level(16))).toEqual([]);
    expect(problemsOfFile(level(17))).toEqual([
      expect.stringMatching(/^polarwatch\.yaml:18:37 route(\.routes\[0\]){16}: is nested too deep \(16 levels at most/),
    ]);
  });

  test("500 routes are allowed, the root included", () => {
    const routes = (count: number) => `route:\n  routes:\n${"    - matchers: [cause=tls]\n".repeat(count - 1)}`;
    expect(problemsOfFile(routes(500))).toEqual([]);
    expect(problemsOfFile(routes(501))).toEqual(["polarwatch.yaml:2:3 route: has too many routes (500 at most)"]);
  });
});

describe("matchers that can match nothing", () => {
  test.each<[string, string]>([
    ["sever=prod", 'Matcher sever="prod" asks for a label that no alert has, did you mean "server"?'],
    [
      "cause=credentials",
      'Matcher cause="credentials" asks for a cause that does not exist, did you mean "credential"?',
    ],
    ["severity!=warn", 'Matcher severity!="warn" asks for a severity that does not exist'],
    ["server=polarit", 'Matcher server="polarit" asks for a server that does not exist, did you mean "polarity"?'],
    ["'rule=~\"Grow.*\"'", 'Matcher rule=~"Grow.*" asks for a rule that does not exist'],
  ])("%s is a warning", (matcher, warning) => {
    expect(configOfFile(`route: { routes: [{ matchers: [${matcher}] }] }`).warnings).toEqual([warning]);
    const inhibit = `inhibit_rules: [{ source_matchers: [${matcher}], target_matchers: [cause=tls] }]`;
    expect(configOfFile(inhibit).warnings).toEqual([warning]);
  });

  test("what a rule labels its alerts with, and an absent label, can be asked for", () => {
    const text = `default_rules: true
rules: [{ name: mine, on: new, labels: { team: net } }]
route: { routes: [{ matchers: [team=net, 'cause=""', rule=mine, 'rule=~"new|gone"', http_status=401] }] }`;
    expect(configOfFile(text).warnings).toEqual([]);
  });
});

test("inhibit rules and the limit of vendor_wide come as they are written", () => {
  const text = `inhibit_rules:
  - { source_matchers: [cause=tls], target_matchers: [cause=network, severity=info], equal: [server] }
  - { source_matchers: [cause=tls], target_matchers: [cause=network] }
vendor_wide: { more_than: 12 }
`;
  expect(configOfFile(text)).toMatchObject({
    inhibitRules: [
      {
        sourceMatchers: [{ label: "cause", value: "tls" }],
        targetMatchers: [{ value: "network" }, { label: "severity" }],
        equal: ["server"],
      },
      { equal: [] },
    ],
    vendorWide: { moreThan: 12 },
  });
});
