/** What arrived at a fake server, and which of it a test has asked for. */
export class Inbox<Item> {
  private readonly arrived: { item: Item; isExpected: boolean }[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly describe: (item: Item) => string;

  /** `describe` says in a failing test what arrived instead. */
  constructor(describe: (item: Item) => string) {
    this.describe = describe;
  }

  add(item: Item): void {
    this.arrived.push({ item, isExpected: false });
    for (const look of [...this.waiting]) look();
  }

  all(): Item[] {
    return this.arrived.map(({ item }) => item);
  }

  /** What arrived and was never expected; a test that ends with any has a surprise to explain. */
  unexpected(): Item[] {
    return this.arrived.filter(({ isExpected }) => !isExpected).map(({ item }) => item);
  }

  /** Takes the first item for which the predicate holds, now or until the deadline; each item can be taken once. */
  expect(predicate: (item: Item) => boolean, { deadlineMs }: { deadlineMs: number }): Promise<Item> {
    const take = () => {
      const entry = this.arrived.find(({ item, isExpected }) => !isExpected && predicate(item));
      if (entry !== undefined) entry.isExpected = true;
      return entry?.item;
    };
    const here = take();
    if (here !== undefined) return Promise.resolve(here);
    return new Promise((resolve, reject) => {
      const look = () => {
        const item = take();
        if (item === undefined) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve(item);
      };
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        const others = this.unexpected().map((item) => `\n  - ${this.describe(item)}`);
        reject(
          new Error(
            `Nothing that was expected arrived within ${deadlineMs} ms. Unasked for:${others.join("") || " nothing"}`,
          ),
        );
      }, deadlineMs);
      this.waiting.add(look);
    });
  }
}
