import * as z from "zod";
import type { IntervalRange, MinuteRange, TimeInterval } from "../domain/time-interval.js";
import { name, parsedText } from "./schema-parts.js";
import {
  minuteRange,
  parseDaysOfMonth,
  parseMinuteOfDay,
  parseMonths,
  parseWeekdays,
  parseYears,
} from "./time-ranges.js";
import { type Parsed, parseTimeZone } from "./values.js";

const ENTRIES_MAX = 100;
const list = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(ENTRIES_MAX).optional();
const ranges = (parse: (text: string) => Parsed<readonly IntervalRange[]>) => list(parsedText(parse));
/** YAML reads a lone number as one, and Alertmanager takes it. */
const numericRanges = (parse: (text: string) => Parsed<readonly IntervalRange[]>) =>
  list(z.union([z.int().transform(String), z.string()]).pipe(parsedText(parse)));

const time = z
  .strictObject({
    start_time: parsedText(parseMinuteOfDay).describe("Such as 09:00."),
    end_time: parsedText(parseMinuteOfDay).describe("Such as 17:30, no longer in it; 24:00 is the end of the day."),
  })
  .transform(({ start_time, end_time }, context): MinuteRange => {
    const parsed = minuteRange(start_time, end_time);
    if (parsed.kind === "value") return parsed.value;
    context.addIssue({ code: "custom", message: parsed.problem });
    return z.NEVER;
  });

const part = z.strictObject({
  times: list(time).describe("Times of the day."),
  weekdays: ranges(parseWeekdays).describe("monday, or monday:friday."),
  days_of_month: numericRanges(parseDaysOfMonth).describe("1, 1:15, or from the end, -3:-1."),
  months: numericRanges(parseMonths).describe("december, 12, or may:august."),
  years: numericRanges(parseYears).describe("2026, or 2026:2030."),
  location: parsedText(parseTimeZone).optional().describe("Time zone, such as Europe/Berlin. Default UTC."),
});

export const timeIntervalSchema = z.strictObject({
  name: name.describe("Name of the interval. Unique."),
  time_intervals: z
    .array(part)
    .min(1)
    .max(ENTRIES_MAX)
    .describe("The time in any of these. All that one of them says has to hold at once."),
});
export type TimeIntervalContent = z.infer<typeof timeIntervalSchema>;

/** A time interval from checked content. */
export function timeIntervalOf({ name: called, time_intervals }: TimeIntervalContent): TimeInterval {
  return {
    name: called,
    intervals: time_intervals.map(({ times, weekdays, days_of_month, months, years, location }) => ({
      times: times ?? [],
      weekdays: (weekdays ?? []).flat(),
      daysOfMonth: (days_of_month ?? []).flat(),
      months: (months ?? []).flat(),
      years: (years ?? []).flat(),
      timeZone: location ?? "UTC",
    })),
  };
}
