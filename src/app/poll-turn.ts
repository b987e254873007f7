import { FROM_COMMAND_LINE } from "../domain/audit.js";
import { oneLine } from "../domain/plain-text.js";
import { slotOf, turnsSkipped } from "../domain/poll.js";
import { insertAuditEntry } from "../store/audit.js";
import { type ClaimedPoll, claimPoll, type PollClaim } from "../store/polls.js";
import { type Database, inTransaction } from "../store/prisma.js";

/** Why a poll is made: its time has come, something else that is under way needs it, or somebody asked for one now. */
export type Turn =
  | { kind: "scheduled"; intervalMs: number }
  | { kind: "unscheduled" }
  | { kind: "by_hand"; author: string };

/**
 * A scheduled turn belongs to the slot of its interval, so that a schedule that fires on two workers polls once. Where a
 * schedule fires close to the border of two slots, a little delay would make two turns out of one slot, and none of the
 * next: then the later one takes the slot that is about to begin.
 */
export function claimTurn(
  db: Database,
  claim: Omit<PollClaim, "slotAt" | "otherwise">,
  turn: Turn,
): Promise<ClaimedPoll | null> {
  const { now } = claim;
  const atOnce = { ...claim, slotAt: now, otherwise: null };
  switch (turn.kind) {
    case "unscheduled":
      return claimPoll(db, atOnce);
    case "by_hand":
      return claimByHand(db, atOnce, turn.author);
    case "scheduled": {
      const { intervalMs } = turn;
      const slotAt = slotOf(now, intervalMs);
      const otherwise = {
        slotAt: new Date(slotAt.getTime() + intervalMs),
        ifNoneSince: new Date(now.getTime() - intervalMs / 2),
      };
      return claimPoll(db, { ...claim, slotAt, otherwise });
    }
    default:
      throw new Error(`Unknown turn: ${JSON.stringify(turn satisfies never)}`);
  }
}

function claimByHand(db: Database, claim: PollClaim, author: string): Promise<ClaimedPoll | null> {
  return inTransaction(db, async (tx) => {
    const claimed = await claimPoll(tx, claim);
    if (claimed === null) return null;
    await insertAuditEntry(tx, {
      at: claim.now,
      origin: FROM_COMMAND_LINE,
      actor: oneLine(author),
      action: "poll",
      subject: { kind: "server", id: claim.serverId },
      detail: { poll: String(claimed.id) },
    });
    return claimed;
  });
}

/** How many turns got no poll between the one before and this one. None is due between polls that are asked for. */
export function skippedBefore(turn: Turn, { previousStartedAt }: ClaimedPoll, startedAt: Date): number {
  if (turn.kind !== "scheduled" || previousStartedAt === null) return 0;
  return turnsSkipped(previousStartedAt, startedAt, turn.intervalMs);
}
