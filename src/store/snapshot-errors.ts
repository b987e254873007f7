import type { ErrorId, SnapshotId } from "../domain/ids.js";
import { Prisma } from "./generated/client.js";
import type { Db } from "./prisma.js";
import type { ChangedError, SnapshotContent, SnapshotRecord } from "./snapshot-record.js";

/** Large enough that a round trip does not count, small enough that no step blocks the process or swells its memory. */
const ROWS_AT_ONCE = 500;
/** Of rows with their texts: Prisma remembers the arguments of its last hundred statements or so, for its debug log. */
const FRESH_AT_ONCE = 100;

/** An error that was put on record, by its place in the read. */
export type FreshError = { at: number; id: ErrorId };

type Content = Pick<SnapshotContent, "changed" | "missing" | "wordings">;

/**
 * Writes the errors that a snapshot shows otherwise than the one before, each with one observation of it. Gives those that
 * were put on record.
 */
export async function storeErrors(
  tx: Db,
  record: SnapshotRecord,
  snapshotId: SnapshotId,
  content: Content,
): Promise<FreshError[]> {
  const stored: FreshError[] = [];
  const known: KnownChange[] = [];
  const fresh: ChangedError[] = [];
  for (const error of content.changed) {
    if (error.id === null) fresh.push(error);
    else known.push({ ...error, id: error.id });
  }
  for await (const [some, wordings] of withWordings(fresh, content)) {
    const inserted = await insertFreshErrors(tx, record, snapshotId, some, wordings);
    for (const error of inserted) stored.push(error);
  }
  for (const some of chunksOf(known)) {
    await storeMovedErrors(tx, record, snapshotId, some.filter(hasMovedOnly));
    const rewritten = some.filter((error) => !hasMovedOnly(error));
    await insertTexts(tx, record, rewritten, content);
    await storeRewrittenErrors(tx, record, snapshotId, rewritten);
  }
  for (const some of chunksOf(content.missing)) await storeMissingErrors(tx, record, snapshotId, some);
  return stored;
}

/** An error that was on record before. */
export type KnownChange = Omit<ChangedError, "id"> & { id: ErrorId };

function* chunksOf<T>(rows: readonly T[], rowsAtOnce = ROWS_AT_ONCE): Generator<readonly T[]> {
  for (let from = 0; from < rows.length; from += rowsAtOnce) yield rows.slice(from, from + rowsAtOnce);
}

/** Chunks with their wordings; those of the next chunk are worked out while one is being written. */
async function* withWordings(fresh: readonly ChangedError[], { wordings }: Pick<Content, "wordings">) {
  const ask = (some: readonly ChangedError[]) => {
    const asked = wordings(some.map(({ at }) => at));
    asked.catch(() => {}); // told when its turn comes, unless nobody asks any more
    return asked;
  };
  const chunks = [...chunksOf(fresh, FRESH_AT_ONCE)];
  let next = chunks[0] === undefined ? null : ask(chunks[0]);
  for (const [index, some] of chunks.entries()) {
    const current = next === null ? [] : await next;
    const after = chunks[index + 1];
    next = after === undefined ? null : ask(after);
    yield [some, current] as const;
  }
}

/**
 * Puts errors on record with their texts, ids and first observations; the references between them hold when the statement
 * is over.
 */
async function insertFreshErrors(
  tx: Db,
  record: SnapshotRecord,
  snapshotId: SnapshotId,
  fresh: readonly ChangedError[],
  wordings: readonly string[],
): Promise<FreshError[]> {
  const rows = worded(
    fresh.map(({ at, read, fingerprint, textDigest }) => ({
      at,
      integration: read.integrationPolarityId,
      polarity_id: read.polarityId,
      fingerprint,
      digest: textDigest,
      occurrences: read.occurrences,
      last_occurred_at: read.lastOccurredAt,
    })),
    wordings,
  );
  const inserted = await tx.$queryRaw<FreshError[]>`
    WITH r AS MATERIALIZED (
      SELECT nextval((SELECT pg_get_serial_sequence('error', 'id')::regclass)) AS id,
             nextval((SELECT pg_get_serial_sequence('error_text', 'id')::regclass)) AS text_id, w.*
        FROM json_to_recordset(${rows}::json)
             AS w(at integer, integration text, polarity_id text, fingerprint text, digest text, occurrences bigint,
                  last_occurred_at timestamptz, title text, "shortText" text, "longText" text, "httpStatus" integer,
                  meta jsonb, rest jsonb, headline text, body text, cause text, "causeBecause" text)),
    errors AS (
      INSERT INTO error (id, server_id, integration_id, polarity_id, fingerprint, present, text_id, headline, cause,
                         http_status, occurrences, last_occurred_at, first_seen_at, observed_at)
      OVERRIDING SYSTEM VALUE
      SELECT r.id, ${record.serverId}, i.id, r.polarity_id, r.fingerprint, true, r.text_id, r.headline, r.cause,
             r."httpStatus", r.occurrences, r.last_occurred_at, ${record.takenAt}, ${record.takenAt}
        FROM r JOIN integration AS i ON i.server_id = ${record.serverId} AND i.polarity_id = r.integration
      RETURNING id),
    texts AS (
      INSERT INTO error_text (id, error_id, digest, title, short_text, long_text, http_status, meta, rest, headline,
                              body, cause, cause_because, first_seen_at)
      OVERRIDING SYSTEM VALUE
      SELECT text_id, id, digest, title, "shortText", "longText", "httpStatus", meta, rest, headline, body, cause,
             "causeBecause", ${record.takenAt}
        FROM r),
    identities AS (
      INSERT INTO error_identity (error_id, snapshot_id, observed_at, polarity_id)
      SELECT id, ${snapshotId}, ${record.takenAt}, polarity_id FROM r),
    observations AS (
      INSERT INTO observation (error_id, observed_at, snapshot_id, occurrences, last_occurred_at, text_id, present)
      SELECT id, ${record.takenAt}, ${snapshotId}, occurrences, last_occurred_at, text_id, true FROM r)
    SELECT r.at, errors.id FROM errors JOIN r USING (id)`;
  if (inserted.length !== fresh.length) throw new Error("An error refers to an integration that is not on record");
  return inserted;
}

/** Stores texts that an error has not shown before; one that it shows again is found by its digest. */
async function insertTexts(
  tx: Db,
  record: SnapshotRecord,
  changed: readonly KnownChange[],
  { wordings }: Pick<Content, "wordings">,
): Promise<void> {
  const reworded = changed.filter((error) => error.textChanged);
  if (reworded.length === 0) return;
  const rows = worded(
    reworded.map(({ id, textDigest }) => ({ error_id: String(id), digest: textDigest })),
    await wordings(reworded.map(({ at }) => at)),
  );
  await tx.$executeRaw`
    INSERT INTO error_text (error_id, digest, title, short_text, long_text, http_status, meta, rest, headline, body,
                            cause, cause_because, first_seen_at)
    SELECT r.*, ${record.takenAt}
      FROM json_to_recordset(${rows}::json)
           AS r(error_id bigint, digest text, title text, "shortText" text, "longText" text, "httpStatus" integer,
                meta jsonb, rest jsonb, headline text, body text, cause text, "causeBecause" text)
        ON CONFLICT (error_id, digest) DO NOTHING`;
}

/** Rows with their wordings, which are JSON already, as one parameter: see rows.ts. */
function worded(rows: readonly Readonly<Record<string, unknown>>[], wordings: readonly string[]): string {
  if (rows.length !== wordings.length) throw new Error("Not every error has a wording");
  return `[${rows.map((row, index) => `${JSON.stringify(row).slice(0, -1)},${wordings[index]?.slice(1)}`).join(",")}]`;
}

/** Of most errors that change only the count and the time do. */
function hasMovedOnly({ textChanged, idChanged }: KnownChange): boolean {
  return !textChanged && !idChanged;
}

/**
 * The errors of a snapshot that differs in nothing but how often known errors were seen and when last, and not in so many
 * that they would have to be written in parts; null for any other.
 */
export function findMovedOnly({ changed, missing }: Pick<Content, "changed" | "missing">): KnownChange[] | null {
  if (missing.length > 0 || changed.length > ROWS_AT_ONCE) return null;
  const moved = changed.flatMap((error) => (error.id === null ? [] : [{ ...error, id: error.id }]));
  return moved.length === changed.length && moved.every(hasMovedOnly) ? moved : null;
}

/**
 * Errors that moved, as `r`. Under which id each is on record may have been remembered from a read before, so whoever
 * updates it has to ask whether it is the error that it was.
 */
export function movedRows(moved: readonly KnownChange[]): Prisma.Sql {
  const rows = JSON.stringify(
    moved.map(({ id, read, fingerprint }) => ({
      id: String(id),
      polarity_id: read.polarityId,
      fingerprint,
      occurrences: read.occurrences,
      last_occurred_at: read.lastOccurredAt,
    })),
  );
  return Prisma.sql`json_to_recordset(${rows}::json)
    AS r(id bigint, polarity_id text, fingerprint text, occurrences bigint, last_occurred_at timestamptz)`;
}

/** What an update of `error AS e` from `movedRows` as `r` writes. */
export function movedColumns({ takenAt }: SnapshotRecord): Prisma.Sql {
  return Prisma.sql`
    fingerprint = r.fingerprint, occurrences = r.occurrences, last_occurred_at = r.last_occurred_at, present = true,
    gone_at = NULL, observed_at = ${takenAt}`;
}

async function storeMovedErrors(
  tx: Db,
  record: SnapshotRecord,
  snapshotId: SnapshotId,
  moved: readonly KnownChange[],
): Promise<void> {
  if (moved.length === 0) return;
  const stored = await tx.$executeRaw`
    WITH moved AS (
      UPDATE error AS e SET ${movedColumns(record)}
        FROM ${movedRows(moved)}
       WHERE e.id = r.id AND e.polarity_id = r.polarity_id
      RETURNING e.*)
    ${observationsOf(record, snapshotId, Prisma.sql`moved`)}`;
  if (stored !== moved.length) throw new Error("An error that moved is not on record");
}

async function storeRewrittenErrors(
  tx: Db,
  record: SnapshotRecord,
  snapshotId: SnapshotId,
  changed: readonly KnownChange[],
): Promise<void> {
  if (changed.length === 0) return;
  const rows = JSON.stringify(
    changed.map(({ id, read, fingerprint, textDigest, idChanged }) => ({
      id: String(id),
      polarity_id: read.polarityId,
      fingerprint,
      digest: textDigest,
      occurrences: read.occurrences,
      last_occurred_at: read.lastOccurredAt,
      renamed: idChanged,
    })),
  );
  const stored = await tx.$executeRaw`
    WITH rewritten AS (
      UPDATE error AS e
         SET polarity_id = r.polarity_id, fingerprint = r.fingerprint, text_id = t.id, headline = t.headline,
             cause = t.cause, http_status = t.http_status, occurrences = r.occurrences,
             last_occurred_at = r.last_occurred_at, present = true, gone_at = NULL, observed_at = ${record.takenAt}
        FROM json_to_recordset(${rows}::json)
             AS r(id bigint, polarity_id text, fingerprint text, digest text, occurrences bigint,
                  last_occurred_at timestamptz, renamed boolean)
        JOIN error_text AS t ON t.error_id = r.id AND t.digest = r.digest
       WHERE e.id = r.id
      RETURNING e.*, r.renamed),
    identities AS (
      INSERT INTO error_identity (error_id, snapshot_id, observed_at, polarity_id)
      SELECT id, ${snapshotId}, ${record.takenAt}, polarity_id FROM rewritten WHERE renamed)
    ${observationsOf(record, snapshotId, Prisma.sql`rewritten`)}`;
  if (stored !== changed.length) throw new Error("A changed error is not on record");
}

async function storeMissingErrors(
  tx: Db,
  record: SnapshotRecord,
  snapshotId: SnapshotId,
  missing: readonly ErrorId[],
): Promise<void> {
  const stored = await tx.$executeRaw`
    WITH gone AS (
      UPDATE error SET present = false, gone_at = ${record.takenAt}, observed_at = ${record.takenAt}
       WHERE id = ANY (${missing}::bigint[]) AND present
      RETURNING *)
    ${observationsOf(record, snapshotId, Prisma.sql`gone`)}`;
  if (stored !== missing.length) throw new Error("A missing error was not on record as present");
}

/** One observation for each error that differs: a copy of what is now on record about it. */
function observationsOf(record: SnapshotRecord, snapshotId: SnapshotId, errors: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO observation (error_id, observed_at, snapshot_id, occurrences, last_occurred_at, text_id, present)
    SELECT id, ${record.takenAt}, ${snapshotId}, occurrences, last_occurred_at, text_id, present FROM ${errors}`;
}
