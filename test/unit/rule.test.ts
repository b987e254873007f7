import { describe, expect, test } from "vitest";
import type { Change } from "../../src/domain/diff.js";
import type { AlertId, ErrorId, IntegrationId } from "../../src/domain/ids.js";
import { DEFAULT_RULE_POLICY, type JudgeInput, judgeChanges, type OpenAlert } from "../../src/domain/rule.js";

const MINUTE = 60_000;
const ERROR = 1n as ErrorId;

function aChange(spec: Partial<Change> = {}): Change {
  return {
    kind: "growing",
    errorId: ERROR,
    integrationId: 5n as IntegrationId,
    added: 3,
    addedBecause: "total_rose",
    addedTotal: 20,
    occurrencesBefore: 17,
    occurrencesAfter: 20,
    overMs: MINUTE,
    blindMs: null,
    restarted: false,
    silentMs: null,
    notes: [],
    ...spec,
  };
}

function anOpenAlert(spec: Partial<OpenAlert> = {}): OpenAlert {
  return { id: 9n as AlertId, errorId: ERROR, rule: "new", quietMs: 0, errorPresent: true, ...spec };
}

function judge(input: Partial<JudgeInput>) {
  const quiet: JudgeInput = {
    mode: "normal",
    changes: [],
    addedRecently: new Map(),
    openAlerts: [],
    watchedMs: MINUTE,
  };
  return judgeChanges({ ...quiet, ...input }, DEFAULT_RULE_POLICY);
}

describe("what fires", () => {
  test("an error never seen before fires at once", () => {
    const { fired } = judge({ changes: [aChange({ kind: "new", added: 1 })] });
    expect(fired).toMatchObject([
      { rule: "new", because: "It was never seen before", added: { count: 1, overMs: MINUTE } },
    ]);
  });

  test("growth fires at ten within 15 minutes, counted over several polls", () => {
    const changes = [aChange({ added: 3 })];
    expect(judge({ changes, addedRecently: new Map([[ERROR, 9]]) }).fired).toEqual([]);
    const { fired } = judge({ changes, addedRecently: new Map([[ERROR, 10]]) });
    expect(fired).toMatchObject([
      {
        rule: "growing",
        added: { count: 10, overMs: 15 * MINUTE },
        because: "It grew by 10 within 15 min; the limit is 10",
      },
    ]);
  });

  test("growth that just misses the limit leaves a decision with its numbers, and less leaves none", () => {
    const changes = [aChange()];
    expect(judge({ changes, addedRecently: new Map([[ERROR, 6]]) }).decisions).toEqual([
      {
        errorId: ERROR,
        rule: "growing",
        verdict: "missed",
        because: "It grew by 6 within 15 min, less than 10",
        inputs: { added: 6, added_min: 10, within_ms: 15 * MINUTE },
      },
    ]);
    expect(judge({ changes, addedRecently: new Map([[ERROR, 5]]) }).decisions).toEqual([]);
  });

  test("what was away for long has returned, and what flickered has not", () => {
    const back = (awayMs: number) =>
      judge({ changes: [aChange({ kind: "returned", added: 1, silentMs: awayMs })] }).fired;
    expect(back(15 * MINUTE)).toMatchObject([{ rule: "returned", because: "It is back after 15 min" }]);
    expect(back(14 * MINUTE)).toEqual([]);
  });

  test("what flickered and came back strongly fires as growing", () => {
    const changes = [aChange({ kind: "returned", added: 12, silentMs: MINUTE })];
    expect(judge({ changes, addedRecently: new Map([[ERROR, 12]]) }).fired).toMatchObject([{ rule: "growing" }]);
  });

  test("an error that is gone fires nothing and resolves nothing at once", () => {
    const judged = judge({ changes: [aChange({ kind: "gone", added: 0 })], openAlerts: [anOpenAlert()] });
    expect([judged.fired, judged.resolved]).toEqual([[], []]);
    expect(judged.quiet).toEqual([{ alertId: 9n, quietMs: MINUTE }]);
  });

  test("growth under an open alert keeps it firing and raises no second one", () => {
    const judged = judge({
      changes: [aChange({ added: 50 })],
      addedRecently: new Map([[ERROR, 500]]),
      openAlerts: [anOpenAlert({ quietMs: 20 * MINUTE })],
    });
    expect([judged.fired, judged.kept, judged.quiet]).toEqual([[], [9n], []]);
    expect(judged.decisions).toMatchObject([{ verdict: "kept" }]);
  });

  test.each(["baseline", "catch-up"] as const)(
    "in a %s nothing fires, and each decision held back says why",
    (mode) => {
      const judged = judge({ mode, changes: [aChange({ kind: "new" })] });
      expect(judged.fired).toEqual([]);
      expect(judged.decisions).toMatchObject([{ verdict: "held_back" }]);
    },
  );
});

describe("what is over", () => {
  test("an alert is resolved when it was quiet for 30 minutes of watching, and not before", () => {
    expect(judge({ openAlerts: [anOpenAlert({ quietMs: 28 * MINUTE })] }).resolved).toEqual([]);
    const { resolved } = judge({ openAlerts: [anOpenAlert({ quietMs: 29 * MINUTE })] });
    expect(resolved).toEqual([{ alertId: 9n, because: "It has not grown for 30 min of watching" }]);
  });

  test("time in which nobody was looking proves no quiet", () => {
    const judged = judge({ openAlerts: [anOpenAlert({ quietMs: 29 * MINUTE })], watchedMs: 0 });
    expect(judged.resolved).toEqual([]);
  });
});
