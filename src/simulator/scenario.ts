import { drawBetween } from "./random.js";

/** How an error of the samples counts. */
export const GROWTHS = ["steady", "burst", "ramp", "once", "flapping"] as const;
export type Growth = (typeof GROWTHS)[number];

/**
 * When occurrences happen, in milliseconds of age; the first is always at age 0.
 * - `steady`: one in each `everyMs`, at a moment that varies.
 * - `burst`: `perBurst` within `burstMs`, once in each `cycleMs`, else silence.
 * - `ramp`: `perRamp` within `rampMs`, faster and faster, then silence until the cycle ends.
 * - `once`: never again.
 * - `flapping`: one in each `everyMs` for `onMs`, none for `offMs`. Where `clearsAfterMs` is set, the record is cleared
 *   so long after the last window, and the next window makes a new one.
 * - `surge`: one in each `everyMs` for `forMs`, then never again.
 */
export type Pattern =
  | { kind: "steady"; everyMs: number; salt: number }
  | { kind: "burst"; cycleMs: number; burstMs: number; perBurst: number; salt: number }
  | { kind: "ramp"; cycleMs: number; rampMs: number; perRamp: number }
  | { kind: "once" }
  | { kind: "flapping"; onMs: number; offMs: number; everyMs: number; clearsAfterMs: number | null }
  | { kind: "surge"; everyMs: number; forMs: number };

/** What a pattern has come to at some age. Within one `life`, `occurrences` and `lastAgeMs` never fall. */
export type Tally = {
  occurrences: number;
  lastAgeMs: number;
  /** False while the record is cleared from the list. */
  listed: boolean;
  /** Rises whenever a new record replaces a cleared one. */
  life: number;
};

/** Exact: the number of occurrences from age 0 up to and including `ageMs`, a whole number of at least 0. */
export function tallyAt(pattern: Pattern, ageMs: number): Tally {
  switch (pattern.kind) {
    case "steady":
      return steadyAt(pattern, ageMs);
    case "burst":
      return burstAt(pattern, ageMs);
    case "ramp":
      return rampAt(pattern, ageMs);
    case "once":
      return alive(1, 0);
    case "flapping":
      return flappingAt(pattern, ageMs);
    case "surge": {
      const done = evenlyDone(Math.min(ageMs, pattern.forMs - 1), pattern.everyMs);
      return alive(done, (done - 1) * pattern.everyMs);
    }
    default:
      throw new Error(`Unknown pattern: ${JSON.stringify(pattern satisfies never)}`);
  }
}

/** The next age at which `listed` or `life` changes; null when they never do. */
export function nextTurnMs(pattern: Pattern, ageMs: number): number | null {
  if (pattern.kind !== "flapping" || pattern.clearsAfterMs === null) return null;
  const periodMs = pattern.onMs + pattern.offMs;
  const windowStartMs = Math.floor(ageMs / periodMs) * periodMs;
  const clearedMs = windowStartMs + pattern.onMs + pattern.clearsAfterMs;
  return ageMs < clearedMs ? clearedMs : windowStartMs + periodMs;
}

function steadyAt(pattern: Extract<Pattern, { kind: "steady" }>, ageMs: number): Tally {
  const slot = Math.floor(ageMs / pattern.everyMs);
  const momentOf = (index: number) =>
    index === 0 ? 0 : index * pattern.everyMs + drawBetween(0, pattern.everyMs - 1, pattern.salt, index);
  return momentOf(slot) <= ageMs ? alive(slot + 1, momentOf(slot)) : alive(slot, momentOf(slot - 1));
}

function burstAt(pattern: Extract<Pattern, { kind: "burst" }>, ageMs: number): Tally {
  const { cycleMs, burstMs, perBurst, salt } = pattern;
  const startOf = (cycle: number) =>
    cycle * cycleMs + (cycle === 0 ? 0 : drawBetween(0, cycleMs - burstMs, salt, cycle));
  const momentOf = (cycle: number, index: number) => startOf(cycle) + Math.floor((index * burstMs) / perBurst);
  const cycle = Math.floor(ageMs / cycleMs);
  const elapsedMs = ageMs - startOf(cycle);
  if (elapsedMs < 0) return alive(cycle * perBurst, momentOf(cycle - 1, perBurst - 1));
  const done = Math.min(perBurst, Math.ceil(((elapsedMs + 1) * perBurst) / burstMs));
  return alive(cycle * perBurst + done, momentOf(cycle, done - 1));
}

function rampAt(pattern: Extract<Pattern, { kind: "ramp" }>, ageMs: number): Tally {
  const { cycleMs, rampMs, perRamp } = pattern;
  const doneBy = (elapsedMs: number) => 1 + Math.floor((perRamp - 1) * (elapsedMs / rampMs) ** 2);
  const cycle = Math.floor(ageMs / cycleMs);
  const done = doneBy(Math.min(ageMs - cycle * cycleMs, rampMs));
  const aboutMs = Math.floor(rampMs * Math.sqrt((done - 1) / (perRamp - 1)));
  let lastMs = Math.max(0, aboutMs - 2); // a root may be rounded to either side, so look for the first that fits
  while (doneBy(lastMs) < done) lastMs += 1;
  return alive(cycle * perRamp + done, cycle * cycleMs + lastMs);
}

function flappingAt(pattern: Extract<Pattern, { kind: "flapping" }>, ageMs: number): Tally {
  const { onMs, offMs, everyMs, clearsAfterMs } = pattern;
  const window = Math.floor(ageMs / (onMs + offMs));
  const startMs = window * (onMs + offMs);
  const done = evenlyDone(Math.min(ageMs - startMs, onMs - 1), everyMs);
  const lastAgeMs = startMs + (done - 1) * everyMs;
  if (clearsAfterMs === null) return alive(window * evenlyDone(onMs - 1, everyMs) + done, lastAgeMs);
  return { occurrences: done, lastAgeMs, listed: ageMs - startMs < onMs + clearsAfterMs, life: window };
}

const evenlyDone = (elapsedMs: number, everyMs: number) => Math.floor(elapsedMs / everyMs) + 1;

const alive = (occurrences: number, lastAgeMs: number): Tally => ({ occurrences, lastAgeMs, listed: true, life: 0 });
