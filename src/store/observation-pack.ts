import type { SnapshotId } from "../domain/ids.js";
import type { Observation } from "../domain/observation.js";

/**
 * How observations of one error are kept in few bytes: the last one as it stands, and the ones before it as what differs,
 * walking back in time. The first byte is the version of the format; then each observation is a byte of flags and, for
 * what the flags leave open, whole numbers of 7 bits a byte, the lowest first, with the sign in the lowest bit.
 */
const VERSION = 1;

const PRESENT = 1;
const SAME_TEXT = 2;
const NO_OCCURRENCES = 4;
const SAME_OCCURRENCES = 8;
const NEVER_OCCURRED = 16;
const SAME_LAST_OCCURRED = 32;

/** What the bytes cannot be. Somebody else wrote them, or a later release. */
export class BadPackError extends Error {
  override name = "BadPackError";
}

/** What a pack is made of: at least one observation of one error, the oldest first. Null when there is no earlier one. */
export function encodeEarlier(observations: readonly Observation[]): Uint8Array<ArrayBuffer> | null {
  let after = observations.at(-1);
  if (after === undefined) throw new Error("A pack holds at least one observation");
  if (observations.length === 1) return null;
  const bytes: number[] = [VERSION];
  let known = knownOf(after);
  let steady = 0n;
  for (const one of observations.slice(0, -1).reverse()) {
    if (one.errorId !== after.errorId) throw new Error("A pack holds observations of one error");
    const flags =
      (one.present ? PRESENT : 0) |
      (one.textId === after.textId ? SAME_TEXT : 0) |
      (one.occurrences === null ? NO_OCCURRENCES : one.occurrences === known.occurrences ? SAME_OCCURRENCES : 0) |
      (one.lastOccurredAt === null
        ? NEVER_OCCURRED
        : one.lastOccurredAt.getTime() === known.lastOccurredMs
          ? SAME_LAST_OCCURRED
          : 0);
    bytes.push(flags);
    const elapsed = msOf(after.observedAt) - msOf(one.observedAt);
    pushInteger(bytes, elapsed - steady);
    steady = elapsed;
    pushInteger(bytes, after.snapshotId - one.snapshotId);
    if (!(flags & SAME_TEXT)) pushInteger(bytes, after.textId - one.textId);
    if (one.occurrences !== null && !(flags & SAME_OCCURRENCES)) {
      pushInteger(bytes, BigInt(known.occurrences) - BigInt(one.occurrences));
    }
    if (one.lastOccurredAt !== null && !(flags & SAME_LAST_OCCURRED)) {
      pushInteger(bytes, msOf(one.observedAt) - msOf(one.lastOccurredAt));
    }
    known = knownOf(one, known);
    after = one;
  }
  return Uint8Array.from(bytes);
}

/** The observations of a pack, the oldest first. Throws a BadPackError when the bytes are not of this format. */
export function decodePack(last: Observation, earlier: Uint8Array | null): Observation[] {
  if (earlier === null) return [last];
  if (earlier[0] !== VERSION) throw new BadPackError(`Observations are packed in an unknown format: ${earlier[0]}`);
  const reader = new IntegerReader(earlier, 1);
  const observations = [last];
  let after = last;
  let known = knownOf(last);
  let elapsed = 0n;
  while (!reader.isAtEnd) {
    const flags = reader.byte();
    elapsed += reader.integer();
    const observedMs = msOf(after.observedAt) - elapsed;
    const snapshotId = after.snapshotId - reader.integer();
    const one: Observation = {
      errorId: last.errorId,
      observedAt: new Date(Number(observedMs)),
      snapshotId: snapshotId as SnapshotId,
      textId: flags & SAME_TEXT ? after.textId : after.textId - reader.integer(),
      occurrences:
        flags & NO_OCCURRENCES
          ? null
          : flags & SAME_OCCURRENCES
            ? known.occurrences
            : Number(BigInt(known.occurrences) - reader.integer()),
      lastOccurredAt:
        flags & NEVER_OCCURRED
          ? null
          : new Date(flags & SAME_LAST_OCCURRED ? known.lastOccurredMs : Number(observedMs - reader.integer())),
      present: (flags & PRESENT) !== 0,
    };
    observations.push(one);
    known = knownOf(one, known);
    after = one;
  }
  return observations.reverse();
}

/** The total and the time that were known last, walking back; they are what the ones before are compared with. */
type Known = { occurrences: number; lastOccurredMs: number };

function knownOf(one: Observation, after: Known = { occurrences: 0, lastOccurredMs: 0 }): Known {
  return {
    occurrences: one.occurrences ?? after.occurrences,
    lastOccurredMs: one.lastOccurredAt?.getTime() ?? after.lastOccurredMs,
  };
}

const msOf = (instant: Date): bigint => BigInt(instant.getTime());

function pushInteger(bytes: number[], value: bigint): void {
  let rest = value < 0n ? (-value << 1n) - 1n : value << 1n;
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
}

class IntegerReader {
  private readonly bytes: Uint8Array;
  private place: number;

  constructor(bytes: Uint8Array, place: number) {
    this.bytes = bytes;
    this.place = place;
  }

  get isAtEnd(): boolean {
    return this.place >= this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.place];
    if (byte === undefined) throw new BadPackError("Packed observations are cut short");
    this.place += 1;
    return byte;
  }

  integer(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value & 1n ? -((value + 1n) >> 1n) : value >> 1n;
    }
  }
}
