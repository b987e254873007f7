/** What is done in a place: `aside` is for waiting there that needs none. */
type InPlace<T> = (aside: <A>(waiting: Promise<A>, left: () => void) => Promise<A>) => Promise<T>;

/**
 * A number of places for work that uses something scarce. They are taken in the order in which they were asked for. Work
 * that waits aside for longer than `patienceMs` gives its place to others, so that what hangs is in nobody's way; it goes
 * before those who have not begun when it comes back, so that no more is begun than can be finished.
 */
export class Places {
  private free: number;
  private readonly patienceMs: number;
  private readonly returning: (() => void)[] = [];
  private readonly arriving: (() => void)[] = [];

  constructor(count: number, patienceMs: number) {
    this.free = count;
    this.patienceMs = patienceMs;
  }

  /** `left` is called when a place was given up. */
  async run<T>(work: InPlace<T>): Promise<T> {
    await this.take(this.arriving);
    try {
      return await work(async (waiting, left) => {
        let hasLeft = false;
        const timer = setTimeout(() => {
          hasLeft = true;
          this.leave();
          left();
        }, this.patienceMs);
        try {
          return await waiting;
        } finally {
          clearTimeout(timer);
          if (hasLeft) await this.take(this.returning);
        }
      });
    } finally {
      this.leave();
    }
  }

  private async take(line: (() => void)[]): Promise<void> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => line.push(resolve));
  }

  private leave(): void {
    const next = this.returning.shift() ?? this.arriving.shift();
    if (next === undefined) this.free += 1;
    else next();
  }
}
