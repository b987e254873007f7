import {
  DEFAULT_DIFF_POLICY,
  type DiffMode,
  type DiffPolicy,
  diffSnapshot,
  type ErrorStep,
  type SnapshotDiff,
} from "../domain/diff.js";
import type { ErrorId, IntegrationId } from "../domain/ids.js";
import { DEFAULT_RULE_POLICY, judgeChanges, type RulePolicy } from "../domain/rule.js";
import { judgeServer, type PollResult } from "../domain/server-health.js";
import type { ServerId } from "../domain/snapshot.js";
import type { Clock } from "../lib/clock.js";
import {
  findOpenAlerts,
  findOpenServerAlert,
  insertTransitions,
  keepAlerts,
  resolveAlerts,
  storeQuiet,
} from "../store/alerts.js";
import {
  findAddedSince,
  findStanding,
  findSteps,
  insertChanges,
  insertDecisions,
  lockNextUndiffed,
  markDiffed,
  type StepRow,
  type UndiffedPoll,
} from "../store/diffs.js";
import { type DueDestination, oweTransitions } from "../store/outbox.js";
import { type Database, type Db, inTransaction } from "../store/prisma.js";
import type { Probe } from "./checkpoint.js";
import { errorTransitions, type Move, serverMove } from "./diff-transitions.js";
import type { Route } from "./route.js";
import { oweSummary } from "./summary.js";

export type DiffDeps = {
  db: Database;
  clock: Clock;
  routeOf: (serverId: ServerId) => Route;
  wakeNotify: (destination: string, delayMs: number) => Promise<unknown>;
  probe: Probe;
  policy?: Policy;
};

export type Policy = { diff: DiffPolicy; rules: RulePolicy };

export const DEFAULT_POLICY: Policy = { diff: DEFAULT_DIFF_POLICY, rules: DEFAULT_RULE_POLICY };

export type DiffSummary = {
  mode: DiffMode | "no_snapshot";
  changes: number;
  transitions: number;
};

/**
 * Diffs the oldest undiffed poll of a server, by the time of that poll, so that a late diff decides like a punctual one.
 * Changes, alerts, their transitions and the deliveries they owe are one transaction. Null when all are diffed.
 */
export async function diffNext(deps: DiffDeps, serverId: ServerId): Promise<DiffSummary | null> {
  const done = await inTransaction(deps.db, async (tx) => {
    const poll = await lockNextUndiffed(tx, serverId);
    return poll === null ? null : diffPoll(tx, deps, serverId, poll);
  });
  if (done === null) return null;
  deps.probe("diff_committed");
  for (const { destination, nextAttemptAt } of done.due) {
    const delayMs = Math.max(0, nextAttemptAt.getTime() - deps.clock().getTime());
    await deps.wakeNotify(destination, delayMs); // may get lost: the sweep finds what it missed
  }
  return done.summary;
}

type Work = {
  tx: Db;
  serverId: ServerId;
  poll: UndiffedPoll;
  route: Route;
  policy: Policy;
  /** The time of the poll, by which everything is decided. */
  at: Date;
  /** From when what is owed falls due. Where the clock was set back, the time of the poll lies ahead of it. */
  owedAt: Date;
};

async function diffPoll(
  tx: Db,
  deps: DiffDeps,
  serverId: ServerId,
  poll: UndiffedPoll,
): Promise<{ summary: DiffSummary; due: DueDestination[] }> {
  const at = poll.snapshot?.takenAt ?? poll.finishedAt;
  const now = deps.clock();
  const isAhead = at > now;
  const owedAt = isAhead ? now : at;
  const policy = deps.policy ?? DEFAULT_POLICY;
  const work: Work = { tx, serverId, poll, route: deps.routeOf(serverId), policy, at, owedAt };

  const health = await diffHealth(work);
  const errors = poll.snapshot === null ? null : await diffErrors(work, poll.snapshot);
  await markDiffed(tx, {
    serverId,
    pollId: poll.pollId,
    now,
    failedPolls: health.failedPolls,
    takenAt: poll.snapshot?.takenAt ?? null,
  });
  return {
    summary: {
      mode: errors?.diff.mode ?? "no_snapshot",
      changes: errors?.diff.changes.length ?? 0,
      transitions: health.transitions + (errors?.transitions ?? 0),
    },
    due: [...health.due, ...(errors?.due ?? [])],
  };
}

/** The alert about the server itself. */
async function diffHealth(work: Work): Promise<{ failedPolls: number; transitions: number; due: DueDestination[] }> {
  const { tx, serverId, poll, at } = work;
  const openAlertId = await findOpenServerAlert(tx, serverId);
  const { failedPolls, move } = judgeServer(resultOf(poll), poll.failedPolls, openAlertId);
  if (move === null) return { failedPolls, transitions: 0, due: [] };
  const told = await serverMove(tx, { serverId, poll, at, move, failedPolls });
  if (move.kind === "resolve") await resolveAlerts(tx, [move.alertId], at);
  const due = await record(work, [told]);
  return { failedPolls, transitions: 1, due };
}

function resultOf(poll: UndiffedPoll): PollResult {
  switch (poll.outcome) {
    case "complete":
      return { kind: "complete" };
    case "abandoned":
      return { kind: "abandoned" };
    case "failed":
      if (poll.failure === null) throw new Error(`Failed poll ${poll.pollId} has no reason`);
      return { kind: "failed", reason: poll.failure, detail: poll.detail ?? "" };
    default:
      throw new Error(`Unknown poll outcome: ${poll.outcome satisfies never}`);
  }
}

async function diffErrors(
  work: Work,
  snapshot: NonNullable<UndiffedPoll["snapshot"]>,
): Promise<{ diff: SnapshotDiff; transitions: number; due: DueDestination[] }> {
  const { tx, serverId, poll, policy, at } = work;
  const rows = snapshot.unchanged ? [] : await findSteps(tx, snapshot);
  const steps = rows.map((row) => row.step);
  const span = {
    previousAt: poll.previousTakenAt,
    takenAt: snapshot.takenAt,
    serverTime: snapshot.serverTime,
    intervalMs: poll.intervalMs,
    standing: await findStanding(tx, integrationsOf(steps.filter(hasFallen)), steps),
  };
  const diff = diffSnapshot(steps, span, policy.diff);
  const judgement = judgeChanges(
    {
      mode: diff.mode,
      changes: diff.changes,
      addedRecently: await findAddedRecently(work, diff),
      openAlerts: await findOpenAlerts(tx, serverId),
      watchedMs: watchedMsOf(span, diff),
    },
    policy.rules,
  );
  await insertChanges(tx, { serverId, snapshotId: snapshot.id, at }, diff.changes);
  await insertDecisions(tx, { serverId, pollId: poll.pollId, at }, judgement.decisions);
  await keepAlerts(tx, judgement.kept, at);
  await storeQuiet(tx, judgement.quiet);

  const factsOf = new Map<ErrorId, StepRow>(rows.map((row) => [row.step.errorId, row]));
  const moves = await errorTransitions(tx, { serverId, at, judgement, factsOf });
  await resolveAlerts(
    tx,
    judgement.resolved.map(({ alertId }) => alertId),
    at,
  );
  const due = await record(work, moves);
  const told = diff.mode === "normal" ? [] : await oweSummary(work, diff, factsOf);
  return { diff, transitions: moves.length, due: [...due, ...told] };
}

/** Only where a total fell there is a restart to be told from a cleared counter. */
function hasFallen({ before, after }: ErrorStep): boolean {
  return before?.occurrences != null && after.occurrences !== null && after.occurrences < before.occurrences;
}

function integrationsOf(steps: readonly ErrorStep[]): IntegrationId[] {
  return [...new Set(steps.map((step) => step.integrationId))];
}

/** Growth within the rule's window: what is on record, and what this snapshot adds. */
async function findAddedRecently(work: Work, diff: SnapshotDiff): Promise<Map<ErrorId, number>> {
  const grown = diff.changes.filter((change) => change.added > 0);
  const since = new Date(work.at.getTime() - work.policy.rules.growing.withinMs);
  const before = await findAddedSince(
    work.tx,
    grown.map((change) => change.errorId),
    since,
  );
  return new Map(grown.map((change) => [change.errorId, (before.get(change.errorId) ?? 0) + change.added]));
}

/** How much of the time since the last good poll the server was watched: of a blind window, one interval at most. */
function watchedMsOf(span: { previousAt: Date | null; takenAt: Date; intervalMs: number }, diff: SnapshotDiff): number {
  if (span.previousAt === null) return 0;
  if (diff.blindMs !== null) return span.intervalMs;
  return span.takenAt.getTime() - span.previousAt.getTime();
}

/** Records moves of alerts, and owes each to every destination of the server's receiver. */
async function record(work: Work, moves: readonly Move[]): Promise<DueDestination[]> {
  if (moves.length === 0) return [];
  const { tx, serverId, poll, route, at, owedAt } = work;
  const ids = await insertTransitions(
    tx,
    { pollId: poll.pollId, at },
    moves.map((move) => move.transition),
  );
  const owed = moves.flatMap(({ groupKey, kind }, index) =>
    route.destinations.map((destination) => {
      const transitionId = ids[index];
      if (transitionId === undefined) throw new Error("A transition was not recorded");
      return { transitionId, receiver: route.receiver, destination, groupKey, kind };
    }),
  );
  return oweTransitions(tx, { serverId, pollId: poll.pollId, at: owedAt }, owed, route.times);
}
