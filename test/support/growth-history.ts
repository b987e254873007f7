import { DEFAULT_DIFF_POLICY, diffSnapshot, type ErrorStep, type SnapshotDiff } from "../../src/domain/diff.js";
import type { AlertId, ErrorId, IntegrationId } from "../../src/domain/ids.js";
import { judge } from "../../src/domain/judge.js";
import { firstInstants, growthCandidates, secondInstants, thirdInstants } from "../../src/domain/judge-growth.js";
import { createTotalsTable } from "../../src/domain/judge-totals.js";
import type {
  ErrorFacts,
  GrowthInput,
  Judgement,
  OpenAlert,
  OpenedAlert,
  SettledAlert,
  TotalAt,
} from "../../src/domain/judgement.js";
import type { Subject } from "../../src/domain/labels.js";
import { DEFAULT_RULES, type Rule } from "../../src/domain/rule.js";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const START = new Date("2026-01-05T00:00:00.000Z");

const ERROR = 1n as ErrorId;
const INTEGRATION = 5n as IntegrationId;
const SUBJECT: Subject = {
  server: "prod",
  integration: "VirusTotal",
  acronym: "VT",
  cause: "network",
  httpStatus: null,
};
const NONE_STANDING: ReadonlyMap<IntegrationId, number> = new Map();

/** The error as one poll sees it; null when it is not on the list. */
export type Seen = { occurrences: number | null; lastOccurredAt?: Date | null; renamed?: boolean } | null;

/** What people would have heard. */
export type Heard = { atMs: number; kind: "fired" | "resolved"; rule: string; because: string };

type State = { present: boolean; occurrences: number | null; lastOccurredAt: Date | null; observedAt: Date };

/** All that the database would hold about one error of one server. */
export type Stored = {
  previousAt: Date | null;
  firstSnapshotAt: Date;
  firstSeenAt: Date | null;
  caughtUpAt: Date | null;
  before: State | null;
  addedTotal: number;
  lastGrownAt: Date | null;
  /** The changes, by time. */
  times: number[];
  totals: number[];
  openAlerts: OpenAlert[];
  settled: SettledAlert[];
  alerts: number;
};

export type GrowthHistory = {
  readonly stored: Stored;
  readonly heard: readonly Heard[];
  /** Polls once at this time, as the live diff does. */
  poll(at: Date, seen: Seen): { diff: SnapshotDiff; judgement: Judgement };
  /** Polls each minute in which something happened, and the quiet ones wherever an open alert counts them. */
  play(counts: ReadonlyMap<number, number>, untilMs: number): void;
};

/**
 * An error of a server that is polled each minute from `START`, remembered in memory instead of in tables. `inRounds`:
 * sums are looked up in rounds, as in the live diff; else as they are asked for, which is faster and comes to the same.
 */
export function createGrowthHistory(
  spec: { rules?: readonly Rule[]; intervalMs?: number; stored?: Stored; known?: Seen; inRounds?: boolean } = {},
): GrowthHistory {
  const { rules = DEFAULT_RULES, intervalMs = MINUTE, inRounds = false } = spec;
  const stored: Stored = spec.stored ?? nothingStored();
  const heard: Heard[] = [];
  // Hashing a bigint for new maps at each poll costs more than the poll.
  const errors = new Map<ErrorId, ErrorFacts>();
  const settled = new Map<ErrorId, readonly SettledAlert[]>();

  const poll = (at: Date, seen: Seen) => {
    const step = stepOf(stored, at, seen);
    const span = { previousAt: stored.previousAt, takenAt: at, serverTime: at, intervalMs, standing: NONE_STANDING };
    const diff = diffSnapshot(step === null ? [] : [step], span, DEFAULT_DIFF_POLICY);
    errors.set(ERROR, factsOf(stored, at, diff, seen !== null));
    if (stored.settled !== settled.get(ERROR)) settled.set(ERROR, stored.settled);
    const input = inputOf(stored, at, diff, errors, settled);
    const totalAt = inRounds ? sumsInRounds(stored, input, rules) : (_: ErrorId, atMs: number) => totalOf(stored, atMs);
    const watchedMs = watchedMsOf(input, diff, intervalMs);
    const judgement = judge({ ...input, down: [], watchedMs, totalAt }, rules);
    remember(stored, at, seen, diff);
    if (saysAnything(judgement)) applyJudgement(stored, at, judgement, heard);
    return { diff, judgement };
  };

  const play = (counts: ReadonlyMap<number, number>, untilMs: number) => {
    let occurrences = stored.before?.occurrences ?? 0;
    const minutes = [...counts.keys(), untilMs].filter((ms) => ms <= untilMs).sort((one, other) => one - other);
    for (const minute of minutes) {
      skipQuiet(stored, minute - nextMs(stored, intervalMs));
      for (let ms = nextMs(stored, intervalMs); ms < minute && stored.openAlerts.length > 0; ms += intervalMs) {
        poll(new Date(ms), stored.before?.present === true ? { occurrences } : null);
      }
      // The polls in between saw nothing new and nobody counts them.
      if (stored.previousAt !== null && minute - intervalMs > stored.previousAt.getTime()) {
        stored.previousAt = new Date(minute - intervalMs);
      }
      const added = counts.get(minute) ?? 0;
      occurrences += added;
      if (added > 0 || stored.openAlerts.length > 0) poll(new Date(minute), { occurrences });
    }
  };

  if (spec.known !== undefined) poll(START, spec.known);
  return { stored, heard, poll, play };
}

function nothingStored(): Stored {
  return {
    previousAt: null,
    firstSnapshotAt: START,
    firstSeenAt: null,
    caughtUpAt: null,
    before: null,
    addedTotal: 0,
    lastGrownAt: null,
    times: [],
    totals: [],
    openAlerts: [],
    settled: [],
    alerts: 0,
  };
}

/** Quiet polls that end no alert and fire none do nothing but add up: all of them at once, when that is all there is. */
function skipQuiet(stored: Stored, quietMs: number): void {
  if (quietMs <= 0 || stored.previousAt === null) return;
  const endsNothing = stored.openAlerts.every(
    (alert) => alert.state === "firing" && alert.quietMs + quietMs < alert.resolveAfterMs,
  );
  if (!endsNothing) return;
  stored.openAlerts = stored.openAlerts.map((alert) => ({ ...alert, quietMs: alert.quietMs + quietMs }));
  stored.previousAt = new Date(stored.previousAt.getTime() + quietMs);
}

function nextMs(stored: Stored, intervalMs: number): number {
  return (stored.previousAt?.getTime() ?? START.getTime()) + intervalMs;
}

function stepOf(stored: Stored, at: Date, seen: Seen): ErrorStep | null {
  const { before } = stored;
  if (seen === null && before === null) return null;
  const after = {
    present: seen !== null,
    occurrences: seen === null ? (before?.occurrences ?? null) : seen.occurrences,
    lastOccurredAt: (seen === null ? before?.lastOccurredAt : seen.lastOccurredAt) ?? null,
  };
  return {
    errorId: ERROR,
    integrationId: INTEGRATION,
    before,
    after,
    renamed: seen?.renamed === true,
    addedTotal: stored.addedTotal,
    firstSeenAt: stored.firstSeenAt ?? at,
    lastGrownAt: stored.lastGrownAt,
  };
}

function factsOf(stored: Stored, at: Date, diff: SnapshotDiff, present: boolean): ErrorFacts {
  return {
    integrationId: INTEGRATION,
    subject: SUBJECT,
    present,
    firstSeenAt: stored.firstSeenAt ?? at,
    addedTotal: diff.changes[0]?.addedTotal ?? stored.addedTotal,
  };
}

function inputOf(
  stored: Stored,
  at: Date,
  diff: SnapshotDiff,
  errors: GrowthInput["errors"],
  settled: GrowthInput["settled"],
): GrowthInput {
  return {
    mode: diff.mode,
    at,
    overMs: stored.previousAt === null ? 0 : at.getTime() - stored.previousAt.getTime(),
    firstSnapshotAt: stored.firstSnapshotAt,
    caughtUpAt: stored.caughtUpAt,
    changes: diff.changes,
    errors,
    openAlerts: stored.openAlerts,
    settled,
  };
}

function watchedMsOf(input: GrowthInput, diff: SnapshotDiff, intervalMs: number): number {
  return diff.blindMs === null ? Math.max(0, input.overMs) : intervalMs;
}

/** The three rounds of looking up sums, as the live diff asks for them: what was not asked for is not known. */
function sumsInRounds(stored: Stored, input: GrowthInput, rules: readonly Rule[]): TotalAt {
  const table = createTotalsTable();
  const candidates = growthCandidates(input, rules);
  const first = firstInstants(candidates, input);
  for (const errorId of first.errorIds) {
    for (const atMs of first.instantsMs) table.add(errorId, atMs, totalOf(stored, atMs));
  }
  for (const round of [secondInstants, thirdInstants]) {
    for (const { errorId, instantsMs } of round(candidates, input, table.totalAt)) {
      for (const atMs of instantsMs) table.add(errorId, atMs, totalOf(stored, atMs));
    }
  }
  return table.totalAt;
}

/** The running sum of the latest change at or before an instant, 0 before the first. */
export function totalOf({ times, totals }: Stored, atMs: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : (totals[low - 1] ?? 0);
}

function remember(stored: Stored, at: Date, seen: Seen, diff: SnapshotDiff): void {
  const isFirst = stored.previousAt === null;
  stored.previousAt = at;
  if (isFirst) stored.firstSnapshotAt = at;
  if (diff.mode === "catch-up") stored.caughtUpAt = at;
  const [change] = diff.changes;
  if (seen !== null || stored.before !== null) {
    stored.firstSeenAt ??= at;
    const { before } = stored;
    const changed = change !== undefined || before === null;
    stored.before = {
      present: seen !== null,
      occurrences: seen === null ? (before?.occurrences ?? null) : seen.occurrences,
      lastOccurredAt: (seen === null ? before?.lastOccurredAt : seen.lastOccurredAt) ?? null,
      observedAt: changed ? at : before.observedAt,
    };
  }
  if (change === undefined) return;
  stored.addedTotal = change.addedTotal;
  if (change.added > 0) stored.lastGrownAt = at;
  // By time and, where a clock was set back, after those of the same time.
  let index = stored.times.length;
  while (index > 0 && (stored.times[index - 1] ?? 0) > at.getTime()) index -= 1;
  stored.times.splice(index, 0, at.getTime());
  stored.totals.splice(index, 0, change.addedTotal);
}

/** A decision alone moves no alert. */
function saysAnything({ fired, pending, held, kept, quiet, dropped, resolved }: Judgement): boolean {
  return [fired, pending, held, kept, quiet, dropped, resolved].some((list) => list.length > 0);
}

function applyJudgement(stored: Stored, at: Date, judgement: Judgement, heard: Heard[]): void {
  const atMs = at.getTime();
  const opened = (alert: OpenedAlert, state: OpenAlert["state"]): OpenAlert => ({
    id: BigInt(++stored.alerts) as AlertId,
    about: alert.about,
    rule: alert.rule,
    on: alert.on,
    state,
    severity: alert.severity,
    labels: alert.labels,
    pendingPolls: 1,
    pendingSince: at,
    quietMs: 0,
    resolveAfterMs: alert.resolveAfterMs,
    frozen: alert.frozen,
  });
  const change = (id: AlertId, moved: Partial<OpenAlert>) => {
    stored.openAlerts = stored.openAlerts.map((alert) => (alert.id === id ? { ...alert, ...moved } : alert));
  };
  for (const { alertId, resolveAfterMs } of judgement.kept) change(alertId, { quietMs: 0, resolveAfterMs });
  for (const { alertId, quietMs } of judgement.quiet) change(alertId, { quietMs });
  for (const { alertId, pendingPolls } of judgement.held) change(alertId, { pendingPolls });
  for (const { alertId } of judgement.dropped) {
    stored.openAlerts = stored.openAlerts.filter((alert) => alert.id !== alertId);
  }
  for (const { alertId, because } of judgement.resolved) {
    const over = stored.openAlerts.find((alert) => alert.id === alertId);
    if (over === undefined) throw new Error("An alert was resolved that is not open");
    const { on, rule, severity, labels } = over;
    stored.openAlerts = stored.openAlerts.filter((alert) => alert !== over);
    stored.settled = [
      ...stored.settled.filter((one) => one.rule !== rule),
      { on, rule, severity, labels, addedTotal: stored.addedTotal },
    ];
    heard.push({ atMs, kind: "resolved", rule, because });
  }
  for (const alert of judgement.pending) stored.openAlerts = [...stored.openAlerts, opened(alert, "pending")];
  for (const alert of judgement.fired) {
    const { alertId, rule, because, resolveAfterMs } = alert;
    if (alertId === null) stored.openAlerts = [...stored.openAlerts, opened(alert, "firing")];
    else change(alertId, { state: "firing", quietMs: 0, resolveAfterMs });
    heard.push({ atMs, kind: "fired", rule, because });
  }
}
