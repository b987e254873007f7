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
  const last = observations.at(-1);
  if (last === undefined) throw new Error("A pack holds at least one observation");
  if (observations.length === 1) return null;
  const bytes: number[] = [VERSION];
  let after = last;
  let known = knownOf(last);
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
    const snapshots = after.snapshotId - one.snapshotId;
    pushInteger(bytes, snapshots);
    pushInteger(bytes, msOf(after.observedAt) - msOf(one.observedAt) - expectedMs(last, after, snapshots));
    if (!(flags & SAME_TEXT)) pushInteger(bytes, after.textId - one.textId);
    if (one.occurrences !== null && !(flags & SAME_OCCURRENCES)) {
      pushInteger(bytes, known.occurrences - one.occurrences);
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
  while (!reader.isAtEnd) {
    const flags = reader.byte();
    const snapshots = BigInt(reader.integer());
    const observedMs = msOf(after.observedAt) - Number(reader.integer()) - expectedMs(last, after, snapshots);
    const one: Observation = {
      errorId: last.errorId,
      observedAt: instantAt(observedMs),
      snapshotId: (after.snapshotId - snapshots) as SnapshotId,
      textId: flags & SAME_TEXT ? after.textId : after.textId - BigInt(reader.integer()),
      occurrences:
        flags & NO_OCCURRENCES
          ? null
          : flags & SAME_OCCURRENCES
            ? known.occurrences
            : known.occurrences - Number(reader.integer()),
      lastOccurredAt:
        flags & NEVER_OCCURRED
          ? null
          : instantAt(flags & SAME_LAST_OCCURRED ? known.lastOccurredMs : observedMs - Number(reader.integer())),
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

/**
 * How much time so many snapshots take, by the pace of those between an observation and the last one: it is mostly off by
 * less than polls are late. Any answer would do that is the same for the same numbers.
 */
function expectedMs(last: Observation, after: Observation, snapshots: bigint): number {
  const pace = (msOf(last.observedAt) - msOf(after.observedAt)) / Number(last.snapshotId - after.snapshotId);
  const expected = Math.round(pace * Number(snapshots));
  return Math.abs(expected) < FAST_MAX ? expected : 0;
}

const msOf = (instant: Date): number => instant.getTime();

function instantAt(ms: number): Date {
  const instant = new Date(ms);
  if (Number.isNaN(instant.getTime())) throw new BadPackError("Packed observations have a time that is none");
  return instant;
}

/** Below it a number and its double are exact; what is greater takes the slow way, and the same bytes. */
const FAST_MAX = 2 ** 48;

function pushInteger(bytes: number[], value: number | bigint): void {
  if (value < FAST_MAX && value > -FAST_MAX) {
    let rest = Number(value);
    rest = rest < 0 ? -2 * rest - 1 : 2 * rest;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
    return;
  }
  const large = BigInt(value);
  let rest = large < 0n ? -2n * large - 1n : 2n * large;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) + 128);
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

  integer(): number | bigint {
    let value = 0;
    for (let unit = 1; unit < FAST_MAX * 2; unit *= 128) {
      const byte = this.byte();
      value += (byte % 128) * unit;
      if (byte < 128) return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
    }
    return this.largeInteger(BigInt(value));
  }

  private largeInteger(lowest: bigint): bigint {
    let value = lowest;
    for (let shift = 49n; ; shift += 7n) {
      const byte = this.byte();
      value += BigInt(byte % 128) << shift;
      if (byte < 128) return value % 2n === 1n ? -(value + 1n) / 2n : value / 2n;
    }
  }
}
