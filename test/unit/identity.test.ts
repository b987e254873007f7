import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type KnownError, matchErrors, type SeenError } from "../../src/domain/identity.js";
import type { ErrorId } from "../../src/domain/ids.js";

let nextId = 1n;

function aKnownError(spec: Partial<KnownError> = {}): KnownError {
  return {
    id: nextId++ as ErrorId,
    integrationPolarityId: "virustotal",
    polarityId: "a1",
    fingerprint: "refused",
    textDigest: "text of refused",
    occurrences: 40,
    lastOccurredAt: null,
    present: true,
    ...spec,
  };
}

function aSeenError(
  spec: { id?: string; integration?: string; fingerprint?: string; text?: string; occurrences?: number | null } = {},
): SeenError {
  const fingerprint = spec.fingerprint ?? "refused";
  return {
    fingerprint,
    textDigest: spec.text ?? `text of ${fingerprint}`,
    read: {
      polarityId: spec.id ?? "a1",
      integrationPolarityId: spec.integration ?? "virustotal",
      occurrences: spec.occurrences === undefined ? 41 : spec.occurrences,
      lastOccurredAt: null,
    },
  };
}

describe("which error is which", () => {
  test("an id with the same fingerprint is the same error", () => {
    const [known, seen] = [aKnownError(), aSeenError()];
    expect(matchErrors([known], [seen])).toEqual({ same: [{ known, seen }], fresh: [], missing: [] });
  });

  test("an unknown id whose fingerprint is missing from the read is that error under a new id", () => {
    const [known, seen] = [aKnownError(), aSeenError({ id: "b7", occurrences: 2 })];
    expect(matchErrors([known], [seen])).toEqual({ same: [{ known, seen }], fresh: [], missing: [] });
  });

  test("an unknown id whose fingerprint is still listed under its own id is a new error", () => {
    const known = aKnownError();
    const [still, other] = [aSeenError(), aSeenError({ id: "b7" })];
    const matching = matchErrors([known], [other, still]);
    expect(matching.same).toEqual([{ known, seen: still }]);
    expect(matching.fresh).toEqual([other]);
  });

  test("a text that changes under one id while the count goes on is the same error", () => {
    const [known, seen] = [aKnownError(), aSeenError({ fingerprint: "timeout", occurrences: 41 })];
    expect(matchErrors([known], [seen]).same).toEqual([{ known, seen }]);
  });

  test("another text and a lower count under a reused id is a new error, and the old one is missing", () => {
    const [known, seen] = [aKnownError({ occurrences: 40 }), aSeenError({ fingerprint: "quota", occurrences: 1 })];
    expect(matchErrors([known], [seen])).toEqual({ same: [], fresh: [seen], missing: [known] });
  });

  test("ids that a restart gave to other errors lead nowhere: each error keeps its own history", () => {
    const [one, two] = [
      aKnownError({ polarityId: "1", fingerprint: "x" }),
      aKnownError({ polarityId: "2", fingerprint: "y" }),
    ];
    const [asOne, asTwo] = [aSeenError({ id: "1", fingerprint: "y" }), aSeenError({ id: "2", fingerprint: "x" })];
    const matching = matchErrors([one, two], [asOne, asTwo]);
    expect(matching.same).toContainEqual({ known: one, seen: asTwo });
    expect(matching.same).toContainEqual({ known: two, seen: asOne });
    expect([matching.fresh, matching.missing]).toEqual([[], []]);
  });

  test("an error that is gone is found again by its fingerprint", () => {
    const [known, seen] = [aKnownError({ present: false }), aSeenError({ id: "c3" })];
    expect(matchErrors([known], [seen])).toEqual({ same: [{ known, seen }], fresh: [], missing: [] });
  });

  test("an error that is gone does not lend its id to another problem", () => {
    const [known, seen] = [aKnownError({ present: false }), aSeenError({ fingerprint: "quota", occurrences: 50 })];
    expect(matchErrors([known], [seen]).fresh).toEqual([seen]);
  });

  test("errors of two installations of one integration are never taken for each other", () => {
    const [known, seen] = [aKnownError(), aSeenError({ integration: "virustotal_2" })];
    expect(matchErrors([known], [seen])).toEqual({ same: [], fresh: [seen], missing: [known] });
  });

  test("among equal fingerprints the one with the very same text is preferred", () => {
    const [one, two] = [
      aKnownError({ polarityId: "1", textDigest: "first" }),
      aKnownError({ polarityId: "2", textDigest: "second" }),
    ];
    const seen = aSeenError({ id: "9", text: "second" });
    const matching = matchErrors([one, two], [seen]);
    expect(matching.same).toEqual([{ known: two, seen }]);
    expect(matching.missing).toEqual([one]);
  });

  const anything = fc.record({
    id: fc.constantFrom("1", "2", "3", "4"),
    integration: fc.constantFrom("p", "q"),
    fingerprint: fc.constantFrom("x", "y", "z"),
    occurrences: fc.option(fc.integer({ min: 0, max: 5 })),
  });
  const distinct = fc.uniqueArray(anything, { selector: (one) => `${one.integration}/${one.id}` });

  test("every seen and every present known error lands in exactly one place, whatever happened", () => {
    fc.assert(
      fc.property(distinct, distinct, fc.array(fc.boolean()), (before, now, presence) => {
        const known = before.map((one, index) =>
          aKnownError({
            polarityId: one.id,
            integrationPolarityId: one.integration,
            fingerprint: one.fingerprint,
            occurrences: one.occurrences,
            present: presence[index] ?? true,
          }),
        );
        const seen = now.map((one) => aSeenError(one));
        const { same, fresh, missing } = matchErrors(known, seen);
        const seenAgain = [...same.map((pair) => pair.seen), ...fresh];
        expect(new Set(seenAgain)).toEqual(new Set(seen));
        expect(seenAgain).toHaveLength(seen.length);
        const present = [...same.map((pair) => pair.known).filter((one) => one.present), ...missing];
        expect(new Set(present)).toEqual(new Set(known.filter((one) => one.present)));
        expect(new Set(same.map((pair) => pair.known)).size).toBe(same.length);
      }),
    );
  });

  test("a read that shows what is on record matches all of it", () => {
    fc.assert(
      fc.property(distinct, (errors) => {
        const known = errors.map((one) =>
          aKnownError({
            polarityId: one.id,
            integrationPolarityId: one.integration,
            fingerprint: one.fingerprint,
            occurrences: one.occurrences,
          }),
        );
        const { same, fresh, missing } = matchErrors(
          known,
          errors.map((one) => aSeenError(one)),
        );
        expect([fresh, missing]).toEqual([[], []]);
        for (const { known: one, seen } of same) expect(one.polarityId).toBe(seen.read.polarityId);
      }),
    );
  });
});
