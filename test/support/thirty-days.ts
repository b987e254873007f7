import { deliverNext } from "../../src/app/deliver.js";
import { diffNext } from "../../src/app/diff.js";
import { routeTreeOf } from "../../src/config/route-tree.js";
import type { Notification } from "../../src/domain/notification.js";
import { tagOf, tagOfItem } from "../../src/notify/tag.js";
import { titleOf } from "../../src/notify/title.js";
import type { Database } from "../../src/store/prisma.js";
import { ThirtyDaysServer } from "./thirty-days-server.js";
import { HOUR, isWithin, MINUTE, type Span, textOf, timeOf } from "./thirty-days-time.js";
import { PROD, Watch } from "./watch.js";

const [BEGINS_AT, ENDS_AT] = [timeOf("03-02 00:00"), timeOf("04-01 00:00")];
/** How often the server is polled where it matters, and where nobody looks closely: each minute would be 43,200 polls. */
const [CLOSE_INTERVAL, FAR_INTERVAL] = [15 * MINUTE, 2 * HOUR];
/** They begin and end when the server is polled anyway. */
const CLOSE_UPS: readonly Span[] = [
  ["03-02 02:00", "03-02 04:00"],
  ["03-04 10:00", "03-04 16:00"],
  ["03-07 08:00", "03-07 14:00"],
  ["03-09 02:00", "03-09 04:00"],
  ["03-12 12:00", "03-12 18:00"],
  ["03-13 08:00", "03-13 10:00"],
  ["03-16 20:00", "03-17 02:00"],
  ["03-18 12:00", "03-18 14:00"],
  ["03-20 00:00", "03-20 08:00"],
  ["03-22 22:00", "03-23 06:00"],
  ["03-26 16:00", "03-26 20:00"],
];

/** What a person does, and when. Gives what came of it in a few words. */
export type Deed = { readonly at: string; readonly act: (watch: Watch) => Promise<string> };

/** `down`: while polarwatch does not run, so that nobody polls, tells or sweeps. */
export type Plot = { readonly deeds: readonly Deed[]; readonly down: Span };

/**
 * Thirty days of one server through poll, diff, delivery and sweep, by the rules and the route of a configuration that
 * names none. Gives every message, one line each: when it was told, to whom, its tag and what it is about. Between them,
 * what people did.
 */
export async function playThirtyDays(db: Database, { deeds, down }: Plot): Promise<string[]> {
  const run = new ThirtyDaysRun(await Watch.open(db, FAR_INTERVAL), deeds);
  const server = new ThirtyDaysServer(BEGINS_AT);
  for (let atMs = BEGINS_AT, wasDown = true; atMs < ENDS_AT; ) {
    const intervalMs = CLOSE_UPS.some((span) => isWithin(span, atMs)) ? CLOSE_INTERVAL : FAR_INTERVAL;
    const isDown = isWithin(down, atMs);
    if (!isDown) {
      server.playUntil(atMs);
      if (wasDown) await run.start(atMs);
      await run.poll(server, atMs, intervalMs);
      await run.settleUntil(isWithin(down, atMs + intervalMs) ? timeOf(down[0]) : atMs + intervalMs);
    }
    wasDown = isDown;
    atMs += intervalMs;
  }
  return run.lines;
}

/** One running polarwatch, whose steps wake each other as the queue would wake them. */
class ThirtyDaysRun {
  readonly lines: string[] = [];
  private readonly watch: Watch;
  private readonly deeds: Deed[];
  private readonly wakes = new Map<string, number>();

  constructor(watch: Watch, deeds: readonly Deed[]) {
    this.watch = watch;
    this.watch.route = routeTreeOf({}, [], { receiver: "oncall" });
    this.watch.wakeNotify = async (destination, delayMs) => {
      const atMs = watch.clock().getTime() + delayMs;
      this.wakes.set(destination, Math.min(atMs, this.wakes.get(destination) ?? atMs));
    };
    this.deeds = deeds.toSorted((one, other) => timeOf(one.at) - timeOf(other.at));
  }

  /** The queue may have lost every wake-up while nothing ran. */
  async start(atMs: number): Promise<void> {
    this.watch.clock.set(new Date(atMs));
    this.wakes.clear();
    await this.watch.sweep();
  }

  /** One poll and what it brings about, then a sweep a minute later. The interval holds up to the next poll. */
  async poll(server: ThirtyDaysServer, atMs: number, intervalMs: number): Promise<void> {
    const { watch } = this;
    watch.clock.set(new Date(atMs));
    await watch.poll(server.answer(atMs));
    await diffNext(watch.diffDeps, PROD);
    if (watch.intervalMs !== intervalMs) {
      watch.intervalMs = intervalMs;
      await watch.configure("one key");
    }
    await this.settleUntil(atMs + MINUTE);
    watch.clock.set(new Date(atMs + MINUTE));
    await watch.sweep();
  }

  /** Everything that falls due before an instant, in its order. */
  async settleUntil(untilMs: number): Promise<void> {
    for (;;) {
      const [wake] = [...this.wakes].sort((one, other) => one[1] - other[1]);
      const [deed] = this.deeds;
      const [wakeMs, deedMs] = [wake?.[1] ?? untilMs, deed === undefined ? untilMs : timeOf(deed.at)];
      const nextMs = Math.min(wakeMs, deedMs);
      if (nextMs >= untilMs) return;
      this.watch.clock.set(new Date(Math.max(this.watch.clock().getTime(), nextMs)));
      if (deed !== undefined && deedMs === nextMs) {
        this.deeds.shift();
        this.lines.push(`${textOf(this.watch.clock())} ${await deed.act(this.watch)}`);
      } else if (wake !== undefined) {
        await this.deliver(wake[0]);
      }
    }
  }

  private async deliver(destination: string): Promise<void> {
    const { watch, lines } = this;
    this.wakes.delete(destination);
    for (;;) {
      const before = watch.notifier.told.length;
      if ((await deliverNext(watch.deliverDeps, destination, new AbortController().signal)) === null) return;
      for (const message of watch.notifier.told.slice(before)) {
        lines.push(`${textOf(watch.clock())} ${destination} ${lineOf(message)}`);
      }
    }
  }
}

/** The tag of the whole and what it is about; of several alerts each, with its own tag where that differs. */
function lineOf(message: Notification): string {
  const tag = tagOf(message);
  if (message.kind !== "alerts") return `${tag} ${titleOf(message, 120)}`;
  const items = message.items.map((item) => {
    const own = tagOfItem(item);
    return own === tag ? item.headline : `${item.headline} [${own}]`;
  });
  return `${tag} ${message.items[0]?.integration.name}: ${items.join(", ")}`;
}
