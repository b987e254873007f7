import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ALERT_STATES, type AlertState } from "../../src/domain/alert.js";
import { flushAt, type GroupPace, type GroupState, nextEscalation, repeatAt } from "../../src/domain/group.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AT = new Date("2026-03-02T08:00:00Z");
const later = (ms: number) => new Date(AT.getTime() + ms);
const alert = (state: AlertState, firedMs = 0) => ({ state, firedAt: later(firedMs) });

const PACE: GroupPace = {
  groupWaitMs: 30_000,
  groupIntervalMs: 5 * MINUTE,
  repeatIntervalMs: 4 * HOUR,
  repeatIntervalMsMax: 24 * HOUR,
  escalation: [],
};
const group = (state: Partial<GroupState>): GroupState => ({
  owedSinceAt: null,
  lastDeliveredAt: null,
  repeats: 0,
  alerts: [],
  escalated: [],
  ...state,
});

describe("when what is owed is told", () => {
  test.each<[string, Partial<GroupState>, Date | null]>([
    ["nothing is owed: never", { lastDeliveredAt: AT, alerts: [alert("firing")] }, null],
    ["a new group waits for others to join", { owedSinceAt: AT }, later(30_000)],
    [
      "soon after a message it waits for group_interval",
      { owedSinceAt: later(MINUTE), lastDeliveredAt: AT },
      later(5 * MINUTE),
    ],
    [
      "long after a message it waits as a new one",
      { owedSinceAt: later(HOUR), lastDeliveredAt: AT },
      later(HOUR + 30_000),
    ],
    [
      "what is owed since before the message waits from the message",
      { owedSinceAt: later(-HOUR), lastDeliveredAt: AT },
      later(5 * MINUTE),
    ],
  ])("%s", (_, state, expected) => {
    expect(flushAt(PACE, group(state))).toEqual(expected);
  });

  test("what flaps waits as many times longer, up to an hour", () => {
    const owed = group({ owedSinceAt: AT, lastDeliveredAt: AT });
    expect(flushAt(PACE, owed, { flips: 6, factor: 4 })).toEqual(later(20 * MINUTE));
    expect(flushAt(PACE, owed, { flips: 12, factor: 256 })).toEqual(later(HOUR));
    expect(flushAt(PACE, group({ owedSinceAt: AT }), { flips: 6, factor: 4 })).toEqual(later(2 * MINUTE));
  });
});

describe("when it is told again", () => {
  const told = { lastDeliveredAt: AT, alerts: [alert("firing", -HOUR)] };
  test.each<[string, Partial<GroupState>, Date | null]>([
    ["after repeat_interval", told, later(4 * HOUR)],
    ["after twice that, once it was repeated", { ...told, repeats: 1 }, later(8 * HOUR)],
    ["at last after the maximum", { ...told, repeats: 3 }, later(24 * HOUR)],
    ["after the maximum however often", { ...told, repeats: 5000 }, later(24 * HOUR)],
    ["never, before anything was told", { ...told, lastDeliveredAt: null }, null],
    ["not while something is owed, which will tell all", { ...told, owedSinceAt: AT }, null],
    ["never, when all is acknowledged", { ...told, alerts: [alert("acknowledged")] }, null],
    ["never, when nothing fires", { ...told, alerts: [alert("resolved"), alert("pending")] }, null],
    [
      "when one of several fires unacknowledged",
      { ...told, alerts: [alert("acknowledged"), alert("firing")] },
      later(4 * HOUR),
    ],
  ])("%s", (_, state, expected) => {
    expect(repeatAt(PACE, group(state))).toEqual(expected);
  });

  test("repeats are never closer than the interval, and further apart each time up to the maximum", () => {
    const ms = fc.integer({ min: 1, max: 30 * 24 * HOUR });
    fc.assert(
      fc.property(ms, ms, fc.integer({ min: 0, max: 2000 }), (repeatIntervalMs, repeatIntervalMsMax, repeats) => {
        const pace = { ...PACE, repeatIntervalMs, repeatIntervalMsMax };
        const pauseMs = (count: number) =>
          (repeatAt(pace, group({ ...told, repeats: count }))?.getTime() ?? Number.NaN) - AT.getTime();
        expect(pauseMs(repeats)).toBeGreaterThanOrEqual(repeatIntervalMs);
        expect(pauseMs(repeats)).toBeLessThanOrEqual(Math.max(repeatIntervalMs, repeatIntervalMsMax));
        expect(pauseMs(repeats + 1)).toBeGreaterThanOrEqual(pauseMs(repeats));
      }),
    );
  });
});

describe("escalation", () => {
  const lead = { afterMs: 30 * MINUTE, receiver: "lead" };
  const boss = { afterMs: 2 * HOUR, receiver: "boss" };
  const pace = { escalation: [boss, lead] };
  const firing = [alert("firing", MINUTE), alert("firing"), alert("acknowledged", -HOUR)];

  test.each<[string, Partial<GroupState>, ReturnType<typeof nextEscalation>]>([
    [
      "counts from the oldest unacknowledged alert, earliest step first",
      { alerts: firing },
      { step: lead, dueAt: later(30 * MINUTE) },
    ],
    [
      "goes on to the next step",
      { alerts: firing, escalated: [{ ...lead, takenAt: later(31 * MINUTE) }] },
      { step: boss, dueAt: later(2 * HOUR) },
    ],
    [
      "takes each step once",
      { alerts: firing, escalated: [lead, boss].map((step) => ({ ...step, takenAt: later(3 * HOUR) })) },
      null,
    ],
    [
      "begins anew for an alert that fired after the steps for another",
      { alerts: [alert("acknowledged", -HOUR), alert("firing")], escalated: [{ ...lead, takenAt: later(-1) }] },
      { step: lead, dueAt: later(30 * MINUTE) },
    ],
    ["stops when all is acknowledged", { alerts: [alert("acknowledged")] }, null],
    ["stops when nothing fires", { alerts: [alert("resolved")] }, null],
  ])("%s", (_, state, expected) => {
    expect(nextEscalation(pace, group(state))).toEqual(expected);
  });

  test("a route without steps has none", () => {
    expect(nextEscalation(PACE, group({ alerts: firing }))).toBeNull();
  });

  test("taking every step as it falls due ends, in the order of their times, each once", () => {
    const step = fc.record({ afterMs: fc.integer({ min: 0, max: 100 }), receiver: fc.constantFrom("a", "b") });
    const alerts = fc.array(fc.tuple(fc.constantFrom(...ALERT_STATES), fc.integer({ min: 0, max: 9 })));
    const distinct = fc.uniqueArray(step, { selector: ({ afterMs, receiver }) => `${afterMs} ${receiver}` });
    fc.assert(
      fc.property(distinct, alerts, (escalation, fired) => {
        const given = fired.map(([state, ms]) => alert(state, ms));
        const escalated: GroupState["escalated"][number][] = [];
        for (const _ of escalation) {
          const next = nextEscalation({ escalation }, { alerts: given, escalated });
          if (next !== null) escalated.push({ ...next.step, takenAt: next.dueAt });
        }
        expect(nextEscalation({ escalation }, { alerts: given, escalated })).toBeNull();
        const fires = given.some(({ state }) => state === "firing");
        expect(escalated).toHaveLength(fires ? escalation.length : 0);
        expect(escalated.map(({ afterMs }) => afterMs)).toEqual(
          escalated.map(({ afterMs }) => afterMs).sort((a, b) => a - b),
        );
      }),
    );
  });
});
