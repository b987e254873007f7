import type { ChangeKind } from "../domain/change.js";
import type { DiffMode, SnapshotDiff } from "../domain/diff.js";
import type { ServerId } from "../domain/snapshot.js";
import type { Clock } from "../lib/clock.js";
import { markStale } from "../store/living-messages.js";
import type { DueDestination } from "../store/outbox.js";
import { type Database, type Db, inTransaction } from "../store/prisma.js";
import { observeSilences } from "../store/silence-ends.js";
import { lockNextUndiffed, markDiffed, type UndiffedPoll } from "../store/undiffed-polls.js";
import type { Probe } from "./checkpoint.js";
import { diffErrors } from "./diff-errors.js";
import { diffHealth } from "./diff-health.js";
import { recordMoves } from "./diff-moves.js";
import type { DiffWork, Move, Policy } from "./diff-work.js";
import type { Routing } from "./route.js";
import { oweSummary } from "./summary.js";

export type DiffDeps = {
  db: Database;
  clock: Clock;
  routing: Routing;
  wakeNotify: (destination: string, delayMs: number) => Promise<unknown>;
  probe: Probe;
  policyOf: (serverId: ServerId) => Policy;
};

export type DiffSummary = {
  /** The id of the poll that was diffed. */
  poll: string;
  mode: DiffMode | "no_snapshot";
  changes: number;
  /** The same, by kind. */
  kinds: Record<ChangeKind, number>;
  transitions: number;
  /** Whether others waited behind it. */
  hasMore: boolean;
};

/** What is undone for being slow would be as slow the next time: thousands of changes on a busy machine take their time. */
const WORK_MS_MAX = 180_000;

/**
 * Diffs the oldest undiffed poll of a server, by the time of that poll, so that a late diff decides like a punctual one.
 * Changes, alerts, their transitions and the deliveries they owe are one transaction. Null when all are diffed.
 */
export async function diffNext(deps: DiffDeps, serverId: ServerId): Promise<DiffSummary | null> {
  const work = async (tx: Db) => {
    const poll = await lockNextUndiffed(tx, serverId);
    return poll === null ? null : diffPoll(tx, deps, serverId, poll);
  };
  const done = await inTransaction(deps.db, work, { workMsMax: WORK_MS_MAX });
  if (done === null) return null;
  deps.probe("diff_committed");
  for (const { destination, nextAttemptAt } of done.due) {
    const delayMs = Math.max(0, nextAttemptAt.getTime() - deps.clock().getTime());
    await deps.wakeNotify(destination, delayMs); // may get lost: the sweep finds what it missed
  }
  return done.summary;
}

async function diffPoll(
  tx: Db,
  deps: DiffDeps,
  serverId: ServerId,
  poll: UndiffedPoll,
): Promise<{ summary: DiffSummary; due: DueDestination[] }> {
  const at = poll.snapshot?.takenAt ?? poll.finishedAt;
  const now = deps.clock();
  const owedAt = new Date(Math.min(at.getTime(), now.getTime()));
  const policy = deps.policyOf(serverId);
  const work: DiffWork = { tx, serverId, poll, routing: deps.routing, policy, at, owedAt };

  const health = await diffHealth(work);
  const errors = poll.snapshot === null ? null : await diffErrors(work, poll.snapshot);
  const moves = [...health.moves, ...(errors?.moves ?? [])];
  const due = await recordMoves(work, moves);
  const stale = await staleMessages(work, moves, errors?.diff ?? null);
  const diff = errors?.diff ?? null;
  const told =
    errors === null || errors.diff.mode === "normal" ? [] : await oweSummary(work, errors.diff, errors.stepOf);
  if (poll.snapshot !== null && poll.besides.silences) await observeSilences(tx, { serverId, at });
  await markDiffed(tx, {
    pollId: poll.pollId,
    now,
    failedPolls: health.failedPolls,
    takenAt: poll.snapshot?.takenAt ?? null,
    caughtUp: diff?.mode === "catch-up",
  });
  return {
    summary: {
      poll: String(poll.pollId),
      mode: diff?.mode ?? "no_snapshot",
      changes: diff?.changes.length ?? 0,
      kinds: countKinds(diff?.changes ?? []),
      transitions: moves.length,
      hasMore: poll.hasMore,
    },
    due: [...due, ...told, ...stale],
  };
}

/** Living messages that show less than is known now. They show alerts, so that without any there is nothing to ask for. */
function staleMessages(
  { tx, poll, owedAt }: DiffWork,
  moves: readonly Move[],
  diff: SnapshotDiff | null,
): Promise<DueDestination[]> {
  if (!poll.besides.openAlerts && moves.length === 0) return Promise.resolve([]);
  const alertIds = moves.map(({ transition }) => transition.alertId);
  const errorIds = diff?.changes.map(({ errorId }) => errorId) ?? [];
  return markStale(tx, { alertIds, errorIds }, owedAt);
}

function countKinds(changes: readonly { kind: ChangeKind }[]): Record<ChangeKind, number> {
  const kinds = { new: 0, growing: 0, returned: 0, gone: 0 } satisfies Record<ChangeKind, number>;
  for (const { kind } of changes) kinds[kind] += 1;
  return kinds;
}
