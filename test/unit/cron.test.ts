import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FireTimes, parseSchedule } from "../../src/lib/cron.js";

const MINUTE = 60_000;
const at = (iso: string) => new Date(iso);

function timesOf(schedule: string, timeZone: string): FireTimes {
  const times = parseSchedule(schedule, timeZone);
  if (times === null) throw new Error(`${schedule} is no schedule`);
  return times;
}

function next(times: FireTimes, from: string, count: number): string[] {
  const found: string[] = [];
  for (let latest: Date | null = at(from); found.length < count; ) {
    latest = times.after(latest);
    if (latest === null) break;
    found.push(latest.toISOString().slice(0, 16));
  }
  return found;
}

describe("a schedule", () => {
  test("is due at the same local time all year", () => {
    const daily = timesOf("0 8 * * *", "Europe/Berlin");
    expect(next(daily, "2026-03-28T00:00:00Z", 2)).toEqual(["2026-03-28T07:00", "2026-03-29T06:00"]);
    expect(next(daily, "2026-10-24T00:00:00Z", 2)).toEqual(["2026-10-24T06:00", "2026-10-25T07:00"]);
    expect(daily.atOrBefore(at("2026-03-29T06:00:00Z"))).toEqual(at("2026-03-29T06:00:00Z"));
    expect(daily.atOrBefore(at("2026-03-29T05:59:59.999Z"))).toEqual(at("2026-03-28T07:00:00Z"));
  });

  test("is due once when clocks skip its time, at the moment at which they do", () => {
    const skipped = timesOf("30 2 * * *", "Europe/Berlin");
    const expected = ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"];
    expect(next(skipped, "2026-03-28T00:00:00Z", 3)).toEqual(expected);
  });

  test("is due once when clocks show its time twice, the first time", () => {
    const twice = timesOf("30 2 * * *", "Europe/Berlin");
    const expected = ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"];
    expect(next(twice, "2026-10-24T00:00:00Z", 3)).toEqual(expected);
  });

  test("of February 29 is found over the years in between", () => {
    const leap = timesOf("0 0 29 2 *", "America/New_York");
    expect(leap.atOrBefore(at("2027-12-31T00:00:00Z"))).toEqual(at("2024-02-29T05:00:00Z"));
    expect(leap.after(at("2024-02-29T05:00:00Z"))).toEqual(at("2028-02-29T05:00:00Z"));
  });

  test.for(["", "0 8 * *", "0 8 * * * *", "@daily", "99 8 * * *", "0 8 30 2 *", "0 8 * * someday", "0 8 * * *; rm"])(
    "is not made of %j",
    (text) => {
      expect(parseSchedule(text, "UTC")).toBeNull();
    },
  );

  test("in a zone that nobody knows is refused", () => {
    expect(() => parseSchedule("0 8 * * *", "Europe/Nowhere")).toThrow(RangeError);
  });
});

/** Days around which clocks change, in one direction or the other, somewhere below. */
const CHANGES = ["2026-03-08", "2026-03-29", "2026-04-04", "2026-10-03", "2026-10-25", "2026-11-01"];
const instant = fc
  .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -36 * 60, max: 48 * 60 }), fc.integer({ min: 0, max: 59_999 }))
  .map(([day, minutes, ms]) => new Date(at(`${day}T00:00:00Z`).getTime() + minutes * MINUTE + ms));
const zone = fc.constantFrom("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC");
const schedule = fc.constantFrom("30 2 * * *", "0 * * * *", "*/15 1-3 * * *", "15 2 * * 0", "0 0 * * *", "0 8 * * 1-5");

/** Guards against a window that is told twice, or never, because two questions about one schedule disagree. */
test("its times are the same from wherever they are looked for, also where clocks change", () => {
  fc.assert(
    fc.property(schedule, zone, instant, (text, timeZone, from) => {
      const times = timesOf(text, timeZone);
      const after = times.after(from);
      const before = times.atOrBefore(from);
      if (after === null || before === null) throw new Error("It falls due in both directions");
      expect(before <= from && from < after).toBe(true);
      expect(times.after(before)).toEqual(after);
      expect(times.atOrBefore(after)).toEqual(after);
      expect(times.atOrBefore(new Date(after.getTime() - 1))).toEqual(before);
      expect(times.after(new Date(before.getTime() - 1))).toEqual(before);
    }),
    { numRuns: 400 },
  );
});
