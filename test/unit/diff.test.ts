import { describe, expect, test } from "vitest";
import { DEFAULT_DIFF_POLICY, diffSnapshot, type ErrorStep, type SnapshotSpan } from "../../src/domain/diff.js";
import type { ErrorId, IntegrationId } from "../../src/domain/ids.js";

const MINUTE = 60_000;
const DAY = 86_400_000;
const NOON = new Date("2026-03-01T12:00:00Z");
const ago = (ms: number) => new Date(NOON.getTime() - ms);

const SPAN: SnapshotSpan = {
  previousAt: ago(MINUTE),
  takenAt: NOON,
  serverTime: NOON,
  intervalMs: MINUTE,
  standing: new Map(),
};

let nextId = 1n;
type State = { present?: boolean; occurrences?: number | null; lastOccurredAt?: Date | null };

function aStep(was: (State & { observedAt?: Date }) | null, is: State, spec: Partial<ErrorStep> = {}): ErrorStep {
  const plain = { present: true, occurrences: 10, lastOccurredAt: null };
  return {
    errorId: nextId++ as ErrorId,
    integrationId: 1n as IntegrationId,
    before: was === null ? null : { ...plain, observedAt: ago(MINUTE), ...was },
    after: { ...plain, ...is },
    renamed: false,
    addedTotal: 100,
    firstSeenAt: ago(30 * DAY),
    lastGrownAt: ago(MINUTE),
    ...spec,
  };
}

function diff(steps: readonly ErrorStep[], span: Partial<SnapshotSpan> = {}) {
  return diffSnapshot(steps, { ...SPAN, ...span }, DEFAULT_DIFF_POLICY);
}

describe("what changed between two snapshots", () => {
  test("the first snapshot is the baseline, in which nothing is new", () => {
    expect(diff([aStep(null, {})], { previousAt: null })).toEqual({ mode: "baseline", blindMs: null, changes: [] });
  });

  test("an error that stood still has not changed", () => {
    expect(diff([aStep({}, {})]).changes).toEqual([]);
  });

  test("an error never seen before is new, and all that it shows was added", () => {
    const { changes } = diff([aStep(null, { occurrences: 4 }, { addedTotal: 0 })]);
    expect(changes).toMatchObject([
      { kind: "new", added: 4, addedTotal: 4, occurrencesBefore: null, occurrencesAfter: 4 },
    ]);
  });

  test("a total that rose is growth by the difference", () => {
    const { changes } = diff([aStep({ occurrences: 10 }, { occurrences: 17 })]);
    expect(changes).toMatchObject([{ kind: "growing", added: 7, addedTotal: 107, addedBecause: "total_rose" }]);
  });

  test("a total that fell was reset, and what it shows was added since", () => {
    const { changes } = diff([aStep({ occurrences: 10 }, { occurrences: 3 })]);
    expect(changes).toMatchObject([{ kind: "growing", added: 3, addedBecause: "counter_reset" }]);
  });

  test("an error that left the list is gone, with nothing added", () => {
    const { changes } = diff([aStep({}, { present: false })]);
    expect(changes).toMatchObject([{ kind: "gone", added: 0, addedTotal: 100 }]);
  });

  test("an error that came back has returned after the time it was away", () => {
    const { changes } = diff([aStep({ present: false, observedAt: ago(DAY) }, { occurrences: 11 })]);
    expect(changes).toMatchObject([{ kind: "returned", added: 1, silentMs: DAY }]);
  });

  test("an error that is still gone has not changed", () => {
    expect(diff([aStep({ present: false }, { present: false })]).changes).toEqual([]);
  });

  test("growth after a week of silence is a return, by the latest sign of life on record", () => {
    const silent = { lastOccurredAt: ago(14 * DAY) };
    const grows = { occurrences: 11, lastOccurredAt: ago(MINUTE) };
    const kindOf = (step: ErrorStep) => diff([step]).changes.map((change) => [change.kind, change.silentMs]);
    expect(kindOf(aStep(silent, grows, { lastGrownAt: null }))).toEqual([["returned", 14 * DAY]]);
    expect(kindOf(aStep(silent, grows, { lastGrownAt: ago(DAY) }))).toEqual([["growing", null]]);
    expect(kindOf(aStep({ lastOccurredAt: ago(6 * DAY) }, grows, { lastGrownAt: null }))).toEqual([["growing", null]]);
  });

  test("a counter reset after long silence is no return: a restart is not the problem", () => {
    const silent = { occurrences: 40, lastOccurredAt: ago(14 * DAY) };
    const [change] = diff([aStep(silent, { occurrences: 1, lastOccurredAt: NOON }, { lastGrownAt: null })]).changes;
    expect(change).toMatchObject({ kind: "growing", added: 1, silentMs: null });
    const renamed = { lastGrownAt: null, renamed: true };
    const [other] = diff([
      aStep({ ...silent, occurrences: 1 }, { occurrences: 1, lastOccurredAt: NOON }, renamed),
    ]).changes;
    expect(other).toMatchObject({ kind: "growing", addedBecause: "time_moved", silentMs: null });
  });

  test("when most totals of an integration fell, its changes say that it restarted", () => {
    const restarted = { integrationId: 2n as IntegrationId };
    const { changes } = diff([
      aStep({ occurrences: 9 }, { occurrences: 1 }, restarted),
      aStep({ occurrences: 8 }, { occurrences: 2 }, restarted),
      aStep({ occurrences: 8 }, { occurrences: 9 }),
    ]);
    expect(changes.map((change) => change.restarted)).toEqual([true, true, false]);
  });
});

describe("time in which nobody was looking", () => {
  const grown = () => [aStep({ occurrences: 10 }, { occurrences: 11 })];

  test("a punctual poll has no blind window", () => {
    expect(diff(grown()).changes).toMatchObject([{ overMs: MINUTE, blindMs: null }]);
  });

  test("a missed poll makes a blind window, and every change found after it says so", () => {
    const found = diff(grown(), { previousAt: ago(2 * MINUTE) });
    expect(found.mode).toBe("normal");
    expect(found.changes).toMatchObject([{ overMs: 2 * MINUTE, blindMs: 2 * MINUTE }]);
  });

  test("more than ten missed intervals are caught up with in one summary", () => {
    expect(diff(grown(), { previousAt: ago(10 * MINUTE) }).mode).toBe("normal");
    expect(diff(grown(), { previousAt: ago(11 * MINUTE) })).toMatchObject({
      mode: "catch-up",
      blindMs: 11 * MINUTE,
    });
  });
});
