import { type LocalTime, localClock } from "./local-clock.js";
import type { Route } from "./route.js";

/** From the first to the last, both included. */
export type IntervalRange = { readonly first: number; readonly last: number };

/** Minutes of the local day; `endMinute`, up to 1440, is no longer in it. */
export type MinuteRange = { readonly startMinute: number; readonly endMinute: number };

/** Where a list is empty, it asks for nothing. All that is asked for has to hold at once, in the local time of `timeZone`. */
export type IntervalPart = {
  readonly times: readonly MinuteRange[];
  /** 0 is Sunday, 6 is Saturday. */
  readonly weekdays: readonly IntervalRange[];
  /** From 1; negative ones count from the end: -1 is the last day of its month. */
  readonly daysOfMonth: readonly IntervalRange[];
  /** From 1. */
  readonly months: readonly IntervalRange[];
  readonly years: readonly IntervalRange[];
  /** An IANA name. */
  readonly timeZone: string;
};

/** Alertmanager's time interval: the time in any of its parts. */
export type TimeInterval = { readonly name: string; readonly intervals: readonly IntervalPart[] };

export type Muted =
  | { readonly muted: false }
  | { readonly muted: true; readonly because: string; readonly untilAt: Date | null };

const MINUTE_MS = 60_000;
const SEARCHED_MINUTES_MAX = 35 * 24 * 60;

/** Throws a RangeError for a time zone that nobody knows. */
export function isWithin(interval: TimeInterval, at: Date): boolean {
  return createCheck(interval)(at.getTime());
}

/**
 * Whether a route keeps quiet at an instant, and why. `untilAt` is the first whole minute after it at which the route
 * does not; null when there is none within 35 days. Throws for an interval that is not in `intervals`.
 */
export function isMuted(
  route: Pick<Route, "muteTimeIntervals" | "activeTimeIntervals">,
  intervals: ReadonlyMap<string, TimeInterval>,
  at: Date,
): Muted {
  const mutedBecause = createMuteCheck(route, intervals);
  const because = mutedBecause(at.getTime());
  if (because === null) return { muted: false };
  const thisMinuteMs = Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS;
  for (let minutes = 1; minutes <= SEARCHED_MINUTES_MAX; minutes++) {
    const thenMs = thisMinuteMs + minutes * MINUTE_MS;
    if (mutedBecause(thenMs) === null) return { muted: true, because, untilAt: new Date(thenMs) };
  }
  return { muted: true, because, untilAt: null };
}

type Check = (atMs: number) => boolean;

function createMuteCheck(
  route: Pick<Route, "muteTimeIntervals" | "activeTimeIntervals">,
  intervals: ReadonlyMap<string, TimeInterval>,
): (atMs: number) => string | null {
  const named = (name: string): { name: string; holds: Check } => {
    const interval = intervals.get(name);
    if (interval === undefined) throw new Error(`There is no time interval called ${JSON.stringify(name)}`);
    return { name, holds: createCheck(interval) };
  };
  const mute = route.muteTimeIntervals.map(named);
  const active = route.activeTimeIntervals.map(named);
  return (atMs) => {
    const muting = mute.find(({ holds }) => holds(atMs));
    if (muting !== undefined) return `The route is quiet during ${muting.name}`;
    if (active.length === 0 || active.some(({ holds }) => holds(atMs))) return null;
    return `The route tells only during ${active.map(({ name }) => name).join(", ")}`;
  };
}

function createCheck(interval: TimeInterval): Check {
  const parts = interval.intervals.map((part) => ({ part, clock: localClock(part.timeZone) }));
  return (atMs) => parts.some(({ part, clock }) => holdsAt(part, clock(atMs)));
}

function holdsAt(part: IntervalPart, { minute, date }: LocalTime): boolean {
  const fromStart = (day: number) => (day < 0 ? date.daysInMonth + day + 1 : day);
  return (
    anyOf(part.times, ({ startMinute, endMinute }) => minute >= startMinute && minute < endMinute) &&
    anyOf(part.weekdays, (range) => isIn(range, date.weekday)) &&
    anyOf(part.daysOfMonth, ({ first, last }) => isIn({ first: fromStart(first), last: fromStart(last) }, date.day)) &&
    anyOf(part.months, (range) => isIn(range, date.month)) &&
    anyOf(part.years, (range) => isIn(range, date.year))
  );
}

function anyOf<T>(ranges: readonly T[], holds: (range: T) => boolean): boolean {
  return ranges.length === 0 || ranges.some(holds);
}

function isIn({ first, last }: IntervalRange, value: number): boolean {
  return value >= first && value <= last;
}
