import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EndedAlert, type ErrorMoves, sortMoves } from "../../src/domain/digest-moves.js";
import { reportPolling, summarizePolling, type WindowPolls } from "../../src/domain/digest-polling.js";
import type { AlertId, ErrorId } from "../../src/domain/ids.js";

const error = (id: number) => BigInt(id) as ErrorId;

function moves(id: number, spec: Partial<ErrorMoves> = {}): ErrorMoves {
  const still = { isNew: false, isReturned: false, wasNewBefore: false, wasReturnedBefore: false };
  return { errorId: error(id), added: 0, addedBefore: 0, ...still, ...spec };
}

function ended(alertId: number, spec: Partial<EndedAlert> & { errorId?: ErrorId | null } = {}): EndedAlert {
  const errorId = spec.errorId ?? null;
  return {
    alertId: BigInt(alertId) as AlertId,
    subject: errorId === null ? "server/prod" : `error/${errorId}`,
    errorId,
    endedAt: new Date(2026, 2, 2, 0, alertId),
    isPresent: errorId !== null,
    hasGrownSince: false,
    isOpenAgain: false,
    ...spec,
  };
}

describe("the sections of a digest", () => {
  test("show what was added most first, new and returned apart from what only grew", () => {
    const sorted = sortMoves(
      [
        moves(1, { added: 5 }),
        moves(2, { added: 50 }),
        moves(3, { isNew: true, added: 7 }),
        moves(4, { isReturned: true, added: 9 }),
        moves(5, { addedBefore: 99 }),
      ],
      [],
    );
    expect(sorted.new.map(({ errorId }) => errorId)).toEqual([error(4), error(3)]);
    expect(sorted.growing.map(({ errorId }) => errorId)).toEqual([error(2), error(1)]);
    expect(sorted.now).toEqual({ new: 1, returned: 1, grown: 2, added: 71 });
    expect(sorted.before).toEqual({ new: 0, returned: 0, grown: 1, added: 99 });
  });

  test("call calmed what is still there, resolved what is not, the latest first", () => {
    const { calmed, resolved } = sortMoves(
      [],
      [
        ended(1, { errorId: error(1) }),
        ended(2, { errorId: error(2) }),
        ended(3, { errorId: error(3), isPresent: false }),
        ended(4),
      ],
    );
    expect(calmed.map(({ errorId }) => errorId)).toEqual([error(2), error(1)]);
    expect(resolved.map(({ alertId }) => alertId)).toEqual([4n, 3n]);
  });

  test("leave out an end that was none: what fires again, and what grew afterwards", () => {
    const sorted = sortMoves(
      [moves(1, { added: 3 }), moves(2, { added: 4 })],
      [ended(1, { errorId: error(1), isOpenAgain: true }), ended(2, { errorId: error(2), hasGrownSince: true })],
    );
    expect([sorted.calmed, sorted.resolved]).toEqual([[], []]);
    expect(sorted.growing).toHaveLength(2);
  });

  test("say of what is new how it ended already", () => {
    const sorted = sortMoves([moves(1, { isNew: true })], [ended(1, { errorId: error(1), isPresent: false })]);
    expect(sorted.new).toMatchObject([{ errorId: error(1), ending: "resolved" }]);
    expect(sorted.resolved).toEqual([]);
  });

  /** Guards against an error that is told as two things at once, or not at all. */
  test("have each error that did anything once", () => {
    const flags = fc.record({ isNew: fc.boolean(), isReturned: fc.boolean(), added: fc.integer({ min: 0, max: 9 }) });
    const endings = fc.array(
      fc.record({
        id: fc.integer({ min: 1, max: 8 }),
        isPresent: fc.boolean(),
        hasGrownSince: fc.boolean(),
        isOpenAgain: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(fc.array(flags, { maxLength: 8 }), endings, (specs, ends) => {
        const all = specs.map((spec, index) => moves(index + 1, spec));
        const sorted = sortMoves(
          all,
          ends.map(({ id, ...spec }, index) => ended(index, { errorId: error(id), ...spec })),
        );
        const places = [sorted.new, sorted.growing, sorted.calmed, sorted.resolved].flatMap((section) =>
          section.map(({ errorId }) => errorId),
        );
        expect(new Set(places).size).toBe(places.length);
        for (const { errorId, isNew, isReturned, added } of all) {
          if (isNew || isReturned || added > 0) expect(places).toContain(errorId);
        }
      }),
    );
  });
});

const FROM = new Date("2026-03-01T08:00:00.000Z");
const UNTIL = new Date("2026-03-01T09:00:00.000Z");
const MINUTE = 60_000;
const minute = (count: number) => FROM.getTime() + count * MINUTE;

function polls(spec: Partial<WindowPolls> = {}): WindowPolls {
  const goodMs = Array.from({ length: 60 }, (_, index) => minute(index + 1));
  const before = new Date(minute(0));
  return {
    server: "prod",
    intervalMs: MINUTE,
    watchedSince: new Date(0),
    lastGoodBeforeAt: before,
    goodMs,
    failures: [],
    ...spec,
  };
}

const reportOf = (spec: Partial<WindowPolls>) => reportPolling(polls(spec), { fromAt: FROM, untilAt: UNTIL });

describe("the completeness of polling", () => {
  const all = polls().goodMs;

  test.for([
    ["all polls were good", {}, { expected: 60, good: 60, blind: { windows: 0, ms: 0, longestMs: 0 } }],
    [
      "some failed in between",
      { goodMs: all.filter((ms) => ms <= minute(10) || ms > minute(20)) },
      { expected: 60, good: 50, blind: { windows: 1, ms: 11 * MINUTE, longestMs: 11 * MINUTE } },
    ],
    [
      "it was down at the end",
      { goodMs: all.filter((ms) => ms <= minute(50)) },
      { good: 50, blind: { windows: 1, ms: 10 * MINUTE, longestMs: 10 * MINUTE } },
    ],
    [
      "it had been down before",
      { lastGoodBeforeAt: new Date(minute(-30)), goodMs: all.filter((ms) => ms >= minute(5)) },
      { good: 56, blind: { windows: 1, ms: 5 * MINUTE, longestMs: 5 * MINUTE } },
    ],
    [
      "nothing was read",
      { lastGoodBeforeAt: null, goodMs: [] },
      { good: 0, blind: { windows: 1, ms: 60 * MINUTE, longestMs: 60 * MINUTE } },
    ],
    [
      "it is watched since the middle",
      { watchedSince: new Date(minute(30)), lastGoodBeforeAt: null, goodMs: all.filter((ms) => ms > minute(30)) },
      { expected: 30, good: 30, blind: { windows: 0, ms: 0, longestMs: 0 } },
    ],
    [
      "it is watched only afterwards",
      { watchedSince: new Date(minute(90)), lastGoodBeforeAt: null, goodMs: [] },
      { expected: 0, good: 0, blind: { windows: 0, ms: 0, longestMs: 0 } },
    ],
  ] as const)("is told right when %s", ([, spec, expected]) => {
    expect(reportOf(spec)).toMatchObject(expected);
  });

  test("names the servers that were least watched first, and counts the others", () => {
    const window = { fromAt: FROM, untilAt: UNTIL };
    const blindFor = (server: string, minutes: number) =>
      reportPolling(polls({ server, goodMs: all.filter((ms) => ms > minute(minutes)) }), window);
    const reports = Array.from({ length: 14 }, (_, index) => blindFor(`s${index}`, index));
    const summary = summarizePolling(reports);
    expect(summary).toMatchObject({ servers: 14, complete: 1, good: 14 * 60 - 91 });
    expect(summary.worst.map(({ server }) => server)).toEqual(
      Array.from({ length: 10 }, (_, index) => `s${13 - index}`),
    );
  });
});
