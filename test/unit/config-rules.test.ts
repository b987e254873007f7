import { describe, expect, test } from "vitest";
import { DEFAULT_RULES } from "../../src/domain/rule.js";
import { configOfFile, problemsOfFile } from "../support/config-input.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe("rules of a file", () => {
  test("have every key", () => {
    const { rules } = configOfFile(`rules:
  - name: feeds grow
    on: growing
    matchers: ['integration=~"Feed.*"', http_status=429]
    severity: critical
    labels: { team: feeds }
    for: 3 polls
    keep_firing_for: 1h
    any_of:
      - added: { at_least: 10, within: 15m }
      - added: { at_least: 3, within: poll }
      - ratio: { factor: 2.5, within: 1h, baseline: 7d, min_added: 30, min_history: 3h, habit_days: 5 }
      - rate: { per_hour: 0.5, within: 1d }
      - last_seen_moved: {}
  - { name: back, on: returned, away_min: 1d, for: 10m }
`);
    expect(rules).toEqual([
      {
        name: "feeds grow",
        on: "growing",
        matchers: [
          { label: "integration", operator: "=~", value: "Feed.*", pattern: expect.any(RegExp) },
          { label: "http_status", operator: "=", value: "429", pattern: null },
        ],
        severity: "critical",
        labels: { team: "feeds" },
        hold: { polls: 3, ms: 0 },
        keepFiringForMs: HOUR_MS,
        conditions: [
          { kind: "added", atLeast: 10, windowMs: 900_000 },
          { kind: "added", atLeast: 3, windowMs: null },
          {
            kind: "ratio",
            factor: 2.5,
            windowMs: HOUR_MS,
            baselineMs: 7 * DAY_MS,
            minAdded: 30,
            minHistoryMs: 3 * HOUR_MS,
            habitDays: 5,
          },
          { kind: "rate", perHour: 0.5, windowMs: DAY_MS },
          { kind: "last_seen_moved" },
        ],
        awayMsMin: 0,
      },
      {
        name: "back",
        on: "returned",
        matchers: [],
        severity: "by_cause",
        labels: {},
        hold: { polls: 0, ms: 600_000 },
        keepFiringForMs: 1_800_000,
        conditions: [],
        awayMsMin: DAY_MS,
      },
    ]);
  });

  test("have defaults that depend on what they react to", () => {
    const { rules } = configOfFile(`rules:
  - { name: a, on: returned }
  - { name: b, on: server_unreadable }
  - { name: c, on: gone }
  - { name: d, on: growing, any_of: [ratio: { factor: 2, within: 1h, baseline: 1d, min_added: 1 }] }
  - { name: e, on: growing, any_of: [ratio: { factor: 2, within: poll, baseline: 1d, min_added: 1 }] }
`);
    expect(rules.map(({ hold, awayMsMin }) => [hold.polls, hold.ms, awayMsMin])).toEqual([
      [0, 0, 900_000],
      [3, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(rules.flatMap(({ conditions }) => conditions)).toMatchObject([
      { windowMs: HOUR_MS, minHistoryMs: 2 * HOUR_MS, habitDays: 0 },
      { windowMs: null, minHistoryMs: 0, habitDays: 0 },
    ]);
  });

  test.each<[string, string, readonly string[]]>([
    ["nothing said", "", DEFAULT_RULES.map(({ name }) => name)],
    ["the shipped ones asked for", "default_rules: true", DEFAULT_RULES.map(({ name }) => name)],
    ["rules", "rules: [{ name: new, on: new }]", ["new"]],
    ["rules and not the shipped ones", "default_rules: false\nrules: [{ name: a, on: new }]", ["a"]],
    [
      "rules and the shipped ones",
      "default_rules: true\nrules: [{ name: a, on: new }]",
      [...DEFAULT_RULES.map(({ name }) => name), "a"],
    ],
  ])("with %s, these are asked", (_, text, names) => {
    expect(configOfFile(text).rules.map(({ name }) => name)).toEqual(names);
  });
});

test("every problem with rules comes with its line, column and path", () => {
  const text = `default_rules: true
rules:
  - name: new
    on: New
  - { name: a, on: new, any_of: [last_seen_moved: {}], away_min: 1m }
  - { name: a, on: growing, away_min: 1m }
  - name: b
    on: growing
    severity: warn
    labels: { severity: high, rule: x, a-b: c, team: 7 }
    for: 0 polls
    keep_firing_for: 8d
    matchers: [caus=tls, severity=info]
    any_of:
      - {}
      - { last_seen_moved: {}, rate: { per_hour: 1, within: 1h } }
      - aded: { at_least: 1, within: 1m }
      - added: { at_least: 0, within: soon }
      - rate: { per_hour: 0, within: poll }
      - ratio: { factor: 1, within: 29d, baseline: 1d, habit_days: 29 }
      - ratio: { factor: 2, within: 2d, baseline: 1d, min_added: 1 }
      - ratio: { factor: 2, within: 1d, baseline: 1d, min_added: 1 }
      - ratio: { factor: 2, within: 1d, baseline: 2d, min_added: 1, min_history: 3d }
      - last_seen_moved: { times: 2 }
  - { name: c, on: server_unreadable, for: 10m, keep_firing_for: 1h, matchers: [cause=tls] }
  - { name: d, on: integration_not_running, for: 3, matchers: [http_status=401] }
  - { name: e, on: new, for: 5 poll s }
  - { on: growing, any_of: [] }
`;
  expect(problemsOfFile(text)).toEqual([
    "polarwatch.yaml:3:11 rules[0].name: is the name of a shipped rule, and default_rules keeps those",
    "polarwatch.yaml:4:9 rules[0].on: must be one of new, growing, returned, gone, integration_not_running, server_unreadable",
    "polarwatch.yaml:5:25 rules[1]: goes with on: growing only",
    "polarwatch.yaml:5:56 rules[1]: goes with on: returned only",
    "polarwatch.yaml:6:5 rules[2].any_of: is required for on: growing, with at least one of added, ratio, rate, last_seen_moved",
    "polarwatch.yaml:6:13 rules[2].name: is already taken by an earlier entry",
    "polarwatch.yaml:6:29 rules[2]: goes with on: returned only",
    "polarwatch.yaml:9:15 rules[3].severity: must be one of info, warning, critical, by_cause",
    "polarwatch.yaml:10:15 rules[3].labels: is a label that every alert has of itself; choose another name",
    "polarwatch.yaml:10:31 rules[3].labels: is a label that every alert has of itself; choose another name",
    "polarwatch.yaml:10:40 rules[3].labels: has a key that is not the name of a label: letters, digits and _",
    "polarwatch.yaml:10:54 rules[3].labels.team: must be text; YAML reads this as a number, quotes make it text",
    "polarwatch.yaml:11:10 rules[3].for: must be 1 to 1000 polls",
    "polarwatch.yaml:12:22 rules[3].keep_firing_for: must be in the range 0s to 7d",
    'polarwatch.yaml:13:16 rules[3].matchers[0]: asks for a label that the rule never sees, did you mean "cause"?',
    "polarwatch.yaml:13:26 rules[3].matchers[1]: asks for a label that the rule never sees; such a rule can ask for server, integration, acronym, cause, http_status",
    "polarwatch.yaml:15:9 rules[3].any_of[0]: must have exactly one of added, ratio, rate, last_seen_moved",
    "polarwatch.yaml:16:9 rules[3].any_of[1]: must have exactly one of added, ratio, rate, last_seen_moved",
    'polarwatch.yaml:17:9 rules[3].any_of[2]: "aded" is not a known key, did you mean "added"?',
    "polarwatch.yaml:18:28 rules[3].any_of[3].added.at_least: must be at least 1",
    "polarwatch.yaml:18:39 rules[3].any_of[3].added.within: must be a duration with its unit, such as 30s, 1m or 1h30m, or poll for the time between two polls",
    "polarwatch.yaml:19:27 rules[3].any_of[4].rate.per_hour: must be more than 0",
    "polarwatch.yaml:19:38 rules[3].any_of[4].rate.within: must be a duration with its unit, such as 30s, 1m or 1h30m",
    "polarwatch.yaml:20:16 rules[3].any_of[5].ratio.min_added: is required",
    "polarwatch.yaml:20:26 rules[3].any_of[5].ratio.factor: must be more than 1",
    "polarwatch.yaml:20:37 rules[3].any_of[5].ratio.within: must be in the range 1s to 28d, or poll for the time between two polls",
    "polarwatch.yaml:20:52 rules[3].any_of[5].ratio.baseline: must not be less than within",
    "polarwatch.yaml:20:68 rules[3].any_of[5].ratio.habit_days: must be at most 28",
    "polarwatch.yaml:21:51 rules[3].any_of[6].ratio.baseline: must not be less than within",
    "polarwatch.yaml:22:51 rules[3].any_of[7].ratio.baseline: must be two of within at least, unless min_history is given",
    "polarwatch.yaml:23:82 rules[3].any_of[8].ratio.min_history: must not be more than baseline",
    'polarwatch.yaml:24:28 rules[3].any_of[9].last_seen_moved: "times" is not a known key',
    "polarwatch.yaml:25:44 rules[4].for: must be a number of polls for on: server_unreadable, such as 3 polls",
    "polarwatch.yaml:25:49 rules[4]: does not go with on: server_unreadable, which is over with the first good poll",
    "polarwatch.yaml:25:81 rules[4].matchers[0]: asks for a label that the rule never sees; such a rule can ask for server",
    "polarwatch.yaml:26:50 rules[5].for: must be a number of polls or a duration, such as 3 polls or 10m; YAML reads this as a number, quotes make it text",
    "polarwatch.yaml:26:64 rules[5].matchers[0]: asks for a label that the rule never sees; such a rule can ask for server, integration, acronym",
    "polarwatch.yaml:27:30 rules[6].for: must be a duration with its unit, such as 30s, 1m or 1h30m, or a number of polls, such as 3 polls",
    "polarwatch.yaml:28:5 rules[7].name: is required",
    "polarwatch.yaml:28:28 rules[7].any_of: must not be empty",
  ]);
});

test.each<[string, string, string]>([
  ["no rules at all", "rules: []", "polarwatch.yaml:1:8 rules: must not be empty"],
  [
    "the shipped ones switched off without any",
    "default_rules: false",
    "polarwatch.yaml:1:16 default_rules: leaves no rule, because there are no rules in the file",
  ],
  [
    "more than 200",
    `rules:\n${Array.from({ length: 201 }, (_, index) => `  - { name: r${index}, on: new }\n`).join("")}`,
    "polarwatch.yaml:2:3 rules: is too long (200 at most)",
  ],
  [
    "a label too many",
    `rules: [{ name: a, on: new, labels: { ${Array.from({ length: 21 }, (_, index) => `l${index}: x`).join(", ")} } }]`,
    "polarwatch.yaml:1:37 rules[0].labels: must be at most 20 labels",
  ],
])("%s: refused", (_, text, line) => {
  expect(problemsOfFile(text)).toEqual([line]);
});
