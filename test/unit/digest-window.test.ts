import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideTurn } from "../../src/domain/digest-window.js";
import { type FireTimes, parseSchedule } from "../../src/lib/cron.js";

const HOUR = 3_600_000;
const at = (iso: string) => new Date(`${iso}:00.000Z`);

function timesOf(schedule: string, timeZone: string): FireTimes {
  const times = parseSchedule(schedule, timeZone);
  if (times === null) throw new Error(`${schedule} is no schedule`);
  return times;
}

const DAILY = timesOf("0 8 * * *", "Europe/Berlin");

describe("whose turn it is", () => {
  test("begins at the latest time at which a digest fell due, so that the first one covers one period", () => {
    expect(decideTurn(null, DAILY, at("2026-03-02T10:00"))).toEqual({ kind: "begin", at: at("2026-03-02T07:00") });
    const window = { fromAt: at("2026-03-02T07:00"), untilAt: at("2026-03-03T07:00") };
    expect(decideTurn(at("2026-03-02T07:00"), DAILY, at("2026-03-03T07:00"))).toEqual({
      kind: "due",
      window,
      periods: 1,
    });
  });

  test("is nobody's before it falls due again, nor when the clock was set back", () => {
    expect(decideTurn(at("2026-03-02T07:00"), DAILY, at("2026-03-03T06:59"))).toEqual({ kind: "none" });
    expect(decideTurn(at("2026-03-03T07:00"), DAILY, at("2026-03-01T12:00"))).toEqual({ kind: "none" });
  });

  test("makes one window of all that were missed", () => {
    const window = { fromAt: at("2026-03-02T07:00"), untilAt: at("2026-03-06T07:00") };
    expect(decideTurn(at("2026-03-02T07:00"), DAILY, at("2026-03-06T15:00"))).toEqual({
      kind: "due",
      window,
      periods: 4,
    });
  });

  test("covers 23 hours where clocks go forward, and 25 where they go back", () => {
    const lengthOn = (day: string) => {
      const turn = decideTurn(DAILY.atOrBefore(at(`${day}T00:00`)), DAILY, at(`${day}T12:00`));
      return turn.kind === "due" ? turn.window.untilAt.getTime() - turn.window.fromAt.getTime() : null;
    };
    expect([lengthOn("2026-03-29"), lengthOn("2026-10-25")]).toEqual([23 * HOUR, 25 * HOUR]);
  });

  /** Guards against what happened being told twice, or never, however badly the looks at the clock are timed. */
  test("leaves no gap and no overlap between the windows, whenever it is looked at", () => {
    const zones = fc.constantFrom("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC");
    const schedules = fc.constantFrom("30 2 * * *", "0 8 * * 1-5", "0 */6 * * *");
    const looks = fc.array(fc.integer({ min: 0, max: 40 * 24 * 60 }), { minLength: 2, maxLength: 20 });
    const starts = fc.constantFrom("2026-03-01T00:00", "2026-10-10T00:00");
    fc.assert(
      fc.property(zones, schedules, starts, looks, (zone, schedule, start, minutes) => {
        const times = timesOf(schedule, zone);
        let told: Date | null = null;
        let [began, latest]: [Date | null, Date | null] = [null, null];
        for (const minute of minutes.sort((a, b) => a - b)) {
          const now = new Date(at(start).getTime() + minute * 60_000);
          const turn = decideTurn(told, times, now);
          if (turn.kind === "begin") began = told = turn.at;
          if (turn.kind !== "due") continue;
          expect(turn.window.fromAt).toEqual(told);
          expect(turn.window.untilAt <= now).toBe(true);
          expect(times.after(turn.window.untilAt)?.getTime()).toBeGreaterThan(now.getTime());
          latest = told = turn.window.untilAt;
        }
        expect(latest === null || (began !== null && latest > began)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
