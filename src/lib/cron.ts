import { Cron } from "croner";

/** The instants at which a schedule falls due. */
export type FireTimes = {
  /** The latest at or before an instant; null when there is none within eight years. */
  atOrBefore(at: Date): Date | null;
  /** The first one after an instant; null when there is none within a hundred years. */
  after(at: Date): Date | null;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** No zone is further from UTC than this, and none turns its clocks back by more than the second one. */
const [OFFSET_MS_MAX, TURNED_BACK_MS_MAX] = [14 * HOUR_MS, 3 * HOUR_MS];
const LOOKED_BACK_MS = [3 * HOUR_MS, 2 * DAY_MS, 32 * DAY_MS, 367 * DAY_MS, 2925 * DAY_MS];
const FIELDS = /^[\dA-Za-z*?,/#-]+$/;

/**
 * When five cron fields fall due in a time zone. A time that clocks skip is due at the moment at which they skip it, one
 * that they show twice is due the first time. Null when the text is no such schedule or never falls due. Throws a
 * RangeError for a zone that nobody knows.
 *
 * The library knows nothing of the zone: asked for the next time from within a change of clocks, it skips a time or
 * answers with one that is past, and looking back it fails for February 29. So it counts on the dial, forwards only, and
 * what the dial shows is turned into an instant here.
 */
export function parseSchedule(text: string, timeZone: string): FireTimes | null {
  const dial = createDial(text);
  const offsetMsAt = createOffset(timeZone);
  if (dial === null) return null;

  /** The first instant at which clocks show this, or have just skipped it. Never earlier for a later time. */
  const instantOf = (shownMs: number): number => {
    const [before, after] = [offsetMsAt(shownMs - DAY_MS), offsetMsAt(shownMs + DAY_MS)];
    if (offsetMsAt(shownMs - before) === before) return shownMs - before;
    if (offsetMsAt(shownMs - after) === after) return shownMs - after;
    let [early, late] = [shownMs - after, shownMs - before];
    while (late - early > 1) {
      const middle = Math.floor((early + late) / 2);
      if (offsetMsAt(middle) === before) early = middle;
      else late = middle;
    }
    return late;
  };

  return {
    after(at) {
      const startMs = at.getTime() + offsetMsAt(at.getTime()) - TURNED_BACK_MS_MAX;
      for (let shownMs = dial(startMs); shownMs !== null; shownMs = dial(shownMs)) {
        const ms = instantOf(shownMs);
        if (ms > at.getTime()) return new Date(ms);
      }
      return null;
    },
    atOrBefore(at) {
      for (const backMs of LOOKED_BACK_MS) {
        let latest: number | null = null;
        let shownMs = dial(at.getTime() - OFFSET_MS_MAX - backMs);
        while (shownMs !== null) {
          const ms = instantOf(shownMs);
          if (ms > at.getTime()) break;
          latest = ms;
          shownMs = dial(shownMs);
        }
        if (latest !== null) return new Date(latest);
      }
      return null;
    },
  };
}

/** The next time on a clock without a zone, as milliseconds of UTC; null when the text is no schedule or never due. */
function createDial(text: string): ((shownMs: number) => number | null) | null {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5 || !fields.every((field) => FIELDS.test(field))) return null;
  try {
    const cron = new Cron(fields.join(" "), { mode: "5-part", utcOffset: 0, paused: true });
    const next = (shownMs: number) => cron.nextRun(new Date(shownMs))?.getTime() ?? null;
    return next(0) === null ? null : next;
  } catch {
    return null; // what it says may repeat the text
  }
}

/** How far ahead of UTC the clocks of a zone are. */
function createOffset(timeZone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  return (atMs) => {
    const name = format.formatToParts(atMs).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign, hours, minutes = "0", seconds = "0"] =
      /^GMT(?:([+-])(\d+)(?::(\d+)(?::(\d+))?)?)?$/.exec(name) ?? [];
    if (hours === undefined) return 0;
    const ms = Number(hours) * HOUR_MS + Number(minutes) * 60_000 + Number(seconds) * 1000;
    return sign === "-" ? -ms : ms;
  };
}
