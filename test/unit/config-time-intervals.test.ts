import { describe, expect, test } from "vitest";
import { isWithin } from "../../src/domain/time-interval.js";
import { configOfFile, problemsOfFile } from "../support/config-input.js";

const partOf = (part: string) =>
  configOfFile(`time_intervals: [{ name: t, time_intervals: [${part}] }]`).timeIntervals.t?.intervals[0];

describe("time intervals", () => {
  test("have every key, by name", () => {
    const { timeIntervals } = configOfFile(`time_intervals:
  - name: office hours
    time_intervals:
      - times: [{ start_time: "08:30", end_time: "12:00" }, { start_time: 13:00, end_time: "24:00" }]
        weekdays: [Monday:friday, sunday]
        days_of_month: [1, "5:10", "-3:-1", "29:-1"]
        months: [1, "3:5", december]
        years: [2026, "2027:2029"]
        location: Europe/Berlin
      - weekdays: [saturday]
`);
    const nothing = { times: [], daysOfMonth: [], months: [], years: [] };
    expect(timeIntervals).toEqual({
      "office hours": {
        name: "office hours",
        intervals: [
          {
            times: [
              { startMinute: 510, endMinute: 720 },
              { startMinute: 780, endMinute: 1440 },
            ],
            weekdays: [
              { first: 1, last: 5 },
              { first: 0, last: 0 },
            ],
            daysOfMonth: [
              { first: 1, last: 1 },
              { first: 5, last: 10 },
              { first: -3, last: -1 },
              { first: 29, last: -1 },
            ],
            months: [
              { first: 1, last: 1 },
              { first: 3, last: 5 },
              { first: 12, last: 12 },
            ],
            years: [
              { first: 2026, last: 2026 },
              { first: 2027, last: 2029 },
            ],
            timeZone: "Europe/Berlin",
          },
          { ...nothing, weekdays: [{ first: 6, last: 6 }], timeZone: "UTC" },
        ],
      },
    });
  });

  test("ranges may go over the end of the week and of the year", () => {
    expect(partOf("{ weekdays: ['friday:monday'] }")?.weekdays).toEqual([
      { first: 5, last: 6 },
      { first: 0, last: 1 },
    ]);
    expect(partOf("{ months: ['november:2'] }")?.months).toEqual([
      { first: 11, last: 12 },
      { first: 1, last: 2 },
    ]);
  });

  test("mean what they say", () => {
    const { timeIntervals } = configOfFile(
      "time_intervals: [{ name: t, time_intervals: [{ times: [{ start_time: '09:00', end_time: '10:00' }], location: America/New_York }] }]",
    );
    const interval = timeIntervals.t;
    expect(interval).toBeDefined();
    if (interval === undefined) return;
    expect(isWithin(interval, new Date("2026-07-01T13:30:00Z"))).toBe(true);
    expect(isWithin(interval, new Date("2026-07-01T09:30:00Z"))).toBe(false);
  });
});

test("every problem with them comes with its line, column and path", () => {
  const text = `time_intervals:
  - name: a
    time_intervals:
      - times: [{ start_time: "9:00", end_time: "24:01" }, { start_time: "18:00", end_time: "06:00" }, { start_time: 7 }]
        weekdays: [mon, "monday:tuesday:friday", "7"]
        days_of_month: [0, 32, "-1:5", "10:5", x, 1.5]
        months: [13, juli]
        years: ["2030:2020", 26]
        location: Berlin
      - {}
      - { location: UTC }
      - { weekdays: [] }
      - { weekday: [monday] }
  - { name: a, time_intervals: [] }
  - { time_intervals: [{ years: true }] }
`;
  const day = "must be a day of the month or a rising range, such as 1, 1:15 or -3:-1 for the last three";
  const weekday = "must be a weekday or a range of them, such as monday or monday:friday";
  const always = "is always; give it at least one of times, weekdays, days_of_month, months, years";
  const part = "time_intervals[0].time_intervals";
  expect(problemsOfFile(text)).toEqual([
    `polarwatch.yaml:4:31 ${part}[0].times[0].start_time: must be a time such as 09:30, up to 24:00`,
    `polarwatch.yaml:4:49 ${part}[0].times[0].end_time: must be a time such as 09:30, up to 24:00`,
    `polarwatch.yaml:4:60 ${part}[0].times[1]: must end after it starts; a night takes two entries, up to 24:00 and from 00:00`,
    `polarwatch.yaml:4:104 ${part}[0].times[2].end_time: is required`,
    `polarwatch.yaml:4:118 ${part}[0].times[2].start_time: must be a time such as 09:30; YAML reads this as a number, quotes make it text`,
    `polarwatch.yaml:5:20 ${part}[0].weekdays[0]: ${weekday}`,
    `polarwatch.yaml:5:25 ${part}[0].weekdays[1]: ${weekday}`,
    `polarwatch.yaml:5:50 ${part}[0].weekdays[2]: ${weekday}`,
    `polarwatch.yaml:6:25 ${part}[0].days_of_month[0]: ${day}`,
    `polarwatch.yaml:6:28 ${part}[0].days_of_month[1]: ${day}`,
    `polarwatch.yaml:6:32 ${part}[0].days_of_month[2]: must count its last day from the end too, if its first one does`,
    `polarwatch.yaml:6:40 ${part}[0].days_of_month[3]: ${day}`,
    `polarwatch.yaml:6:48 ${part}[0].days_of_month[4]: ${day}`,
    `polarwatch.yaml:6:51 ${part}[0].days_of_month[5]: must be text, such as 1 or 1:5`,
    `polarwatch.yaml:7:18 ${part}[0].months[0]: must be a month or a range of them, such as december, 12 or may:august`,
    `polarwatch.yaml:7:22 ${part}[0].months[1]: must be a month or a range of them, such as december, 12 or may:august`,
    `polarwatch.yaml:8:17 ${part}[0].years[0]: must be a year or a rising range of them, such as 2026 or 2026:2030`,
    `polarwatch.yaml:8:30 ${part}[0].years[1]: must be a year or a rising range of them, such as 2026 or 2026:2030`,
    `polarwatch.yaml:9:19 ${part}[0].location: is not a known time zone, such as Europe/Berlin or UTC`,
    `polarwatch.yaml:10:9 ${part}[1]: ${always}`,
    `polarwatch.yaml:11:9 ${part}[2]: ${always}`,
    `polarwatch.yaml:12:21 ${part}[3].weekdays: must not be empty`,
    `polarwatch.yaml:13:11 ${part}[4]: "weekday" is not a known key, did you mean "weekdays"?`,
    "polarwatch.yaml:14:13 time_intervals[1].name: is already taken by an earlier entry",
    "polarwatch.yaml:14:32 time_intervals[1].time_intervals: must not be empty",
    "polarwatch.yaml:15:5 time_intervals[2].name: is required",
    "polarwatch.yaml:15:33 time_intervals[2].time_intervals[0].years: must be a list",
  ]);
});
