import type { ChangeKind } from "./change.js";
import { type AddedBecause, addedBetween, type GrowthNote, restartedIntegrations } from "./growth.js";
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
  const changes = steps.flatMap((step) => {
    const change = changeOf(step, span, policy);
    if (change === null) return [];
    return [{ ...change, overMs: gapMs, blindMs, restarted: restarted.has(step.integrationId) }];
  });
  return { mode, blindMs, changes };
}

function changeOf(
  step: ErrorStep,
  span: SnapshotSpan,
  policy: DiffPolicy,
): Omit<Change, "overMs" | "blindMs" | "restarted"> | null {
  const { before, after } = step;
  const common = {
    errorId: step.errorId,
    integrationId: step.integrationId,
    occurrencesBefore: before?.occurrences ?? null,
    occurrencesAfter: after.occurrences,
    silentMs: null,
  };
  if (!after.present) {
    if (!before?.present) return null;
    return { ...common, kind: "gone", added: 0, addedBecause: "nothing_moved", addedTotal: step.addedTotal, notes: [] };
  }
  const { added, because, notes } = addedBetween(before, after, span.serverTime ?? span.takenAt);
  const grown = { ...common, added, addedBecause: because, addedTotal: step.addedTotal + added, notes };
  if (before === null) return { ...grown, kind: "new" };
  if (!before.present) {
    return { ...grown, kind: "returned", silentMs: span.takenAt.getTime() - before.observedAt.getTime() };
  }
  if (added === 0) return null;
  // A counter that starts anew, under a new id or not, tells of a restart, not of a problem that is back.
  const silentMs = because === "counter_reset" || step.renamed ? 0 : silenceMs(step, before, span.takenAt);
  if (silentMs >= policy.silentMsMin) return { ...grown, kind: "returned", silentMs };
  return { ...grown, kind: "growing" };
}

/** How long nothing had happened, by the latest sign of life that we or the server have on record. */
function silenceMs(step: ErrorStep, before: ErrorState, takenAt: Date): number {
  const signs = [before.lastOccurredAt ?? step.firstSeenAt, step.lastGrownAt]
    .filter((sign) => sign !== null)
    .map((sign) => sign.getTime());
  return takenAt.getTime() - Math.max(...signs);
}
