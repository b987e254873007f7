import type { Notification } from "../domain/notification.js";
import type { Notifier, UpdateVerdict } from "../notify/notifier.js";
import {
  claimStale,
  findNextPaint,
  findShownAlerts,
  finishPaint,
  type Painted,
  type StaleMessage,
} from "../store/living-messages.js";
import { blockTurns, lockTurn, takeTurn } from "../store/pace.js";
import { type Db, inTransaction } from "../store/prisma.js";
import { DEFAULT_DELIVER_POLICY, type DeliverDeps, type DeliverySummary } from "./delivering.js";
import { standingNotification } from "./living.js";
import { publicIdOf, stormNotification } from "./notification.js";
import { findStormState } from "./storm.js";

/** What painting one message came to; `paced`: others have used the limit that it shares. */
export type PaintedNext = { kind: "done"; summary: DeliverySummary } | { kind: "paced"; untilAt: Date };

type PaintClaim = { destination: string; now: Date; leasedUntil: Date };

/** What a message is to show. `over`: why it is closed once it shows that; `nextAt`: when to look again all the same. */
type Content = { notification: Notification | null; over: string | null; nextAt: Date | null };

const [RETRY_MS_MIN, RETRY_MS_MAX] = [10_000, 600_000];
/** A message that cannot be painted for hours is left as it is. */
const FAILED_PAINTS_MAX = 40;
/** How often a storm is looked at that nothing is folded into. */
const STORM_LOOK_EVERY_MS = 60_000;

/**
 * Makes the living message of a destination that has been due longest show what is known now. What it shows is read when
 * it is claimed; what happens after that makes it stale again. Null when none is due.
 */
export async function paintNext(
  deps: DeliverDeps,
  notifier: Notifier,
  claim: PaintClaim,
  signal: AbortSignal,
): Promise<PaintedNext | null> {
  const claimed = await inTransaction(deps.db, (tx) => claimPaint(tx, deps, notifier, claim));
  if (claimed === null || claimed.kind === "paced") return claimed;
  deps.probe("paint_claimed");
  const { message, content } = claimed;
  const verdict = await update(deps, notifier, claimed, signal);
  deps.probe("message_painted");
  const now = deps.clock();
  const painted = paintedBy(verdict, content, message, now);
  await inTransaction(deps.db, async (tx) => {
    await finishPaint(tx, message, deps.workerId, painted, now);
    if (verdict.kind === "failed" && verdict.retryAfterMs !== null) {
      await blockTurns(tx, notifier.terms.pace, new Date(now.getTime() + verdict.retryAfterMs));
    }
  });
  const detail = painted.kind === "failed" ? painted.detail : painted.kind === "closed" ? painted.because : null;
  const result = painted.kind === "failed" ? "postponed" : "painted";
  return { kind: "done", summary: { poll: null, delivery: publicIdOf({ id: message.deliveryId }), result, detail } };
}

type Claimed = { kind: "claimed"; message: StaleMessage; content: Content };

async function claimPaint(
  tx: Db,
  deps: DeliverDeps,
  notifier: Notifier,
  claim: PaintClaim,
): Promise<Claimed | { kind: "paced"; untilAt: Date } | null> {
  const dueAt = await findNextPaint(tx, claim.destination);
  if (dueAt === null || dueAt > claim.now) return null;
  const turnAt = await lockTurn(tx, notifier.terms.pace, claim.now);
  if (turnAt > claim.now) return { kind: "paced", untilAt: turnAt };
  const message = await claimStale(tx, { ...claim, workerId: deps.workerId });
  if (message === null) return null;
  const content = await contentOf(tx, deps, notifier, message, claim.now);
  if (content.notification !== null) await takeTurn(tx, notifier.terms.pace, claim.now);
  return { kind: "claimed", message, content };
}

async function contentOf(
  tx: Db,
  deps: DeliverDeps,
  notifier: Notifier,
  message: StaleMessage,
  now: Date,
): Promise<Content> {
  const isKept = notifier.update !== undefined;
  switch (message.kind) {
    case "group": {
      if (!isKept)
        return { notification: null, over: "Its destination keeps no living messages any more", nextAt: null };
      const shown = await findShownAlerts(tx, message.id);
      const notification = await standingNotification(tx, {
        message,
        shown,
        now,
        telling: deps.telling(),
        links: deps.links,
      });
      const isOver = shown.every(({ state }) => state === "resolved");
      return { notification, over: isOver ? "All of its alerts are over" : null, nextAt: null };
    }
    case "storm": {
      const storm = { id: message.deliveryId, openedAt: message.openedAt };
      const state = await findStormState(tx, storm, notifier.terms.storm, now);
      const about = { id: message.deliveryId, groupKey: message.groupKey, at: now, possiblyRepeated: false };
      return {
        notification: isKept ? stormNotification(about, state, deps.links) : null,
        over: state.isOver ? "The storm is over" : null,
        nextAt: new Date(now.getTime() + STORM_LOOK_EVERY_MS),
      };
    }
    default:
      throw new Error(`Unknown living message: ${JSON.stringify(message.kind satisfies never)}`);
  }
}

const NOTHING_TO_SEND: UpdateVerdict = { kind: "delivered", providerMessageId: null };

async function update(
  { log, policy = DEFAULT_DELIVER_POLICY }: DeliverDeps,
  notifier: Notifier,
  { message, content }: Claimed,
  signal: AbortSignal,
): Promise<UpdateVerdict> {
  if (notifier.update === undefined || content.notification === null) return NOTHING_TO_SEND;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(policy.sendMsMax)]);
  const failed = { kind: "failed", reason: "timeout", retryable: true, retryAfterMs: null } as const;
  try {
    return await notifier.update(content.notification, message.providerMessageId, limited);
  } catch (error) {
    if (limited.aborted) return { ...failed, detail: "The change was stopped" };
    log.error({ err: error, delivery: publicIdOf({ id: message.deliveryId }) }, "Notifier threw");
    return { ...failed, retryable: false, detail: "The notifier failed unexpectedly; the log says more" };
  }
}

/** Painting the same again does no harm, so an answer that got lost is no reason to look first. */
function paintedBy(verdict: UpdateVerdict, content: Content, message: StaleMessage, now: Date): Painted {
  switch (verdict.kind) {
    case "delivered":
      if (content.over !== null) return { kind: "closed", because: content.over };
      return { kind: "painted", nextAt: content.nextAt };
    case "final":
      return { kind: "closed", because: verdict.detail };
    case "failed": {
      const isHopeless = !verdict.retryable || message.failedPaints >= FAILED_PAINTS_MAX;
      if (isHopeless) return { kind: "closed", because: `It cannot be changed: ${verdict.detail}` };
      const pauseMs = Math.min(RETRY_MS_MIN * 2 ** message.failedPaints, RETRY_MS_MAX);
      const retryAt = new Date(now.getTime() + Math.max(pauseMs, verdict.retryAfterMs ?? 0));
      return { kind: "failed", detail: verdict.detail, retryAt };
    }
    default:
      throw new Error(`Unknown verdict: ${JSON.stringify(verdict satisfies never)}`);
  }
}
