import type { DigestContent } from "../domain/digest.js";
import { countPeriods, windowBefore } from "../domain/digest-window.js";
import { findDigestCursors, findLatestDigests, findUntoldSince } from "../store/digest-cursors.js";
import type { Db } from "../store/prisma.js";
import { type DigestPlan, findDigestServers } from "./digest.js";
import { composeDigest } from "./digest-content.js";

/** A digest, with whom it goes to and how far each was told. */
export type DigestRow = {
  name: string;
  schedule: string;
  timeZone: string;
  receiver: string;
  whenEmpty: DigestPlan["whenEmpty"];
  /** When it falls due next; null when it never does again. */
  nextAt: Date | null;
  recipients: {
    destination: string;
    /** Null before it was first seen. */
    toldUntil: Date | null;
    /** The digest that it was owed last; null when there was none. */
    last: { deliveryId: string; untilAt: Date; deliveryOutcome: string | null } | null;
  }[];
};

/** The digests that are configured, in their order. */
export async function listDigests(db: Db, plans: readonly DigestPlan[], now: Date): Promise<DigestRow[]> {
  const cursors = await findDigestCursors(db);
  const latest = await findLatestDigests(db);
  return plans.map(({ name, schedule, timeZone, receiver, whenEmpty, times, destinations }) => ({
    name,
    schedule,
    timeZone,
    receiver,
    whenEmpty,
    nextAt: times.after(now),
    recipients: destinations.map((destination) => {
      const isTheirs = (one: { digest: string; destination: string }) =>
        one.digest === name && one.destination === destination;
      const last = latest.find(isTheirs);
      return {
        destination,
        toldUntil: cursors.find(isTheirs)?.toldUntil ?? null,
        last:
          last === undefined
            ? null
            : { deliveryId: last.deliveryId, untilAt: last.untilAt, deliveryOutcome: last.deliveryOutcome },
      };
    }),
  }));
}

/**
 * What a recipient would be told now: since it was told last, or since `since`. Who was never told anything would be told
 * of one period. Nothing is stored. Null when there is no time to tell of.
 */
export async function previewDigest(
  db: Db,
  plan: DigestPlan,
  { destination, now, since }: { destination: string | null; now: Date; since: Date | null },
): Promise<DigestContent | null> {
  const fromAt = since ?? (await startOf(db, plan, destination, now));
  if (fromAt === null || fromAt >= now) return null;
  const window = { fromAt, untilAt: now };
  const servers = await findDigestServers(db, plan);
  const { name, timeZone } = plan;
  return composeDigest(db, { name, timeZone, servers, periods: countPeriods(window, plan.times) }, window);
}

async function startOf(db: Db, plan: DigestPlan, destination: string | null, now: Date): Promise<Date | null> {
  if (destination !== null) {
    const recipient = { digest: plan.name, destination };
    const cursors = await findDigestCursors(db);
    const told = cursors.find((one) => one.digest === plan.name && one.destination === destination)?.toldUntil ?? null;
    const untold = await findUntoldSince(db, recipient);
    if (told !== null) return untold !== null && untold < told ? untold : told;
  }
  const latest = plan.times.atOrBefore(now);
  const next = plan.times.after(now);
  if (latest === null || next === null) return null;
  return windowBefore({ fromAt: latest, untilAt: next }).fromAt;
}
