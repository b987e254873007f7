import fc from "fast-check";
import { expect, test } from "vitest";
import { matchInTurns } from "../../src/app/match-in-turns.js";
import { type KnownError, type Matching, matchErrors, type SeenError } from "../../src/domain/identity.js";
import type { ErrorId } from "../../src/domain/ids.js";

const errors = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom("1", "2", "3"),
    integration: fc.constantFrom("p", "q", "r"),
    fingerprint: fc.constantFrom("x", "y"),
    occurrences: fc.integer({ min: 0, max: 3 }),
    present: fc.boolean(),
  }),
  { selector: ({ integration, id }) => `${integration}/${id}` },
);
type One = { id: string; integration: string; fingerprint: string; occurrences: number; present: boolean };

const seenOf = ({ id, integration, fingerprint, occurrences }: One): SeenError => ({
  fingerprint,
  textDigest: `text of ${fingerprint}`,
  read: { polarityId: id, integrationPolarityId: integration, occurrences, lastOccurredAt: null },
});

const knownOf = (one: One, index: number): KnownError => {
  const { read, ...identity } = seenOf(one);
  return { ...identity, ...read, id: BigInt(index) as ErrorId, present: one.present };
};

/** Whatever the order. */
function parts({ same, fresh, missing }: Matching) {
  return {
    same: new Map(same.map(({ known, seen }) => [known, seen])),
    fresh: new Set(fresh),
    missing: new Set(missing),
  };
}

test("errors that are matched in turns are matched as all of them at once", async () => {
  await fc.assert(
    fc.asyncProperty(errors, errors, fc.integer({ min: 0, max: 8 }), async (before, now, errorsAtOnce) => {
      const [known, seen] = [before.map(knownOf), now.map(seenOf)];
      expect(parts(await matchInTurns(known, seen, errorsAtOnce))).toEqual(parts(matchErrors(known, seen)));
    }),
  );
});

test("other work gets its turn between integrations", async () => {
  const seen = ["p", "q", "r"].map((integration) =>
    seenOf({ id: "1", integration, fingerprint: "x", occurrences: 1, present: true }),
  );
  let turns = 0;
  const count = () => {
    turns += 1;
    if (turns < 3) setImmediate(count);
  };
  setImmediate(count);
  await matchInTurns([], seen, 1);
  expect(turns).toBeGreaterThan(1);
});
