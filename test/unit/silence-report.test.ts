import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AlertId } from "../../src/domain/ids.js";
import { type Labels, type Matcher, parseMatchers } from "../../src/domain/matcher.js";
import { type AlertMoment, previewSilence, reportOf } from "../../src/domain/silence-report.js";

const HOUR = 3_600_000;
const START = new Date("2026-03-02T08:00:00Z");
const later = (ms: number) => new Date(START.getTime() + ms);

function matchersOf(text: string): readonly Matcher[] {
  const matchers = parseMatchers(text);
  if ("problem" in matchers) throw new Error(matchers.problem);
  return matchers;
}

function aMoment(alertId: number, atMs: number, labels: Labels): AlertMoment {
  return { alertId: BigInt(alertId) as AlertId, at: later(atMs), labels };
}

const virusTotal = { integration: "VirusTotal", rule: "new" };
const shodan = { integration: "Shodan", rule: "growing" };
const past = [
  aMoment(1, -1, virusTotal),
  aMoment(1, 0, virusTotal),
  aMoment(2, HOUR, shodan),
  aMoment(1, HOUR, virusTotal),
  aMoment(3, 2 * HOUR - 1, { ...virusTotal, rule: "growing" }),
  aMoment(4, 2 * HOUR - 1, { server: "prod", rule: "server_unreadable" }),
  aMoment(3, 2 * HOUR, virusTotal),
  aMoment(1, HOUR + 1, virusTotal),
];

describe("the preview of a silence", () => {
  test("names what it would have hidden, counted by rule and integration", () => {
    const preview = previewSilence(matchersOf('integration=~".+"'), past, START, later(2 * HOUR));
    expect(preview.hidden).toEqual([past[1], past[2], past[3], past[4], past[7]]);
    expect(preview).toMatchObject({ alerts: 3, transitions: 5 });
    expect(preview.perRule).toEqual([
      { value: "growing", alerts: 2, transitions: 2 },
      { value: "new", alerts: 1, transitions: 3 },
    ]);
    expect(preview.perIntegration).toEqual([
      { value: "VirusTotal", alerts: 2, transitions: 4 },
      { value: "Shodan", alerts: 1, transitions: 1 },
    ]);
  });

  test("answers also for a silence that may not be added", () => {
    const all = previewSilence([], past, later(-1), later(1000 * 24 * HOUR));
    expect(all.hidden).toEqual(past);
    expect(all.perIntegration).toContainEqual({ value: "", alerts: 1, transitions: 1 });
    expect(previewSilence([], past, later(HOUR), START)).toMatchObject({ alerts: 0, transitions: 0, hidden: [] });
  });

  test("counts every hidden transition once by rule and once by integration", () => {
    const moment = fc.record({
      alertId: fc.bigInt({ min: 1n, max: 9n }).map((id) => id as AlertId),
      at: fc.integer({ min: -5, max: 15 }).map(later),
      labels: fc.record({ rule: fc.constantFrom("new", "__proto__"), integration: fc.string() }, { requiredKeys: [] }),
    });
    fc.assert(
      fc.property(fc.array(moment), (moments) => {
        const preview = previewSilence(matchersOf('rule="new"'), moments, START, later(10));
        const sum = (counts: readonly { transitions: number }[]) =>
          counts.reduce((total, one) => total + one.transitions, 0);
        const hidden = moments.filter(({ labels, at }) => labels.rule === "new" && at >= START && at < later(10));
        expect(preview.hidden).toEqual(hidden);
        expect([sum(preview.perRule), sum(preview.perIntegration)]).toEqual([hidden.length, hidden.length]);
        expect(preview.alerts).toBe(new Set(hidden.map(({ alertId }) => alertId)).size);
      }),
    );
  });
});

describe("the report of a silence", () => {
  const silence = { startsAt: START, endsAt: later(2 * HOUR) };

  test("says what it hid, from when to when, whatever the order", () => {
    const report = reportOf(
      silence,
      [past[3], past[1], past[4], past[2]].filter((one) => one !== undefined),
    );
    expect(report).toMatchObject({ alerts: 3, transitions: 4, firstAt: START, lastAt: later(2 * HOUR - 1) });
    expect(report.summary).toBe("In 2 h it hid 4 transitions of 3 alerts: VirusTotal (2 alerts), Shodan (1 alert)");
  });

  test("says so when it hid nothing", () => {
    expect(reportOf(silence, [])).toEqual({
      alerts: 0,
      transitions: 0,
      perRule: [],
      perIntegration: [],
      firstAt: null,
      lastAt: null,
      summary: "It hid nothing in 2 h",
    });
  });

  test("names five integrations at most, and none where there is none", () => {
    const many = Array.from({ length: 7 }, (_, index) => aMoment(index, 0, { integration: `I${index}` }));
    expect(reportOf(silence, many).summary).toMatch(/ I4 \(1 alert\) and 2 more integrations$/);
    expect(reportOf(silence, many.slice(0, 6)).summary).toMatch(/ and 1 more integration$/);
    expect(reportOf(silence, [aMoment(1, 0, { server: "prod" })]).summary).toBe(
      "In 2 h it hid 1 transition of 1 alert",
    );
  });

  test("stays one short line when an integration's name is long and hostile", () => {
    const { summary } = reportOf(silence, [aMoment(1, 0, { integration: `\u001b[31mevil\nname ${"x".repeat(9000)}` })]);
    expect(summary).toContain(": evil name ");
    expect(summary.length).toBeLessThan(150);
  });
});
