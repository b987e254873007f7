import type { KnownError } from "../domain/identity.js";
import type { ErrorId } from "../domain/ids.js";
import type { Surveyed } from "../domain/survey.js";
import { type ErrorFacts, type ErrorRow, parseErrorRow } from "./decode.js";
import { parseJson } from "./json-value.js";
import type { Source } from "./row-finder.js";
import type { Identified } from "./wordings.js";

/**
 * What is remembered of a row of a list. Flat, and without a `Date`, which takes as much room as all of its digests: there
 * may be hundreds of thousands.
 */
export type Row = Identified &
  Source & {
    polarityId: string;
    integrationPolarityId: string;
    occurrences: number | null;
    lastOccurredMs: number | null;
    /** Tells the errors of a list apart. */
    key: string;
    /** Its number among `Shapes`. */
    shape: number;
    /** Under which id the error is on record; null as long as that is not known. */
    id: ErrorId | null;
  };

/** Where a row stands, and the digest of its bytes. */
export type Place = Pick<Source, "source"> & { body: Buffer; start: number; end: number };

/** The row that stands there; null for what is no row, or no JSON. */
export function parsedRow({ body, start, end }: Place, fold: (name: string) => string): ErrorRow | null {
  const row = parseJson(body.toString("utf8", start, end));
  return row === undefined ? null : parseErrorRow(row, fold);
}

/** Spelled out: V8 gives each object that is spread into another one a hidden class of its own. */
export function rowOf(
  { polarityId, integrationPolarityId, occurrences, lastOccurredAt }: ErrorFacts,
  { words, fingerprint, textDigest }: Identified,
  { source, bytes, key, shape }: Source & Pick<Row, "key" | "shape">,
): Row {
  return {
    polarityId,
    integrationPolarityId,
    occurrences,
    lastOccurredMs: lastOccurredAt?.getTime() ?? null,
    words,
    fingerprint,
    textDigest,
    source,
    bytes,
    key,
    shape,
    id: null,
  };
}

/** Whether two rows with one key say the same. */
export function isUnchanged(before: Row, row: Row): boolean {
  return (
    before.textDigest === row.textDigest &&
    before.fingerprint === row.fingerprint &&
    before.occurrences === row.occurrences &&
    before.lastOccurredMs === row.lastOccurredMs
  );
}

/** The error of a row, and its place in the list. */
export function surveyedOf(row: Row, at: number): Surveyed {
  return { read: readOf(row), fingerprint: row.fingerprint, textDigest: row.textDigest, at };
}

/** As the row showed an error that is on record; null when it is not known under which id. */
export function knownErrorOf(row: Row): KnownError | null {
  const { id, fingerprint, textDigest } = row;
  return id === null ? null : { id, ...readOf(row), fingerprint, textDigest, present: true };
}

function readOf({ polarityId, integrationPolarityId, occurrences, lastOccurredMs }: Row): Surveyed["read"] {
  const lastOccurredAt = lastOccurredMs === null ? null : new Date(lastOccurredMs);
  return { polarityId, integrationPolarityId, occurrences, lastOccurredAt };
}
