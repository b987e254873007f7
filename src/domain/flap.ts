import { formatDuration } from "./duration.js";

/** A move of an alert of one rule about one subject, whichever of its alerts moved. */
export type Flip = { readonly to: "firing" | "resolved"; readonly at: Date };

/** How often something started or stopped within 24 h, and by what delays of messages about it are multiplied. */
export type Flapping = { readonly flips: number; readonly factor: number };

export const UNDAMPED: Flapping = { flips: 0, factor: 1 };

const WINDOW_MS = 86_400_000;
/** Two full cycles: it fired, was resolved, fired again and was resolved again. */
const FREE_FLIPS = 4;
const DAMPED_MS_MAX = 3_600_000;
/** 2 ** 22 ms is more than an hour: no further doubling changes a delay. */
const DOUBLINGS_MAX = 22;

/**
 * Counts the moves within the 24 h before `at` that changed something (a second "firing" in a row does not). Delays
 * double with each flip beyond the second full cycle. Moves may come in any order.
 */
export function flappingOf(moves: readonly Flip[], at: Date): Flapping {
  const recent = moves
    .filter((move) => move.at <= at && at.getTime() - move.at.getTime() < WINDOW_MS)
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  const flips = recent.filter((move, index) => move.to !== recent[index - 1]?.to).length;
  const doublings = Math.min(Math.max(0, flips - FREE_FLIPS), DOUBLINGS_MAX);
  return { flips, factor: 2 ** doublings };
}

/**
 * What holds for a message about several things: it waits no longer than what flaps least may wait, so that nothing
 * new is held back by a neighbour that flaps.
 */
export function leastFlapping(owed: readonly Flapping[]): Flapping {
  return owed.reduce((least, each) => (each.flips < least.flips ? each : least), owed[0] ?? UNDAMPED);
}

/** A delay with its damping: at most 1 h, unless it is longer by itself. */
export function dampedMs(delayMs: number, { factor }: Flapping): number {
  return Math.max(delayMs, Math.min(delayMs * factor, DAMPED_MS_MAX));
}

/** A sentence for the message; null while nothing is damped. */
export function describeFlapping(flapping: Flapping, groupIntervalMs: number): string | null {
  if (flapping.factor === 1) return null;
  const wait = formatDuration(dampedMs(groupIntervalMs, flapping));
  return `It has started or stopped ${flapping.flips} times in 24 h; messages about it wait up to ${wait}`;
}
