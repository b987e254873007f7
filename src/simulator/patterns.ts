import { drawBetween } from "./random.js";
import type { Growth, Pattern } from "./scenario.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From a few a minute to a few an hour. */
const STEADY_EVERY_MS = [15, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1200].map((value) => value * SECOND);

/** A pattern of this kind at a rate that integrations really have; `salt` decides which. */
export function patternOf(growth: Growth, salt: number): Pattern {
  const between = (min: number, max: number, what: string) => drawBetween(min, max, salt, what);
  switch (growth) {
    case "steady": {
      const everyMs = STEADY_EVERY_MS[between(0, STEADY_EVERY_MS.length - 1, "every")] ?? MINUTE;
      return { kind: "steady", everyMs: Math.floor((everyMs * between(90, 110, "percent")) / 100), salt };
    }
    case "burst":
      return {
        kind: "burst",
        cycleMs: between(20 * MINUTE, 4 * HOUR, "cycle"),
        burstMs: between(5 * SECOND, MINUTE, "length"),
        perBurst: between(20, 400, "number"),
        salt,
      };
    case "ramp":
      return {
        kind: "ramp",
        cycleMs: DAY,
        rampMs: between(4 * HOUR, 10 * HOUR, "length"),
        perRamp: between(150, 1500, "number"),
      };
    case "once":
      return { kind: "once" };
    case "flapping": {
      const offMs = between(5 * MINUTE, 20 * MINUTE, "off");
      return {
        kind: "flapping",
        onMs: between(3 * MINUTE, 10 * MINUTE, "on"),
        offMs,
        everyMs: between(10 * SECOND, 40 * SECOND, "every"),
        clearsAfterMs: between(0, 1, "clears") === 1 ? Math.floor(offMs / 3) : null,
      };
    }
    default:
      throw new Error(`Unknown growth: ${JSON.stringify(growth satisfies never)}`);
  }
}

/** How old an error with this pattern is when the simulation starts: old enough to have a past, and in the list. */
export function ageAtStartMs(pattern: Pattern, salt: number): number {
  const between = (min: number, max: number) => drawBetween(min, max, salt, "age");
  switch (pattern.kind) {
    case "steady":
      return between(HOUR, 14 * DAY);
    case "burst":
      return between(6 * HOUR, 14 * DAY);
    case "ramp":
      return between(DAY, 10 * DAY);
    case "once":
      return between(5 * MINUTE, 14 * DAY);
    case "flapping": {
      const windows = drawBetween(5, 100, salt, "windows");
      return windows * (pattern.onMs + pattern.offMs) + between(0, pattern.onMs - 1);
    }
    case "surge":
      return 0;
    default:
      throw new Error(`Unknown pattern: ${JSON.stringify(pattern satisfies never)}`);
  }
}
