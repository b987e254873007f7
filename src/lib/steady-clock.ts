import { performance } from "node:perf_hooks";
import type { Clock } from "./clock.js";

/** A clock that goes on evenly from the time that it was given last, whatever becomes of the system's clock meanwhile. */
export class SteadyClock {
  private at: number;
  private since: number;
  private readonly elapsedMs: () => number;

  /** `elapsedMs`: milliseconds that never go back, from wherever they count. */
  constructor(at: Date, elapsedMs: () => number = () => performance.now()) {
    this.elapsedMs = elapsedMs;
    this.at = at.getTime();
    this.since = elapsedMs();
  }

  readonly now: Clock = () => new Date(Math.round(this.at + this.elapsedMs() - this.since));

  /** From now on it is this time. By how many milliseconds that is later than it was here. */
  set(at: Date): number {
    const ahead = at.getTime() - this.now().getTime();
    this.at = at.getTime();
    this.since = this.elapsedMs();
    return ahead;
  }
}
