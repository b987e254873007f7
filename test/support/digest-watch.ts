import type { DigestPlan } from "../../src/app/digest.js";
import { type DigestSummary, oweDigests } from "../../src/app/digest.js";
import type { DigestNotification } from "../../src/domain/notification.js";
import type { ServerRead } from "../../src/domain/snapshot.js";
import { parseSchedule } from "../../src/lib/cron.js";
import type { Database } from "../../src/store/prisma.js";
import { MINUTE, ONCALL, Watch } from "./watch.js";

export const HOUR = 60 * MINUTE;

/** A digest each morning at eight in UTC, to the console of who is on call. */
export function aPlan(spec: Partial<DigestPlan> = {}): DigestPlan {
  const { schedule = "0 8 * * *", timeZone = "UTC" } = spec;
  const times = parseSchedule(schedule, timeZone);
  if (times === null) throw new Error("That is no schedule");
  const fixed = { receiver: "oncall", destinations: [ONCALL], whenEmpty: "say", servers: [] } as const;
  return { name: "daily", ...fixed, ...spec, schedule, timeZone, times };
}

/** A server that is polled each hour, from noon on March 1, 2026; the cursors of its digests begin at eight that morning. */
export async function openHourly(db: Database, plans: readonly DigestPlan[] = [aPlan()]): Promise<Watch> {
  const watch = await Watch.open(db, HOUR);
  watch.plans = plans;
  await oweDigests(watch.digestDeps);
  return watch;
}

/** Hours pass, at the end of each of which the server answers this; the alerts that this brings about are delivered. */
export async function hours(watch: Watch, count: number, answer: ServerRead): Promise<void> {
  for (let hour = 0; hour < count; hour++) {
    watch.clock.advance(HOUR);
    await watch.poll(answer);
    await watch.diffAll();
    await watch.deliverAll();
  }
}

/** Looks at the digests now, delivers what that owes, and gives what was told. */
export async function digestNow(watch: Watch): Promise<{ summary: DigestSummary; told: DigestNotification[] }> {
  const before = watch.notifier.told.length;
  const summary = await oweDigests(watch.digestDeps);
  await watch.deliverAll();
  const told = watch.notifier.told.slice(before).filter((one) => one.kind === "digest");
  return { summary, told };
}

/** The only digest that was told. */
export async function onlyDigest(watch: Watch): Promise<DigestNotification> {
  const { told } = await digestNow(watch);
  const [only, ...others] = told;
  if (only === undefined || others.length > 0) throw new Error(`${told.length} digests were told`);
  return only;
}
