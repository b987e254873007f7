import type { ChangeKind } from "./change.js";
import { type Added, type AddedBecause, addedBetween, type GrowthNote, restartedIntegrations } from "./growth.js";
import type { ErrorId, IntegrationId } from "./ids.js";

/** An error as one snapshot showed it, or did not. */
type ErrorState = { present: boolean; occurrences: number | null; lastOccurredAt: Date | null };

/** An error that differs between two consecutive snapshots, with what is on record about it. */
export type ErrorStep = {
  errorId: ErrorId;
  integrationId: IntegrationId;
  /** Null when it was never seen before. */
  before: (ErrorState & { observedAt: Date }) | null;
  after: ErrorState;
  /** Whether the server shows it under another id than before, as after a restart. */
  renamed: boolean;
  addedTotal: number;
  firstSeenAt: Date;
  lastGrownAt: Date | null;
};

export type Change = {
  kind: ChangeKind;
  errorId: ErrorId;
  integrationId: IntegrationId;
  added: number;
  addedBecause: AddedBecause;
  /** The running sum of what was added since the error was first seen, this change included. */
  addedTotal: number;
  occurrencesBefore: number | null;
  occurrencesAfter: number | null;
  /** Between which two good polls it happened. */
  overMs: number;
  /** How long nobody was looking before it was found; null when the server was watched all along. */
  blindMs: number | null;
  /** Whether its integration restarted meanwhile, as far as falling totals tell. */
  restarted: boolean;
  /** How long it had been away or silent; null unless it returned. */
  silentMs: number | null;
  notes: readonly GrowthNote[];
};

/** `baseline`: the first look. `catch-up`: the first look after nobody was looking for long. */
export type DiffMode = "baseline" | "catch-up" | "normal";

export type DiffPolicy = {
  /** A gap of more than this many intervals between two good polls is a blind window... */
  blindIntervals: number;
  /** ...and one of more than this many is caught up with by one summary instead of alerts. */
  catchUpIntervals: number;
  /** An error that grows again after this long has returned, although it was never off the list. */
  silentMsMin: number;
};

export const DEFAULT_DIFF_POLICY: DiffPolicy = {
  blindIntervals: 1.5,
  catchUpIntervals: 10,
  silentMsMin: 7 * 86_400_000,
};

export type SnapshotSpan = {
  /** When the snapshot before was taken; null for the first. */
  previousAt: Date | null;
  takenAt: Date;
  /** The server's own clock at the read, with which its times are compared. */
  serverTime: Date | null;
  intervalMs: number;
  /** How many known totals of each integration are not among the steps, because nothing about their errors differs. */
  standing: ReadonlyMap<IntegrationId, number>;
};

export type SnapshotDiff = { mode: DiffMode; blindMs: number | null; changes: readonly Change[] };

/**
 * What changed between two consecutive snapshots of a server, error by error. The first snapshot changes nothing: it is
 * what later ones are compared with. An error whose total and time stood still has not changed.
 */
export function diffSnapshot(steps: readonly ErrorStep[], span: SnapshotSpan, policy: DiffPolicy): SnapshotDiff {
  if (span.previousAt === null) return { mode: "baseline", blindMs: null, changes: [] };
  const gapMs = span.takenAt.getTime() - span.previousAt.getTime();
  const blindMs = gapMs > policy.blindIntervals * span.intervalMs ? gapMs : null;
  const mode = gapMs > policy.catchUpIntervals * span.intervalMs ? "catch-up" : "normal";

  const restarted = restartedIntegrations(
    steps.flatMap(({ integrationId, before, after }) =>
      before?.present && after.present ? [{ integrationId, before, after }] : [],
    ),
    span.standing,
  );
  const found = { overMs: gapMs, blindMs, restarted };
  const changes: Change[] = [];
  for (const step of steps) {
    const change = changeOf(step, span, policy, found);
    if (change !== null) changes.push(change);
  }
  return { mode, blindMs, changes };
}

/** What holds for every change of a snapshot. */
type Found = { overMs: number; blindMs: number | null; restarted: ReadonlySet<IntegrationId> };

function changeOf(step: ErrorStep, span: SnapshotSpan, policy: DiffPolicy, found: Found): Change | null {
  const { before, after } = step;
  if (!after.present) {
    if (!before?.present) return null;
    return asChange(step, "gone", { added: 0, because: "nothing_moved", notes: [] }, null, found);
  }
  const growth = addedBetween(before, after, span.serverTime ?? span.takenAt);
  if (before === null) return asChange(step, "new", growth, null, found);
  if (!before.present) {
    return asChange(step, "returned", growth, span.takenAt.getTime() - before.observedAt.getTime(), found);
  }
  if (growth.added === 0) return null;
  // A counter that starts anew, under a new id or not, tells of a restart, not of a problem that is back.
  const silentMs = growth.because === "counter_reset" || step.renamed ? 0 : silenceMs(step, before, span.takenAt);
  return silentMs >= policy.silentMsMin
    ? asChange(step, "returned", growth, silentMs, found)
    : asChange(step, "growing", growth, null, found);
}

/** Every field by its name: with a hundred thousand errors, copying objects into objects is most of the work. */
function asChange(
  { errorId, integrationId, before, after, addedTotal }: ErrorStep,
  kind: ChangeKind,
  { added, because, notes }: Added,
  silentMs: number | null,
  { overMs, blindMs, restarted }: Found,
): Change {
  return {
    kind,
    errorId,
    integrationId,
    added,
    addedBecause: because,
    addedTotal: addedTotal + added,
    occurrencesBefore: before?.occurrences ?? null,
    occurrencesAfter: after.occurrences,
    overMs,
    blindMs,
    restarted: restarted.has(integrationId),
    silentMs,
    notes,
  };
}

/** How long nothing had happened, by the latest sign of life that we or the server have on record. */
function silenceMs(step: ErrorStep, before: ErrorState, takenAt: Date): number {
  const signs = [before.lastOccurredAt ?? step.firstSeenAt, step.lastGrownAt]
    .filter((sign) => sign !== null)
    .map((sign) => sign.getTime());
  return takenAt.getTime() - Math.max(...signs);
}
