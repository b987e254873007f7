import { describe, expect, test } from "vitest";
import type { ErrorId } from "../../src/domain/ids.js";
import type { Silence, SilenceEnd, SilenceId } from "../../src/domain/silence.js";
import {
  type HiddenError,
  type HiddenErrorFacts,
  judgeSilence,
  type SilenceEvidence,
} from "../../src/domain/silence-end.js";

const START = new Date("2026-03-02T08:00:00Z");
const END = new Date("2026-03-03T08:00:00Z");
const NOON = new Date("2026-03-02T12:00:00Z");
const NEVER: SilenceEnd = { unmatchedPolls: null, countDoubles: false, httpStatusChanges: false, textChanges: false };
const ALWAYS: SilenceEnd = { unmatchedPolls: 3, countDoubles: true, httpStatusChanges: true, textChanges: true };

const SILENCE: Silence = {
  id: 1n as SilenceId,
  matchers: [],
  startsAt: START,
  endsAt: END,
  author: "Ada",
  reason: "New key on Monday",
  endsWhen: ALWAYS,
};

function aHidden(id: bigint, now: Partial<HiddenErrorFacts> = {}, first: Partial<HiddenErrorFacts> = {}): HiddenError {
  const was = { count: 100, httpStatus: 401, textDigest: "a", ...first };
  return { errorId: id as ErrorId, first: was, now: { ...was, ...now } };
}

function judge(endsWhen: Partial<SilenceEnd>, evidence: Partial<SilenceEvidence>, at = NOON) {
  const silence = { ...SILENCE, endsWhen: { ...NEVER, ...endsWhen } };
  return judgeSilence(silence, { unmatchedPolls: 0, hidden: [], ...evidence }, at);
}

describe("a silence ends by itself", () => {
  test.each([
    {
      name: "after as many polls without a match as it allows",
      endsWhen: { unmatchedPolls: 3 },
      evidence: { unmatchedPolls: 3 },
      because: "Nothing matched it at 3 good polls in a row; the limit is 3",
    },
    {
      name: "after the only poll that it allows",
      endsWhen: { unmatchedPolls: 1 },
      evidence: { unmatchedPolls: 1 },
      because: "Nothing matched it at 1 good poll; the limit is 1",
    },
    {
      name: "when its one error doubled",
      endsWhen: { countDoubles: true },
      evidence: { hidden: [aHidden(7n, { count: 200 })] },
      because: "The error that it hides has at least doubled, from 100 to 200",
    },
    {
      name: "when one that had never occurred did so twice",
      endsWhen: { countDoubles: true },
      evidence: { hidden: [aHidden(7n, { count: 2 }, { count: 0 })] },
      because: "The error that it hides has at least doubled, from 0 to 2",
    },
    {
      name: "when some of its errors doubled",
      endsWhen: { countDoubles: true },
      evidence: { hidden: [aHidden(6n, { count: 199 }), aHidden(7n, { count: 340 }), aHidden(8n, { count: 1000 })] },
      because: "2 of the 3 errors that it hides have at least doubled, one of them from 100 to 340",
    },
    {
      name: "when the HTTP status of one changed",
      endsWhen: { httpStatusChanges: true },
      evidence: { hidden: [aHidden(6n), aHidden(7n, { httpStatus: 503 })] },
      because: "1 of the 2 errors that it hides has another HTTP status, 503 instead of 401",
    },
    {
      name: "when the text of its error changed",
      endsWhen: { textChanges: true },
      evidence: { hidden: [aHidden(7n, { textDigest: "b" })] },
      because: "The error that it hides has another text",
    },
  ])("$name", ({ endsWhen, evidence, because }) => {
    const errorId = "hidden" in evidence ? 7n : null;
    expect(judge(endsWhen, evidence)).toMatchObject({ ends: true, errorId, because });
  });

  test("for the first reason in the order of the list, where several hold", () => {
    const hidden = [aHidden(7n, { count: 500, httpStatus: 503, textDigest: "b" })];
    const endedBy = (endsWhen: SilenceEnd) => judge(endsWhen, { unmatchedPolls: 3, hidden });
    expect(endedBy(ALWAYS)).toMatchObject({ endedBy: "unmatched" });
    expect(endedBy({ ...ALWAYS, unmatchedPolls: null })).toMatchObject({ endedBy: "count_doubled" });
    expect(endedBy({ ...ALWAYS, unmatchedPolls: null, countDoubles: false })).toMatchObject({
      endedBy: "http_status_changed",
    });
    expect(endedBy({ ...NEVER, textChanges: true })).toMatchObject({ endedBy: "text_changed" });
  });
});

describe("a silence goes on", () => {
  const changed = [aHidden(7n, { count: 500, httpStatus: 503, textDigest: "b" })];

  test.each<{ name: string; endsWhen: SilenceEnd; evidence: Partial<SilenceEvidence>; at?: Date }>([
    {
      name: "when it was told to end for nothing",
      endsWhen: NEVER,
      evidence: { unmatchedPolls: 999, hidden: changed },
    },
    { name: "one poll before its limit", endsWhen: ALWAYS, evidence: { unmatchedPolls: 2 } },
    { name: "below twice the count", endsWhen: ALWAYS, evidence: { hidden: [aHidden(7n, { count: 199 })] } },
    {
      name: "at the first occurrence",
      endsWhen: ALWAYS,
      evidence: { hidden: [aHidden(7n, { count: 1 }, { count: 0 })] },
    },
    {
      name: "over a count unknown at first",
      endsWhen: ALWAYS,
      evidence: { hidden: [aHidden(7n, { count: 9 }, { count: null })] },
    },
    { name: "over a count unknown by now", endsWhen: ALWAYS, evidence: { hidden: [aHidden(7n, { count: null })] } },
    {
      name: "when a status appears",
      endsWhen: ALWAYS,
      evidence: { hidden: [aHidden(7n, { httpStatus: 500 }, { httpStatus: null })] },
    },
    { name: "when a status is left out", endsWhen: ALWAYS, evidence: { hidden: [aHidden(7n, { httpStatus: null })] } },
    {
      name: "before it has begun",
      endsWhen: ALWAYS,
      evidence: { unmatchedPolls: 3, hidden: changed },
      at: new Date(START.getTime() - 1),
    },
    {
      name: "without a reason when its time is over",
      endsWhen: ALWAYS,
      evidence: { unmatchedPolls: 3, hidden: changed },
      at: END,
    },
  ])("$name", ({ endsWhen, evidence, at }) => {
    expect(judge(endsWhen, evidence, at)).toEqual({ ends: false });
  });
});
