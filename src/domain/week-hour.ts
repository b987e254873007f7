import { localClock } from "./local-clock.js";

/** An hour of the week somewhere; `minute` is 0 but where clocks differ from UTC by a part of an hour. */
export type WeekHour = { weekday: (typeof WEEKDAYS)[number]; hour: number; minute: number };

export const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;

/**
 * Sums by the hour of the week in a time zone, from Monday on; hours without a sum are left out. Hours are those of UTC,
 * told by the local time at which they begin: so no hour is ever split, and the sums stay exact.
 */
export function sumsByWeekHour(
  hours: readonly { hour: Date; added: number }[],
  timeZone: string,
): (WeekHour & { added: number })[] {
  const clock = localClock(timeZone);
  const sums = new Map<number, number>();
  for (const { hour, added } of hours) {
    const { minute, date } = clock(hour.getTime());
    const place = ((date.weekday + 6) % 7) * 1440 + minute;
    sums.set(place, (sums.get(place) ?? 0) + added);
  }
  return [...sums]
    .sort(([one], [other]) => one - other)
    .map(([place, added]) => ({
      weekday: WEEKDAYS[(Math.floor(place / 1440) + 1) % 7] ?? "sunday",
      hour: Math.floor((place % 1440) / 60),
      minute: place % 60,
      added,
    }));
}
