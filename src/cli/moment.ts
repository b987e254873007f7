import * as z from "zod";
import { formatDuration, parseDurationMs } from "../domain/duration.js";

const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?) ?(Z|[+-]\d{2}:\d{2})?)?$/i;
const date = z.iso.date();

/**
 * The moment that somebody means: a duration before `now` (`7d`), or a date with or without a time (`2026-11-23`,
 * `2026-11-23 14:05`), in this process's time zone unless it says `Z` or an offset. Null if it is neither. Nothing is
 * older than 1970.
 */
export function parseMoment(text: string, now: Date): Date | null {
  const durationMs = parseDurationMs(text);
  if (durationMs !== null) return new Date(Math.max(now.getTime() - durationMs, 0));
  const [, day, time = "00:00", zone = ""] = MOMENT.exec(text) ?? [];
  if (day === undefined || !date.safeParse(day).success) return null;
  const at = new Date(`${day}T${time}${zone.toUpperCase()}`);
  return Number.isNaN(at.getTime()) ? null : new Date(Math.max(at.getTime(), 0));
}

/** `2026-11-23 14:05:12` in the given time zone. */
export function createLocalFormat(timeZone: string): (at: Date) => string {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  return (at) => {
    const part = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const [year, month, day] = [part.get("year"), part.get("month"), part.get("day")];
    return `${year}-${month}-${day} ${part.get("hour")}:${part.get("minute")}:${part.get("second")}`;
  };
}

/** `3 min ago`, in one unit. What is less than a second away is `now`. */
export function formatAge(at: Date, now: Date): string {
  const ageMs = now.getTime() - at.getTime();
  if (Math.abs(ageMs) < 1000) return "now";
  const span = formatDuration(Math.abs(ageMs)).split(" ").slice(0, 2).join(" ");
  return ageMs < 0 ? `in ${span}` : `${span} ago`;
}
