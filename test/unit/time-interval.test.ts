import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type IntervalPart, isMuted, isWithin, type TimeInterval } from "../../src/domain/time-interval.js";

const ANY: IntervalPart = { times: [], weekdays: [], daysOfMonth: [], months: [], years: [], timeZone: "UTC" };
const interval = (...parts: Partial<IntervalPart>[]): TimeInterval => ({
  name: "it",
  intervals: parts.map((part) => ({ ...ANY, ...part })),
});
const hours = (start: number, end: number) => [{ startMinute: start * 60, endMinute: end * 60 }];
const only = (first: number, last = first) => [{ first, last }];
const within = (part: Partial<IntervalPart>, at: string) => isWithin(interval(part), new Date(at));

describe("the time is within an interval, as in Alertmanager", () => {
  test.each<[string, Partial<IntervalPart>, string, boolean]>([
    ["at its first minute", { times: hours(9, 17) }, "2026-03-02T09:00:00Z", true],
    ["to the end of its last minute", { times: hours(9, 17) }, "2026-03-02T16:59:59.999Z", true],
    ["but not before it", { times: hours(9, 17) }, "2026-03-02T08:59:59.999Z", false],
    ["nor when it ends", { times: hours(9, 17) }, "2026-03-02T17:00:00Z", false],
    ["up to midnight", { times: hours(17, 24) }, "2026-03-02T23:59:00Z", true],
    ["from midnight", { times: hours(0, 6) }, "2026-03-02T00:00:00Z", true],
    ["in any of its times", { times: [...hours(0, 6), ...hours(20, 24)] }, "2026-03-02T21:00:00Z", true],
    ["on its weekdays", { weekdays: only(1, 5) }, "2026-03-06T12:00:00Z", true],
    ["not on others", { weekdays: only(1, 5) }, "2026-03-07T12:00:00Z", false],
    ["on Sunday, which is 0", { weekdays: only(0) }, "2026-03-08T12:00:00Z", true],
    ["on its days of the month", { daysOfMonth: only(1, 3) }, "2026-03-03T12:00:00Z", true],
    ["on the last day of a month", { daysOfMonth: only(-1) }, "2026-02-28T12:00:00Z", true],
    ["on the last day of February in a leap year", { daysOfMonth: only(-1) }, "2028-02-28T12:00:00Z", false],
    ["on the last three days", { daysOfMonth: only(-3, -1) }, "2026-04-28T00:00:00Z", true],
    ["not on the fourth last", { daysOfMonth: only(-3, -1) }, "2026-04-27T23:59:00Z", false],
    ["from a day to the end of the month", { daysOfMonth: only(28, -1) }, "2026-01-31T12:00:00Z", true],
    ["never on a day that the month does not have", { daysOfMonth: only(30, 31) }, "2026-02-28T12:00:00Z", false],
    [
      "from before the month's start, when it has few days",
      { daysOfMonth: only(-31, 1) },
      "2026-02-01T12:00:00Z",
      true,
    ],
    ["in its months", { months: only(6, 8) }, "2026-08-31T23:59:00Z", true],
    ["not in others", { months: only(6, 8) }, "2026-09-01T00:00:00Z", false],
    ["in its years", { years: only(2026, 2027) }, "2027-12-31T23:59:00Z", true],
    ["not in others", { years: only(2026, 2027) }, "2028-01-01T00:00:00Z", false],
    ["always, when nothing is asked for", {}, "2026-03-02T12:00:00Z", true],
    ["only when all that is asked for holds", { weekdays: only(1), months: only(4) }, "2026-03-02T12:00:00Z", false],
    ["by the day that it is there", { weekdays: only(1), timeZone: "Asia/Tokyo" }, "2026-03-01T15:00:00Z", true],
    ["by the year that it is there", { years: only(2025), timeZone: "America/New_York" }, "2026-01-01T04:59:00Z", true],
    ["in zones with odd offsets", { times: hours(12, 13), timeZone: "Asia/Kathmandu" }, "2026-03-02T06:15:00Z", true],
  ])("%s", (_, part, at, expected) => {
    expect(within(part, at)).toBe(expected);
  });

  test("in any of its parts, and in none when it has none", () => {
    const at = new Date("2026-03-07T12:00:00Z");
    expect(isWithin(interval({ weekdays: only(1) }, { weekdays: only(6) }), at)).toBe(true);
    expect(isWithin(interval(), at)).toBe(false);
  });

  test("a time zone that nobody knows is an error", () => {
    expect(() => within({ timeZone: "Europe/Atlantis" }, "2026-03-02T12:00:00Z")).toThrow(RangeError);
  });
});

describe("on the days when clocks change", () => {
  const minuteZone = (timeZone: string, start: number, end: number) => ({
    times: [{ startMinute: start, endMinute: end }],
    timeZone,
  });
  test.each<[string, string, [number, number], string, boolean]>([
    ["Berlin, spring: 01:59 is the minute before", "Europe/Berlin", [119, 120], "2026-03-29T00:59:00Z", true],
    ["Berlin, spring: 03:00 follows at once", "Europe/Berlin", [180, 181], "2026-03-29T01:00:00Z", true],
    ["Berlin, spring: 02:30 does not exist", "Europe/Berlin", [120, 180], "2026-03-29T01:30:00Z", false],
    ["Berlin, autumn: 02:30 is there once", "Europe/Berlin", [150, 151], "2026-10-25T00:30:00Z", true],
    ["Berlin, autumn: 02:30 is there again", "Europe/Berlin", [150, 151], "2026-10-25T01:30:00Z", true],
    ["Berlin, autumn: 03:00 comes an hour later", "Europe/Berlin", [180, 181], "2026-10-25T02:00:00Z", true],
    ["New York, spring: 01:59 is the minute before", "America/New_York", [119, 120], "2026-03-08T06:59:00Z", true],
    ["New York, spring: 03:00 follows at once", "America/New_York", [180, 181], "2026-03-08T07:00:00Z", true],
    ["New York, autumn: 01:30 is there once", "America/New_York", [90, 91], "2026-11-01T05:30:00Z", true],
    ["New York, autumn: 01:30 is there again", "America/New_York", [90, 91], "2026-11-01T06:30:00Z", true],
    [
      "Lord Howe: half an hour, in the middle of an hour of UTC",
      "Australia/Lord_Howe",
      [90, 91],
      "2026-04-04T15:00:00Z",
      true,
    ],
    ["St. John's, 2006: at one minute past midnight", "America/St_Johns", [61, 62], "2006-04-02T03:31:00Z", true],
  ])("%s", (_, timeZone, [start, end], at, expected) => {
    expect(within(minuteZone(timeZone, start, end), at)).toBe(expected);
  });

  const mutedUntil = (timeZone: string, [start, end]: [number, number], at: string) => {
    const nights = { ...interval({ times: hours(start, end), timeZone }), name: "nights" };
    const muted = isMuted(
      { muteTimeIntervals: ["nights"], activeTimeIntervals: [] },
      new Map([["nights", nights]]),
      new Date(at),
    );
    return muted.muted ? (muted.untilAt?.toISOString() ?? "for ever") : "not muted";
  };

  test.each<[string, string, [number, number], string, string]>([
    [
      "a night in Berlin is an hour shorter in spring",
      "Europe/Berlin",
      [0, 6],
      "2026-03-28T23:00:00Z",
      "2026-03-29T04:00:00.000Z",
    ],
    ["and an hour longer in autumn", "Europe/Berlin", [0, 6], "2026-10-24T22:00:00Z", "2026-10-25T05:00:00.000Z"],
    [
      "a night in New York is an hour shorter in spring",
      "America/New_York",
      [0, 6],
      "2026-03-08T05:00:00Z",
      "2026-03-08T10:00:00.000Z",
    ],
    ["and an hour longer in autumn", "America/New_York", [0, 6], "2026-11-01T04:00:00Z", "2026-11-01T11:00:00.000Z"],
    [
      "what ends in the hour that is missing ends when that begins",
      "Europe/Berlin",
      [1, 3],
      "2026-03-29T00:30:00Z",
      "2026-03-29T01:00:00.000Z",
    ],
    [
      "what ends in the hour that comes twice ends there first",
      "America/New_York",
      [0, 1],
      "2026-11-01T04:30:00Z",
      "2026-11-01T05:00:00.000Z",
    ],
    [
      "what fills the hour that comes twice lasts two",
      "Europe/Berlin",
      [2, 3],
      "2026-10-25T00:00:00Z",
      "2026-10-25T02:00:00.000Z",
    ],
  ])("%s", (_, timeZone, span, at, until) => {
    expect(mutedUntil(timeZone, span, at)).toBe(until);
  });
});

describe("a route is muted", () => {
  const intervals = new Map<string, TimeInterval>([
    ["nights", interval({ times: [...hours(22, 24), ...hours(0, 6)] })],
    ["weekends", interval({ weekdays: [...only(6), ...only(0)] })],
    ["office", interval({ times: hours(9, 17), weekdays: only(1, 5) })],
    ["always", interval({})],
    ["never", interval()],
  ]);
  const route = (muteTimeIntervals: string[], activeTimeIntervals: string[] = []) => ({
    muteTimeIntervals,
    activeTimeIntervals,
  });
  const saturday = new Date("2026-03-07T23:30:20.500Z");

  test.each<[string, ReturnType<typeof route>, string | null, string | null]>([
    ["not without intervals", route([]), null, null],
    ["not outside of those that mute it", route(["never"]), null, null],
    ["not inside of those in which it is active", route([], ["office", "weekends"]), null, null],
    ["during one, until it is over", route(["nights"]), "The route is quiet during nights", "2026-03-08T06:00:00.000Z"],
    [
      "until all that overlap are over",
      route(["nights", "weekends"]),
      "The route is quiet during nights",
      "2026-03-09T06:00:00.000Z",
    ],
    [
      "outside of its active times, until they begin",
      route([], ["office"]),
      "The route tells only during office",
      "2026-03-09T09:00:00.000Z",
    ],
    [
      "even in its active times",
      route(["nights"], ["always"]),
      "The route is quiet during nights",
      "2026-03-08T06:00:00.000Z",
    ],
    ["without an end in sight", route(["always"]), "The route is quiet during always", null],
    ["without ever being active", route([], ["never"]), "The route tells only during never", null],
  ])("%s", (_, muted, because, until) => {
    const expected =
      because === null ? { muted: false } : { muted: true, because, untilAt: until === null ? null : new Date(until) };
    expect(isMuted(muted, intervals, saturday)).toEqual(expected);
  });

  test("until the very next minute, in its last one", () => {
    expect(isMuted(route(["nights"]), intervals, new Date("2026-03-07T05:59:59Z"))).toMatchObject({
      untilAt: new Date("2026-03-07T06:00:00Z"),
    });
  });

  test("an interval that does not exist is an error, not silence", () => {
    expect(() => isMuted(route(["holidays"]), intervals, saturday)).toThrow(
      'There is no time interval called "holidays"',
    );
  });

  test("the end is looked for within 35 days", () => {
    const untilDay = (day: string) => {
      const months = new Map([["march", interval({ months: only(3) })]]);
      const muted = isMuted(route(["march"]), months, new Date(`${day}T00:00:00Z`));
      return muted.muted ? muted.untilAt : undefined;
    };
    expect(untilDay("2026-03-01")).toEqual(new Date("2026-04-01T00:00:00Z"));
    const years = new Map([["year", interval({ years: only(2026) })]]);
    const at = (day: string) => isMuted(route(["year"]), years, new Date(`${day}T00:00:00Z`));
    expect(at("2026-11-27")).toMatchObject({ untilAt: new Date("2027-01-01T00:00:00Z") });
    expect(at("2026-11-26")).toMatchObject({ untilAt: null });
  });

  const range = (min: number, max: number) =>
    fc
      .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
      .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
  const parts: fc.Arbitrary<IntervalPart> = fc.record({
    times: fc.array(
      range(0, 1440).map(({ first, last }) => ({ startMinute: first, endMinute: last })),
      { maxLength: 2 },
    ),
    weekdays: fc.array(range(0, 6), { maxLength: 1 }),
    daysOfMonth: fc.array(range(-31, 31), { maxLength: 1 }),
    months: fc.constant([]),
    years: fc.constant([]),
    timeZone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"),
  });
  const instants = fc.date({
    min: new Date("2026-01-01T00:00:00Z"),
    max: new Date("2027-01-01T00:00:00Z"),
    noInvalidDate: true,
  });

  test("untilAt is the first minute at which it is not", () => {
    fc.assert(
      fc.property(fc.array(parts, { minLength: 1, maxLength: 2 }), fc.boolean(), instants, (intervals, mutes, at) => {
        const known = new Map([["it", { name: "it", intervals }]]);
        const asked = mutes ? route(["it"]) : route([], ["it"]);
        const isMutedAt = (then: Date) => isWithin({ name: "it", intervals }, then) === mutes;
        const muted = isMuted(asked, known, at);
        expect(muted.muted).toBe(isMutedAt(at));
        if (!muted.muted || muted.untilAt === null) return;
        expect(isMutedAt(muted.untilAt)).toBe(false);
        expect(muted.untilAt.getTime() % 60_000).toBe(0);
        expect(muted.untilAt > at).toBe(true);
        const minutes = Math.ceil((muted.untilAt.getTime() - at.getTime()) / 60_000);
        const samples = [1, ...Array.from({ length: 20 }, (_, index) => Math.ceil((minutes * index) / 20))];
        for (const before of samples.filter((count) => count > 0 && count < minutes)) {
          expect(isMutedAt(new Date(muted.untilAt.getTime() - before * 60_000))).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
