/** What is to happen later, in scenario time. */
export class Agenda {
  /** The latest first, so that the next one is taken from the end. */
  private readonly entries: { atMs: number; run: () => void }[] = [];

  /** Of two at the same time, the one added first runs first. */
  add(atMs: number, run: () => void): void {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle]?.atMs ?? 0) > atMs) low = middle + 1;
      else high = middle;
    }
    this.entries.splice(low, 0, { atMs, run });
  }

  /** Runs all that is due by `nowMs` in the order of its time, including what it adds; `before` hears each time first. */
  runUntil(nowMs: number, before: (atMs: number) => void): void {
    for (;;) {
      const next = this.entries.at(-1);
      if (next === undefined || next.atMs > nowMs) return;
      this.entries.pop();
      before(next.atMs);
      next.run();
    }
  }
}
