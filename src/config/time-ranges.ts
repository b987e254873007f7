import type { IntervalRange, MinuteRange } from "../domain/time-interval.js";
import type { Parsed } from "./values.js";

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];
/** No month is longer, so that a first day after the last one can be told without knowing the month. */
const DAYS_MAX = 31;

const value = <T>(parsed: T): Parsed<T> => ({ kind: "value", value: parsed });
const problem = (text: string): Parsed<never> => ({ kind: "problem", problem: text });

/** Minutes since midnight of `09:30`; `24:00` is the end of the day. */
export function parseMinuteOfDay(text: string): Parsed<number> {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (text === "24:00") return value(24 * 60);
  return hours === undefined
    ? problem("must be a time such as 09:30, up to 24:00")
    : value(60 * +hours + Number(minutes));
}

/** A time of day that ends after it starts; a night takes two, up to 24:00 and from 00:00. */
export function minuteRange(startMinute: number, endMinute: number): Parsed<MinuteRange> {
  if (startMinute < endMinute) return value({ startMinute, endMinute });
  return problem("must end after it starts; a night takes two entries, up to 24:00 and from 00:00");
}

/** `monday`, or `monday:friday`; one that goes over the end of the week is two ranges. */
export function parseWeekdays(text: string): Parsed<readonly IntervalRange[]> {
  return parseRange(text, (word) => indexOf(WEEKDAYS, word), { first: 0, last: 6 }, WEEKDAYS_EXPECTED);
}
const WEEKDAYS_EXPECTED = "must be a weekday or a range of them, such as monday or monday:friday";

/** `december`, `12`, or `may:august`; one that goes over the end of the year is two ranges. */
export function parseMonths(text: string): Parsed<readonly IntervalRange[]> {
  const month = (word: string) => numberIn(word, 1, 12) ?? indexOf(MONTHS, word, 1);
  return parseRange(text, month, { first: 1, last: 12 }, MONTHS_EXPECTED);
}
const MONTHS_EXPECTED = "must be a month or a range of them, such as december, 12 or may:august";

/** `2026`, or `2026:2030`. */
export function parseYears(text: string): Parsed<readonly IntervalRange[]> {
  return parseRange(text, (word) => numberIn(word, 1970, 9999), null, YEARS_EXPECTED);
}
const YEARS_EXPECTED = "must be a year or a rising range of them, such as 2026 or 2026:2030";

/** `1`, `1:15`, or from the end of the month, `-3:-1`. */
export function parseDaysOfMonth(text: string): Parsed<readonly IntervalRange[]> {
  const parsed = /^(-?\d{1,2})(?::(-?\d{1,2}))?$/.exec(text.trim());
  if (parsed === null) return problem(DAYS_EXPECTED);
  const first = Number(parsed[1]);
  const last = Number(parsed[2] ?? first);
  const isDay = (day: number) => day !== 0 && Math.abs(day) <= DAYS_MAX;
  if (!isDay(first) || !isDay(last)) return problem(DAYS_EXPECTED);
  if (first < 0 && last > 0) return problem("must count its last day from the end too, if its first one does");
  const fromStart = (day: number) => (day < 0 ? DAYS_MAX + 1 + day : day);
  return fromStart(first) <= fromStart(last) ? value([{ first, last }]) : problem(DAYS_EXPECTED);
}
const DAYS_EXPECTED = "must be a day of the month or a rising range, such as 1, 1:15 or -3:-1 for the last three";

/** `circle`: the first and last of what starts anew; null when a range can only rise. */
function parseRange(
  text: string,
  parseOne: (word: string) => number | null,
  circle: IntervalRange | null,
  expected: string,
): Parsed<readonly IntervalRange[]> {
  const [begin = "", end = begin, ...rest] = text.split(":").map((word) => word.trim().toLowerCase());
  const [first, last] = [parseOne(begin), parseOne(end)];
  if (first === null || last === null || rest.length > 0) return problem(expected);
  if (first <= last) return value([{ first, last }]);
  if (circle === null) return problem(expected);
  return value([
    { first, last: circle.last },
    { first: circle.first, last },
  ]);
}

function indexOf(words: readonly string[], word: string, firstIndex = 0): number | null {
  const index = words.indexOf(word);
  return index === -1 ? null : index + firstIndex;
}

function numberIn(word: string, min: number, max: number): number | null {
  const parsed = /^\d{1,4}$/.test(word) ? Number(word) : Number.NaN;
  return parsed >= min && parsed <= max ? parsed : null;
}
