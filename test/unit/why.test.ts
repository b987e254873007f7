import { describe, expect, test } from "vitest";
import { parseMatchers } from "../../src/domain/matcher.js";
import { DEFAULT_RULES, type Rule, VERDICTS } from "../../src/domain/rule.js";
import { explainError } from "../../src/domain/why.js";
import type { DecisionThen, ToldThen, WhyFacts } from "../../src/domain/why-facts.js";
import { idleRule } from "../../src/domain/why-idle.js";
import { describeAlert, describeTold } from "../../src/domain/why-told.js";
import { describeInputs } from "../../src/domain/why-verdict.js";
import { anAlertThen, anErrorThen, aTold, minutesBefore, NOON } from "../support/why-facts.js";

const show = (at: Date) => at.toISOString().slice(11, 16);

function ruleNamed(name: string, spec: Partial<Rule> = {}): Rule {
  const rule = DEFAULT_RULES.find((one) => one.name === name);
  if (rule === undefined) throw new Error(`No rule ${name}`);
  return { ...rule, ...spec };
}

function matchers(text: string) {
  const parsed = parseMatchers(text);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed;
}

const facts = (spec: Partial<WhyFacts> = {}): WhyFacts => ({
  at: NOON,
  error: anErrorThen(),
  decisions: [],
  alerts: [],
  ...spec,
});

const aDecision = (spec: Partial<DecisionThen> = {}): DecisionThen => ({
  id: "1",
  at: minutesBefore(5),
  about: "error",
  rule: "growing",
  verdict: "missed",
  because: "It grew by 12 within 15 min",
  inputs: { added: 12, window_ms: 900_000 },
  ...spec,
});

describe("a rule that has decided nothing says why", () => {
  const grown = { kind: "growing", at: minutesBefore(90), added: 5 } as const;
  const gone = { kind: "gone", at: minutesBefore(30), added: 0 } as const;
  const returned = { kind: "returned", at: minutesBefore(10), added: 1 } as const;
  test.for<[string, Rule, Parameters<typeof anErrorThen>[0], string]>([
    [
      "new, of the baseline",
      ruleNamed("new"),
      { baselineAt: minutesBefore(60) },
      "It was there already when its server was first read, and that look alerts nobody",
    ],
    [
      "new, before the rule was there",
      ruleNamed("new"),
      {},
      "It was first seen 1 h earlier; no decision is on record: the rule may be newer than that",
    ],
    ["growing, without growth", ruleNamed("growing"), {}, "It has not grown since it was first seen"],
    [
      "growing, with too little growth",
      ruleNamed("growing"),
      { changes: [grown] },
      "It last grew by 5, 1 h 30 min earlier; no limit was nearly reached",
    ],
    ["returned, never gone", ruleNamed("returned"), {}, "It has never been gone"],
    [
      "returned, still gone",
      ruleNamed("returned"),
      { present: false, changes: [gone] },
      "It is gone, and has not come back",
    ],
    [
      "returned, after a flicker",
      ruleNamed("returned"),
      { changes: [gone, returned] },
      "It came back 10 min earlier; it was away for less than 15 min, or no decision is on record: the rule may be newer than that",
    ],
    ["gone, still there", ruleNamed("new", { on: "gone" }), {}, "It is on its server's list"],
    [
      "gone, before the rule was there",
      ruleNamed("new", { on: "gone" }),
      { present: false, changes: [gone] },
      "It left the list 30 min earlier; no decision is on record: the rule may be newer than that",
    ],
    ["integration_not_running", ruleNamed("integration_not_running"), {}, "Its integration is running"],
    [
      "integration_not_running, unknown",
      ruleNamed("integration_not_running"),
      { integrationStatus: null },
      "The state of its integration is not known",
    ],
    ["server_unreadable", ruleNamed("server_unreadable"), {}, "Its server was read 1 min earlier"],
    [
      "a matcher that another value fails",
      ruleNamed("new", { matchers: matchers('server="prod", cause="credential"') }),
      {},
      'It only looks at cause="credential"; its cause is "quota"',
    ],
    [
      "a matcher of a label that it lacks",
      ruleNamed("new", { matchers: matchers('http_status="429"') }),
      {},
      'It only looks at http_status="429"; it has no http_status',
    ],
  ])("%s", ([, rule, spec, because]) => {
    expect(idleRule(rule, anErrorThen(spec), NOON).because).toBe(because);
  });

  test("the limits of a rule about growth come along, one for each condition", () => {
    const rule = ruleNamed("growing", {
      conditions: [
        { kind: "added", atLeast: 10, windowMs: 900_000 },
        { kind: "ratio", factor: 6, minAdded: 20, windowMs: null, baselineMs: 1, minHistoryMs: 0, habitDays: 0 },
        { kind: "rate", perHour: 60, windowMs: 3_600_000 },
        { kind: "last_seen_moved" },
      ],
    });
    expect(idleRule(rule, anErrorThen(), NOON).limits).toEqual([
      "at least 10 within 15 min",
      "6 times the usual and at least 20 from one poll to the next",
      "60 an hour, within 1 h",
      "its last-seen time moves while its total stands still",
    ]);
  });
});

describe("what became of telling somebody is one sentence", () => {
  const silence = { id: "4", author: "Ann", reason: "quota, known", endsAt: minutesBefore(-120) };
  test.for<[string, Partial<ToldThen>, string]>([
    ["delivered", {}, "oncall/slack was told at 11:01 that it fires"],
    ["a resolve", { move: { to: "resolved", at: NOON } }, "oncall/slack was told at 11:01 that it is over"],
    [
      "owed",
      { deliveryOutcome: null, settledAt: null, outcomeBecause: null },
      "oncall/slack is to be told that it fires, at 11:01 at the earliest",
    ],
    [
      "dead",
      { deliveryOutcome: "dead", outcomeBecause: "channel_not_found." },
      "oncall/slack was not told that it fires: it could not be delivered: channel_not_found",
    ],
    [
      "suppressed",
      { deliveryOutcome: "suppressed", outcomeBecause: "All of it is hidden" },
      "oncall/slack was not told that it fires: it was suppressed at 11:01: All of it is hidden",
    ],
    ["a repeat", { move: null, occasion: "repeat" }, "oncall/slack was told at 11:01 that it goes on"],
    [
      "an escalation",
      { move: null, occasion: "escalation" },
      "oncall/slack was told at 11:01 that nobody has acknowledged it",
    ],
    [
      "silenced",
      { hidden: { by: "silence", because: "Ann silenced it", silence, shownAgainAt: null } },
      "oncall/slack was not told that it fires: Ann silenced it (silence 4 by Ann, until 14:00)",
    ],
    [
      "inhibited, and told when that was over",
      { hidden: { by: "inhibition", because: "prod cannot be read", silence: null, shownAgainAt: NOON } },
      "oncall/slack was not told that it fires: prod cannot be read (until the alert that hides it is over); it was told after all at 12:00",
    ],
    [
      "told by its parent",
      { hidden: { by: "parent", because: "Alert 12 tells it.", silence: null, shownAgainAt: null } },
      "oncall/slack was not told that it fires: Alert 12 tells it",
    ],
  ])("%s", ([, spec, sentence]) => {
    expect(describeTold(aTold(spec), show)).toBe(sentence);
  });

  test("an alert says where it stands, who looks after it, what silences it and what tells it instead", () => {
    const alert = anAlertThen({
      alertState: "acknowledged",
      movedAt: minutesBefore(10),
      parentId: "12",
      acknowledgement: { author: "Bo", note: "asked the vendor", at: minutesBefore(10), untilAt: null },
      silence,
    });
    expect(describeAlert(alert, show)).toEqual([
      "Alert 3 by the rule new is acknowledged (warning) since 11:50: It was never seen before",
      "Bo acknowledged it at 11:50, until it is resolved: asked the vendor",
      "Silence 4 by Ann hides it until 14:00: quota, known",
      "Alert 12 about the whole integration tells it",
    ]);
  });

  test("what people and servers wrote cannot steer a terminal", () => {
    const hostile = { ...silence, author: "\u001b[31mAnn\u202e", reason: "a\nb\u0007" };
    const alert = anAlertThen({ because: "x\u001b]0;y\u0007z", silence: hostile });
    const told = aTold({ hidden: { by: "silence", because: "\u009b2Jc", silence: hostile, shownAgainAt: null } });
    expect([...describeAlert(alert, show), describeTold(told, show)].join("")).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});

describe("an explanation", () => {
  test("tells each rule once: by its decisions, by its alert, or by why it has none", () => {
    const explanation = explainError(facts({ decisions: [aDecision()], alerts: [anAlertThen()] }), DEFAULT_RULES, show);
    expect(explanation.verdicts.map(({ sentence, numbers }) => [sentence, numbers])).toEqual([
      ["growing just missed: It grew by 12 within 15 min", ["added 12", "window 15 min"]],
    ]);
    expect(explanation.idleRules.map(({ rule }) => rule)).toEqual([
      "returned",
      "integration_not_running",
      "server_unreadable",
    ]);
  });

  test("says nothing of rules before the error was known", () => {
    const at = minutesBefore(61);
    const { answer, idleRules } = explainError(facts({ at }), DEFAULT_RULES, show);
    expect([answer, idleRules]).toEqual(["It was not known yet: it was first seen at 11:00", []]);
  });

  test.for<[string, Partial<WhyFacts>, string]>([
    ["nothing", {}, "It has no open alert, and no rule has decided anything about it"],
    [
      "only a decision",
      { decisions: [aDecision()] },
      "It has no open alert: of the rules, growing looked at it last, at 11:55",
    ],
    [
      "told",
      { alerts: [anAlertThen({ told: [aTold(), aTold({ destination: "oncall/mail" })] })] },
      "It has an alert, which is firing: oncall/slack, oncall/mail were told of it",
    ],
    [
      "hidden from everybody",
      {
        alerts: [
          anAlertThen({
            told: [
              aTold({
                deliveryOutcome: "suppressed",
                hidden: { by: "silence", because: "Ann silenced it", silence: null, shownAgainAt: null },
              }),
            ],
          }),
        ],
      },
      "It has an alert, which is firing: nobody was told of it: Ann silenced it",
    ],
    [
      "an alert of its server only",
      { alerts: [anAlertThen({ subject: "server" })] },
      "It has no open alert of its own, but one about its whole server is firing",
    ],
    [
      "an alert that is over only",
      { alerts: [anAlertThen({ alertState: "resolved" })], decisions: [aDecision({ verdict: "resolved" })] },
      "It has no open alert: of the rules, growing looked at it last, at 11:55",
    ],
  ])("answers in one sentence: %s", ([, spec, answer]) => {
    expect(explainError(facts(spec), DEFAULT_RULES, show).answer).toBe(answer);
  });

  test("has words of its own for each verdict", () => {
    const decisions = VERDICTS.map((verdict) => aDecision({ verdict, because: "" }));
    const sentences = explainError(facts({ decisions }), [], show).verdicts.map(({ sentence }) => sentence);
    expect(new Set(sentences).size).toBe(VERDICTS.length);
    expect(sentences.every((sentence) => /^growing [a-z ]+$/.test(sentence))).toBe(true);
  });
});

test("numbers of a decision carry their units, and what is not known is left out", () => {
  expect(
    describeInputs({
      condition: "ratio",
      added: 1234,
      window_ms: 900_000,
      away_ms: 0,
      usual: 2.5,
      baseline_added: null,
    }),
  ).toEqual(["condition ratio", "added 1,234", "window 15 min", "away 0 s", "usual 2.5"]);
});
