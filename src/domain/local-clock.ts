/** A day somewhere, in the Gregorian calendar. */
type LocalDay = {
  /** 0 is Sunday. */
  readonly weekday: number;
  /** From 1. */
  readonly day: number;
  readonly daysInMonth: number;
  /** From 1. */
  readonly month: number;
  readonly year: number;
};

/** What clocks and calendars show somewhere; `minute` is that of the day, from 0. */
export type LocalTime = { readonly minute: number; readonly date: LocalDay };

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** No zone has ever changed its clocks twice within so short a time. */
const STRETCH_MS = 6 * 3_600_000;

/**
 * The local time of an IANA zone, right on the days when clocks change. Throws a RangeError for a zone that nobody
 * knows. The clock that is returned remembers what it was last asked for, so that stepping through time is cheap.
 */
export function localClock(timeZone: string): (atMs: number) => LocalTime {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const stretchOf = remembered((startMs: number) => offsetMsDuring(format, startMs));
  const dayOf = remembered(localDayOf);
  return (atMs) => {
    const offsetMs = stretchOf(Math.floor(atMs / STRETCH_MS) * STRETCH_MS) ?? offsetMsOf(format, atMs);
    const localMs = atMs + offsetMs;
    const dayMs = Math.floor(localMs / DAY_MS) * DAY_MS;
    return { minute: Math.floor((localMs - dayMs) / MINUTE_MS), date: dayOf(dayMs) };
  };
}

function remembered<T>(compute: (key: number) => T): (key: number) => T {
  let last: { key: number; value: T } | null = null;
  return (key) => {
    if (last?.key !== key) last = { key, value: compute(key) };
    return last.value;
  };
}

/** How far ahead of UTC the zone is throughout a stretch of time; null when that changes within it. */
function offsetMsDuring(format: Intl.DateTimeFormat, startMs: number): number | null {
  const offsetMs = offsetMsOf(format, startMs);
  return offsetMs === offsetMsOf(format, startMs + STRETCH_MS - MINUTE_MS) ? offsetMs : null;
}

function offsetMsOf(format: Intl.DateTimeFormat, atMs: number): number {
  const minuteMs = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
  const parts = new Map(format.formatToParts(minuteMs).map(({ type, value }) => [type, Number(value)]));
  const field = (type: Intl.DateTimeFormatPartTypes): number => {
    const value = parts.get(type);
    if (value === undefined) throw new Error(`No ${type} in a local time`);
    return value;
  };
  const localMs = Date.UTC(field("year"), field("month") - 1, field("day"), field("hour"), field("minute"));
  return localMs - minuteMs;
}

/** `dayMs`: when the day would begin in UTC. */
function localDayOf(dayMs: number): LocalDay {
  const midnight = new Date(dayMs);
  const [year, month] = [midnight.getUTCFullYear(), midnight.getUTCMonth()];
  return {
    weekday: midnight.getUTCDay(),
    day: midnight.getUTCDate(),
    daysInMonth: new Date(Date.UTC(year, month + 1, 0)).getUTCDate(),
    month: month + 1,
    year,
  };
}

/** Whether this machine knows the rules of a time zone by this name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
