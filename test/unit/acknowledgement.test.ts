import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AcknowledgedAlert,
  type Acknowledgement,
  acknowledge,
  judgeAcknowledgement,
} from "../../src/domain/acknowledgement.js";

const HOUR = 3_600_000;
const AT = new Date("2026-03-02T08:00:00Z");
const later = (ms: number) => new Date(AT.getTime() + ms);

const firing: AcknowledgedAlert = { state: "firing", severity: "warning", added: 12 };
const request = { author: "Ada", note: "Asked for a new key", untilAt: later(2 * HOUR) };
const acknowledgement: Acknowledgement = { ...request, at: AT, severity: "warning", added: 12 };

describe("acknowledging", () => {
  test("keeps who, when, what was said, until when, and how bad it was", () => {
    expect(acknowledge(firing, request, AT)).toEqual(acknowledgement);
  });

  test("is also taking over what somebody else acknowledged, and needs neither note nor end", () => {
    const mine = acknowledge({ ...firing, state: "acknowledged" }, { author: "Bob", note: "", untilAt: null }, AT);
    expect(mine).toEqual({ author: "Bob", note: "", untilAt: null, at: AT, severity: "warning", added: 12 });
  });

  test.each([
    { name: "an alert that is pending", alert: { state: "pending" }, problems: ["The alert does not fire yet"] },
    { name: "an alert that is over", alert: { state: "resolved" }, problems: ["The alert is resolved already"] },
    { name: "for nobody", asked: { author: " " }, problems: ["It has to say who acknowledges"] },
    { name: "until now", asked: { untilAt: AT }, problems: ["It has to last until a time to come"] },
    {
      name: "until a time that is none",
      asked: { untilAt: new Date(Number.NaN) },
      problems: ["It has to last until a time to come"],
    },
    {
      name: "with everything wrong",
      alert: { state: "resolved" },
      asked: { author: "", untilAt: later(-1) },
      problems: [
        "The alert is resolved already",
        "It has to say who acknowledges",
        "It has to last until a time to come",
      ],
    },
  ] as const)("$name is refused, with every reason", ({ problems, ...spec }) => {
    const alert = { ...firing, ...("alert" in spec ? spec.alert : {}) };
    const asked = { ...request, ...("asked" in spec ? spec.asked : {}) };
    expect(acknowledge(alert, asked, AT)).toEqual({ problems });
  });
});

describe("an acknowledgement", () => {
  const now: AcknowledgedAlert = { ...firing, state: "acknowledged" };

  test.each<{ name: string; acknowledged?: Partial<Acknowledgement>; alert?: Partial<AcknowledgedAlert>; at?: Date }>([
    { name: "while nothing gets worse" },
    { name: "until the last moment of its time", at: later(2 * HOUR - 1) },
    { name: "for ever, where it has no end", acknowledged: { untilAt: null }, at: later(1e12) },
    { name: "when the severity falls", alert: { severity: "info" } },
    { name: "one below ten-fold growth", alert: { added: 119 } },
    { name: "below a hundred after the smallest of beginnings", acknowledged: { added: 1 }, alert: { added: 99 } },
  ])("holds $name", ({ acknowledged, alert, at }) => {
    const verdict = judgeAcknowledgement({ ...acknowledgement, ...acknowledged }, { ...now, ...alert }, at ?? AT);
    expect(verdict).toEqual({ kind: "holds" });
  });

  test.each([
    {
      name: "when the alert is more severe than what was acknowledged",
      alert: { severity: "critical" },
      endedBy: "severity_rose",
      because: "It is critical now; Ada acknowledged it as warning",
    },
    {
      name: "when it grew ten-fold",
      alert: { added: 120 },
      endedBy: "grew_tenfold",
      because: "It has grown by 120 since it fired, by 12 when Ada acknowledged it; the limit is 120",
    },
    {
      name: "when it grew to a hundred from next to nothing",
      acknowledged: { added: 1 },
      alert: { added: 100 },
      endedBy: "grew_tenfold",
      because: "It has grown by 100 since it fired, by 1 when Ada acknowledged it; the limit is 100",
    },
    {
      name: "when its time is over",
      at: later(2 * HOUR),
      endedBy: "time_over",
      because: "The 2 h for which Ada acknowledged it are over",
    },
    {
      name: "for the severity first, then for the growth",
      alert: { severity: "critical", added: 5000 },
      at: later(9 * HOUR),
      endedBy: "severity_rose",
      because: "It is critical now; Ada acknowledged it as warning",
    },
  ] as const)("ends $name, and says so", ({ endedBy, because, ...spec }) => {
    const given = { ...acknowledgement, ...("acknowledged" in spec ? spec.acknowledged : {}) };
    const alert = { ...now, ...("alert" in spec ? spec.alert : {}) };
    expect(judgeAcknowledgement(given, alert, "at" in spec ? spec.at : AT)).toEqual({ kind: "ends", endedBy, because });
  });

  test("is over without a word when its alert is resolved, even if it would end as well", () => {
    const resolved: AcknowledgedAlert = { state: "resolved", severity: "critical", added: 5000 };
    expect(judgeAcknowledgement(acknowledgement, resolved, later(9 * HOUR))).toEqual({ kind: "over" });
  });

  test("that has ended stays ended, as the alert grows and time goes on", () => {
    const sum = fc.integer({ min: 0, max: 2000 });
    const ms = fc.integer({ min: 0, max: 3 * HOUR });
    fc.assert(
      fc.property(sum, sum, sum, ms, ms, (added, risen, more, elapsedMs, moreMs) => {
        const given = { ...acknowledgement, added };
        const judgeAt = (total: number, atMs: number) =>
          judgeAcknowledgement(given, { ...now, added: added + total }, later(atMs)).kind;
        if (judgeAt(risen, elapsedMs) === "ends") expect(judgeAt(risen + more, elapsedMs + moreMs)).toBe("ends");
      }),
    );
  });

  test("made again after it ended holds", () => {
    const worse: AcknowledgedAlert = { state: "firing", severity: "critical", added: 5000 };
    const again = acknowledge(worse, { ...request, untilAt: later(9 * HOUR) }, later(3 * HOUR));
    if ("problems" in again) throw new Error(again.problems.join());
    expect(judgeAcknowledgement(again, worse, later(3 * HOUR))).toEqual({ kind: "holds" });
  });
});
