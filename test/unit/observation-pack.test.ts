import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ErrorId, SnapshotId } from "../../src/domain/ids.js";
import type { Observation } from "../../src/domain/observation.js";
import { BadPackError, decodePack, encodeEarlier } from "../../src/store/observation-pack.js";

const ERROR = 7n as ErrorId;

const instants = fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true });
const observations = fc.array(
  fc.record({
    errorId: fc.constant(ERROR),
    observedAt: instants,
    snapshotId: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map((id) => id as SnapshotId),
    textId: fc.bigInt({ min: 1n, max: 2n ** 31n - 1n }),
    occurrences: fc.option(fc.maxSafeNat(), { nil: null }),
    lastOccurredAt: fc.option(instants, { nil: null }),
    present: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
);

/** As a server shows an error that grows: a poll a minute, and a time of its own in each. */
function growing(count: number): Observation[] {
  const startsAt = Date.UTC(2026, 0, 5, 12);
  return Array.from({ length: count }, (_, index) => {
    const observedAt = new Date(startsAt + index * 60_000 + ((index * 37) % 90));
    return {
      errorId: ERROR,
      observedAt,
      snapshotId: BigInt(1000 + index) as SnapshotId,
      textId: 3n,
      occurrences: 10 + index,
      lastOccurredAt: new Date(observedAt.getTime() - ((index * 7919) % 60_000)),
      present: true,
    };
  });
}

function roundTrip(given: readonly Observation[]): Observation[] {
  const last = given.at(-1);
  if (last === undefined) throw new Error("Nothing was given");
  return decodePack(last, encodeEarlier(given));
}

describe("packed observations", () => {
  test("come back exactly, whatever they are, with unknown totals and times", () => {
    fc.assert(
      fc.property(observations, (given) => {
        expect(roundTrip(given)).toEqual(given);
      }),
    );
  });

  test("come back exactly where little differs from one to the next", () => {
    const few = fc.array(
      fc.record({
        errorId: fc.constant(ERROR),
        observedAt: fc.constantFrom(new Date(0), new Date(60_000), new Date(120_000)),
        snapshotId: fc.constantFrom(1n as SnapshotId, 2n as SnapshotId),
        textId: fc.constantFrom(1n, 2n),
        occurrences: fc.constantFrom(null, 0, 1),
        lastOccurredAt: fc.constantFrom(null, new Date(0), new Date(1)),
        present: fc.boolean(),
      }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(few, (given) => {
        expect(roundTrip(given)).toEqual(given);
      }),
    );
  });

  test("take less than eight bytes each where an error grows with every poll", () => {
    const given = growing(200);
    const bytes = encodeEarlier(given)?.length ?? 0;
    expect(bytes / (given.length - 1)).toBeLessThan(8);
  });

  test("begin with the version of their format, and those of another are refused", () => {
    const given = growing(3);
    const [last] = given.slice(-1) as [Observation];
    const earlier = encodeEarlier(given);
    expect(earlier?.[0]).toBe(1);
    expect(() => decodePack(last, Uint8Array.from([2, ...(earlier?.slice(1) ?? [])]))).toThrow(BadPackError);
  });

  test("are refused when they tell a time that is none", () => {
    const [last] = growing(1) as [Observation];
    const never = Uint8Array.from([1, 6, 0, 0, ...Array.from({ length: 8 }, () => 128), 31]);
    expect(() => decodePack(last, never)).toThrow(BadPackError);
  });

  test("are refused when they are cut short inside an observation", () => {
    const given = growing(2);
    const [last] = given.slice(-1) as [Observation];
    expect(() => decodePack(last, encodeEarlier(given)?.slice(0, -1) ?? null)).toThrow(BadPackError);
  });
});
