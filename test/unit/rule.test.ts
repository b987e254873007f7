import { describe, expect, test } from "vitest";
import type { Change } from "../../src/domain/diff.js";
import { conditionKey, type GrowthCondition, type RatioCondition } from "../../src/domain/growth-condition.js";
import type { AlertId, ErrorId, IntegrationId } from "../../src/domain/ids.js";
import { judge } from "../../src/domain/judge.js";
import type { DownIntegration, ErrorFacts, JudgeInput, OpenAlert } from "../../src/domain/judgement.js";
import { alertLabels, type Subject, subjectLabels } from "../../src/domain/labels.js";
import { parseMatchers } from "../../src/domain/matcher.js";
import { DEFAULT_RULES, REACTS_TO, type Rule, serverRule, severityOf } from "../../src/domain/rule.js";

const MINUTE = 60_000;
const NOON = new Date("2026-03-01T12:00:00Z");
const ago = (ms: number) => new Date(NOON.getTime() - ms);
const ERROR = 1n as ErrorId;
const INTEGRATION = 5n as IntegrationId;
const SUBJECT: Subject = {
  server: "prod",
  integration: "VirusTotal",
  acronym: "VT",
  cause: "network",
  httpStatus: 503,
};
const ABOUT = { kind: "error", errorId: ERROR, integrationId: INTEGRATION } as const;

function aChange(spec: Partial<Change> = {}): Change {
  return {
    kind: "growing",
    errorId: ERROR,
    integrationId: INTEGRATION,
    added: 3,
    addedBecause: "total_rose",
    addedTotal: 20,
    occurrencesBefore: 17,
    occurrencesAfter: 20,
    overMs: MINUTE,
    blindMs: null,
    restarted: false,
    silentMs: null,
    notes: [],
    ...spec,
  };
}

function aRule(spec: Partial<Rule> = {}): Rule {
  return {
    name: "new",
    on: "new",
    matchers: [],
    severity: "warning",
    labels: {},
    hold: { polls: 0, ms: 0 },
    keepFiringForMs: 30 * MINUTE,
    conditions: [],
    awayMsMin: 0,
    ...spec,
  };
}

const GROWING = aRule({
  name: "growing",
  on: "growing",
  conditions: [{ kind: "added", atLeast: 10, windowMs: 15 * MINUTE }],
});
const RATIO: RatioCondition = {
  kind: "ratio",
  factor: 1.2,
  windowMs: 60 * MINUTE,
  baselineMs: 600 * MINUTE,
  minAdded: 20,
  minHistoryMs: 0,
  habitDays: 0,
};
const DOWN_RULE = aRule({ name: "down", on: "integration_not_running" });

function anOpenAlert(spec: Partial<OpenAlert> = {}): OpenAlert {
  return {
    id: 9n as AlertId,
    about: ABOUT,
    rule: "new",
    on: "new",
    state: "firing",
    severity: "warning",
    labels: {},
    pendingPolls: 1,
    pendingSince: ago(MINUTE),
    quietMs: 0,
    resolveAfterMs: 30 * MINUTE,
    frozen: {},
    ...spec,
  };
}

function down(spec: Partial<DownIntegration> = {}): DownIntegration {
  const subject = { ...SUBJECT, cause: null, httpStatus: null };
  return {
    integrationId: INTEGRATION,
    subject,
    integrationStatus: "stopped",
    downSince: ago(MINUTE),
    wasRunning: true,
    ...spec,
  };
}

function judged(input: Partial<JudgeInput> & { present?: boolean; before?: number }, ...rules: Rule[]) {
  const { present = true, before = 0, ...rest } = input;
  const facts: ErrorFacts = {
    integrationId: INTEGRATION,
    subject: SUBJECT,
    present,
    firstSeenAt: ago(60 * MINUTE),
    addedTotal: 20,
  };
  const quiet: JudgeInput = {
    mode: "normal",
    at: NOON,
    overMs: MINUTE,
    firstSnapshotAt: ago(60 * MINUTE),
    caughtUpAt: null,
    changes: [],
    errors: new Map([[ERROR, facts]]),
    openAlerts: [],
    settled: new Map(),
    down: [],
    watchedMs: MINUTE,
    totalAt: () => before,
  };
  return judge({ ...quiet, ...rest }, rules);
}

describe("what fires", () => {
  test("an error never seen before fires at once, with its labels", () => {
    const { fired } = judged({ changes: [aChange({ kind: "new" })] }, aRule({ labels: { team: "soc", server: "no" } }));
    expect(fired).toMatchObject([
      {
        alertId: null,
        because: "It was never seen before",
        added: { count: 3, overMs: MINUTE },
        labels: { team: "soc", server: "prod", integration: "VirusTotal", severity: "warning", rule: "new" },
      },
    ]);
  });

  test("a rule is blind to what its matchers leave out", () => {
    const matchers = parseMatchers('integration=~"Virus.*", http_status!="503"');
    if ("problem" in matchers) throw new Error(matchers.problem);
    expect(judged({ changes: [aChange({ kind: "new" })] }, aRule({ matchers })).fired).toEqual([]);
  });

  test("what was away for long has returned, and what flickered has not", () => {
    const rule = aRule({ name: "returned", on: "returned", awayMsMin: 15 * MINUTE });
    const back = (silentMs: number) => judged({ changes: [aChange({ kind: "returned", silentMs })] }, rule).fired;
    expect(back(15 * MINUTE)).toMatchObject([{ rule: "returned", because: "It is back after 15 min" }]);
    expect(back(15 * MINUTE - 1)).toEqual([]);
  });

  test("growth fires over several polls, and says so when it just misses", () => {
    const grown = (before: number) => judged({ changes: [aChange()], before }, GROWING);
    expect(grown(10).fired).toMatchObject([{ rule: "growing", added: { count: 10, overMs: 15 * MINUTE } }]);
    expect(grown(11).fired).toEqual([]);
  });

  test.each(["baseline", "catch-up"] as const)("in a %s nothing new opens, and each decision says why", (mode) => {
    const wait = aRule({ name: "later", hold: { polls: 3, ms: 0 } });
    const result = judged({ mode, changes: [aChange({ kind: "new" })], down: [down()] }, aRule(), wait, DOWN_RULE);
    expect([result.fired, result.pending]).toEqual([[], []]);
    expect(result.decisions.map(({ verdict }) => verdict)).toEqual(["held_back", "held_back", "held_back"]);
  });

  test("an integration that stops fires, and one that was down already does not", () => {
    expect(judged({ down: [down()] }, DOWN_RULE).fired).toMatchObject([
      { rule: "down", about: { kind: "integration" } },
    ]);
    expect(judged({ down: [down({ wasRunning: false })] }, DOWN_RULE).fired).toEqual([]);
  });
});

describe("one trouble is told once", () => {
  const grown = { changes: [aChange({ added: 20 })] };
  test("growth under an open alert keeps it, and is covered", () => {
    const { fired, kept, decisions } = judged(
      { ...grown, openAlerts: [anOpenAlert({ quietMs: MINUTE })] },
      aRule(),
      GROWING,
    );
    expect([fired, kept]).toEqual([[], [{ alertId: 9n, resolveAfterMs: 30 * MINUTE }]]);
    expect(decisions.map(({ verdict }) => verdict)).toEqual(["kept", "covered"]);
  });

  test("but a rule of a higher severity, or with labels of its own, opens its own", () => {
    const openAlerts = [anOpenAlert()];
    expect(judged({ ...grown, openAlerts }, { ...GROWING, severity: "critical" }).fired).toHaveLength(1);
    expect(judged({ ...grown, openAlerts }, { ...GROWING, labels: { team: "soc" } }).fired).toHaveLength(1);
    const labelled = [anOpenAlert({ labels: { team: "soc" } })];
    expect(judged({ ...grown, openAlerts: labelled }, { ...GROWING, labels: { team: "soc" } }).fired).toEqual([]);
  });

  test("of rules that fire together the most severe one tells it", () => {
    const change = aChange({ kind: "new", added: 20 });
    const { fired } = judged({ changes: [change] }, aRule(), { ...GROWING, severity: "critical" });
    expect(fired.map(({ rule }) => rule)).toEqual(["growing"]);
    expect(judged({ changes: [change] }, GROWING, aRule()).fired.map(({ rule }) => rule)).toEqual(["new"]);
  });

  test("a pending alert covers nothing, and a rule has one alert at a time", () => {
    const pending = anOpenAlert({ state: "pending" });
    expect(judged({ ...grown, openAlerts: [pending] }, aRule(), GROWING).fired).toMatchObject([
      { rule: "new", alertId: 9n },
    ]);
    const waits = aRule({ hold: { polls: 9, ms: 0 } });
    expect(judged({ ...grown, openAlerts: [pending] }, waits, GROWING).fired).toMatchObject([{ rule: "growing" }]);
    const again = judged({ changes: [aChange({ kind: "new" })], openAlerts: [anOpenAlert()] }, aRule());
    expect(again.fired).toEqual([]);
  });

  test("what a resolved alert told is not told again, but to a more severe rule", () => {
    const over = { on: "new", rule: "new", severity: "warning", labels: {}, addedTotal: 19 } as const;
    const settled = new Map([[ERROR, [over]]]);
    expect(judged({ changes: [aChange({ added: 1 })], settled }, GROWING).fired).toEqual([]);
    expect(
      judged({ changes: [aChange({ added: 1 })], settled }, { ...GROWING, severity: "critical" }).fired,
    ).toHaveLength(1);
  });

  test("what a catch-up summed up is not told again", () => {
    const caughtUpAt = ago(5 * MINUTE);
    const totalAt = (_: ErrorId, atMs: number) => (atMs >= caughtUpAt.getTime() ? 19 : 0);
    const changes = [aChange({ added: 1 })];
    expect(judged({ changes, caughtUpAt, totalAt }, GROWING).fired).toEqual([]);
  });

  test("but what a catch-up summed up still counts for the alert that fires already", () => {
    const caughtUpAt = ago(5 * MINUTE);
    const totalAt = (_: ErrorId, atMs: number) => (atMs >= caughtUpAt.getTime() ? 19 : 0);
    const openAlerts = [anOpenAlert({ rule: "growing", on: "growing" })];
    const changes = [aChange({ added: 1 })];
    expect(judged({ changes, caughtUpAt, totalAt, openAlerts }, GROWING).kept).toHaveLength(1);
  });
});

describe("what has to hold for a while", () => {
  const waits = (hold: Rule["hold"]) => aRule({ hold });
  test("one poll is at once, and more opens a pending alert", () => {
    const changes = [aChange({ kind: "new" })];
    expect(judged({ changes }, waits({ polls: 1, ms: 0 })).fired).toHaveLength(1);
    const later = judged({ changes }, waits({ polls: 2, ms: 0 }));
    expect([later.fired.length, later.pending.length]).toEqual([0, 1]);
  });

  test("it fires at the nth good poll, or when it has held for so long, and not before", () => {
    const pending = (pendingPolls: number, ms: number) => [
      anOpenAlert({ state: "pending", pendingPolls, pendingSince: ago(ms) }),
    ];
    const three = waits({ polls: 3, ms: 0 });
    expect(judged({ openAlerts: pending(1, 0) }, three)).toMatchObject({ fired: [], held: [{ pendingPolls: 2 }] });
    expect(judged({ openAlerts: pending(2, 0) }, three).fired).toMatchObject([{ alertId: 9n, change: null }]);
    const tenMinutes = waits({ polls: 0, ms: 10 * MINUTE });
    expect(judged({ openAlerts: pending(8, 9 * MINUTE) }, tenMinutes).fired).toEqual([]);
    expect(judged({ openAlerts: pending(9, 10 * MINUTE) }, tenMinutes).fired).toHaveLength(1);
  });

  test("it is dropped when the reason goes away, or the rule does", () => {
    const openAlerts = [anOpenAlert({ state: "pending" })];
    const gone = judged({ openAlerts, present: false }, waits({ polls: 2, ms: 0 }));
    expect(gone).toMatchObject({ fired: [], dropped: [{ alertId: 9n }], decisions: [{ verdict: "dropped" }] });
    expect(judged({ openAlerts }).dropped).toHaveLength(1);
  });

  test("growth that waits needs its condition to go on, also at polls without growth", () => {
    const openAlerts = [anOpenAlert({ state: "pending", rule: "growing", on: "growing" })];
    const rule = { ...GROWING, hold: { polls: 2, ms: 0 } };
    expect(judged({ openAlerts, before: 10 }, rule).fired).toHaveLength(1);
    expect(judged({ openAlerts, before: 11 }, rule).dropped).toHaveLength(1);
  });

  test("a blind window lets nothing fire and drops nothing", () => {
    const openAlerts = [anOpenAlert({ state: "pending", pendingPolls: 5 })];
    const result = judged({ mode: "catch-up", openAlerts }, waits({ polls: 2, ms: 0 }));
    expect([result.fired, result.held, result.dropped]).toEqual([[], [], []]);
  });
});

describe("what is over", () => {
  const quiet = (minutes: number, spec: Partial<OpenAlert> = {}) => [
    anOpenAlert({ quietMs: minutes * MINUTE, ...spec }),
  ];
  test("an alert is resolved when it was quiet for long enough while watched, and not before", () => {
    expect(judged({ openAlerts: quiet(28) }, aRule()).resolved).toEqual([]);
    expect(judged({ openAlerts: quiet(29), watchedMs: 0 }, aRule()).resolved).toEqual([]);
    expect(judged({ openAlerts: quiet(29) }, aRule()).resolved).toEqual([
      { alertId: 9n, because: "It has not grown for 30 min of watching" },
    ]);
  });

  test("an error that left the list resolves nothing at once", () => {
    const result = judged(
      { changes: [aChange({ kind: "gone", added: 0 })], openAlerts: quiet(0), present: false },
      aRule(),
    );
    expect([result.resolved, result.quiet]).toEqual([[], [{ alertId: 9n, quietMs: MINUTE }]]);
  });

  test("growth below its limits is quiet, and above them keeps its alert", () => {
    const openAlerts = quiet(29, { rule: "growing", on: "growing" });
    expect(judged({ changes: [aChange()], openAlerts, before: 11 }, GROWING).resolved).toHaveLength(1);
    expect(judged({ changes: [aChange()], openAlerts, before: 10 }, GROWING).kept).toHaveLength(1);
    expect(judged({ openAlerts, before: 10 }, GROWING).resolved).toHaveLength(1);
  });

  test.each<[string, GrowthCondition, number]>([
    ["a count", { kind: "added", atLeast: 20, windowMs: 60 * MINUTE }, 2],
    ["a rate", { kind: "rate", perHour: 20, windowMs: 60 * MINUTE }, 2],
    ["the floor of a ratio", { ...RATIO, minAdded: 13 }, 2],
    ["the usual of a ratio", { ...RATIO, minAdded: 1 }, 2],
  ])("what is in the window by %s, but not in its newest twelfth, keeps no alert", (_, condition, least) => {
    const rule = { ...GROWING, conditions: [condition] };
    // An hour in which 20 were added; 15 are usual in each.
    const frozen = { [conditionKey(condition)]: { added: 150, spanMs: 600 * MINUTE } };
    const openAlerts = [anOpenAlert({ rule: "growing", on: "growing", frozen })];
    const kept = (newest: number) => {
      const totalAt = (_: ErrorId, atMs: number) => (atMs >= ago(5 * MINUTE).getTime() ? 20 - newest : 0);
      return judged({ changes: [aChange({ added: 1 })], openAlerts, totalAt }, rule).kept.length;
    };
    expect([kept(least - 1), kept(least)]).toEqual([0, 1]);
  });

  test("the longer the window that held, the longer its alert waits", () => {
    const day = { ...GROWING, conditions: [{ kind: "added", atLeast: 10, windowMs: 24 * 60 * MINUTE }] as const };
    expect(judged({ changes: [aChange()] }, day).fired).toMatchObject([{ resolveAfterMs: 6 * 60 * MINUTE }]);
  });

  test("that an error is gone is over when it is back", () => {
    const openAlerts = [anOpenAlert({ rule: "gone", on: "gone" })];
    const rule = aRule({ name: "gone", on: "gone" });
    expect(judged({ openAlerts, present: false }, rule).resolved).toEqual([]);
    expect(judged({ openAlerts }, rule).resolved).toEqual([
      { alertId: 9n, because: "It is back on the server's list" },
    ]);
  });

  test("an integration is over with when it has run for long enough", () => {
    const about = { kind: "integration", integrationId: INTEGRATION } as const;
    const openAlerts = quiet(29, { about, rule: "down", on: "integration_not_running" });
    expect(judged({ openAlerts, down: [down({ wasRunning: false })] }, DOWN_RULE)).toMatchObject({
      kept: [{ alertId: 9n }],
      resolved: [],
    });
    expect(judged({ openAlerts }, DOWN_RULE).resolved).toHaveLength(1);
  });

  test("an integration's quiet time begins at the poll that sees it running, not at the one before", () => {
    const about = { kind: "integration", integrationId: INTEGRATION } as const;
    const open = (quietMs: number) => [anOpenAlert({ about, rule: "down", on: "integration_not_running", quietMs })];
    const hour = { watchedMs: 60 * MINUTE, overMs: 60 * MINUTE };
    const first = judged({ openAlerts: open(0), ...hour }, DOWN_RULE);
    expect([first.quiet, first.resolved]).toEqual([[{ alertId: 9n, quietMs: 1 }], []]);
    expect(judged({ openAlerts: open(1), ...hour }, DOWN_RULE).resolved).toHaveLength(1);
  });
});

describe("rules and labels", () => {
  test("each cause has a severity, and what has no cause its own", () => {
    const by = (on: Rule["on"], cause: Subject["cause"]) => severityOf({ on, severity: "by_cause" }, cause);
    expect(by("new", "credential")).toBe("critical");
    expect(by("new", "quota")).toBe("info");
    expect(by("growing", "data")).toBe("info");
    expect(by("new", "network")).toBe("warning");
    expect(by("integration_not_running", null)).toBe("warning");
    expect(by("server_unreadable", null)).toBe("critical");
    expect(severityOf({ on: "new", severity: "info" }, "credential")).toBe("info");
  });

  test("what does not apply has no label", () => {
    expect(subjectLabels({ ...SUBJECT, cause: null, httpStatus: null })).toEqual({
      server: "prod",
      integration: "VirusTotal",
      acronym: "VT",
    });
    expect(alertLabels(SUBJECT, { name: "r", labels: { rule: "x", team: "soc" } }, "info")).toMatchObject({
      rule: "r",
      team: "soc",
      severity: "info",
      http_status: "503",
    });
  });

  test("the shipped rules have names of their own, and conditions where they belong", () => {
    expect(new Set(DEFAULT_RULES.map(({ name }) => name)).size).toBe(DEFAULT_RULES.length);
    for (const { on, conditions } of DEFAULT_RULES) expect([on, conditions.length > 0]).toEqual([on, on === "growing"]);
    expect(REACTS_TO.filter((on) => !DEFAULT_RULES.some((rule) => rule.on === on))).toEqual(["gone"]);
    expect(serverRule(DEFAULT_RULES, "prod")).toMatchObject({ hold: { polls: 3 }, severity: "critical" });
  });
});
