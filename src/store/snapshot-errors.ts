import type { ErrorId, SnapshotId } from "../domain/ids.js";
import type { Db } from "./prisma.js";
import { rowsJson } from "./rows.js";
import type { ChangedError, SnapshotContent, SnapshotRecord } from "./snapshot-record.js";

/** Writes the errors that a snapshot shows otherwise than the one before, each with one observation of it. */
export async function storeErrors(
  tx: Db,
  record: SnapshotRecord,
  snapshotId: SnapshotId,
  content: Pick<SnapshotContent, "changed" | "missing">,
): Promise<void> {
  const changed = await withIds(tx, content.changed);
  await insertFreshErrors(tx, record, changed);
  await insertTexts(tx, record, changed);
  await updateChangedErrors(tx, record, changed);
  await markErrorsGone(tx, record, content.missing);
  const touched = [...changed.map((error) => error.id), ...content.missing];
  await insertObservations(tx, record, snapshotId, touched);
  const renamed = changed.filter((error) => error.isFresh || error.idChanged).map((error) => error.id);
  await insertIdentities(tx, record, snapshotId, renamed);
}

type Identified = Omit<ChangedError, "id"> & { id: ErrorId; isFresh: boolean };

/** Gives every fresh error its id beforehand, so that its texts and observations can be written in sets. */
async function withIds(tx: Db, changed: readonly ChangedError[]): Promise<Identified[]> {
  const freshCount = changed.filter((error) => error.id === null).length;
  const ids =
    freshCount === 0
      ? []
      : await tx.$queryRaw<{ id: ErrorId }[]>`
          SELECT nextval(pg_get_serial_sequence('error', 'id')) AS id FROM generate_series(1, ${freshCount})`;
  const next = ids.values();
  return changed.map((error) => {
    if (error.id !== null) return { ...error, id: error.id, isFresh: false };
    const { value } = next.next();
    if (value === undefined) throw new Error("Fewer ids than fresh errors");
    return { ...error, id: value.id, isFresh: true };
  });
}

async function insertFreshErrors(tx: Db, record: SnapshotRecord, changed: readonly Identified[]): Promise<void> {
  const fresh = changed.filter((error) => error.isFresh);
  if (fresh.length === 0) return;
  const rows = rowsJson(
    fresh.map((error) => ({
      id: error.id,
      integration: error.read.integrationPolarityId,
      polarity_id: error.read.polarityId,
      fingerprint: error.fingerprint,
      headline: error.headline,
      cause: error.cause,
    })),
  );
  const inserted = await tx.$executeRaw`
    INSERT INTO error (id, server_id, integration_id, polarity_id, fingerprint, present, headline, cause,
                       first_seen_at, observed_at)
    OVERRIDING SYSTEM VALUE
    SELECT r.id, ${record.serverId}, i.id, r.polarity_id, r.fingerprint, true, r.headline, r.cause,
           ${record.takenAt}, ${record.takenAt}
      FROM json_to_recordset(${rows}::json)
           AS r(id bigint, integration text, polarity_id text, fingerprint text, headline text, cause text)
      JOIN integration AS i ON i.server_id = ${record.serverId} AND i.polarity_id = r.integration`;
  if (inserted !== fresh.length) throw new Error("An error refers to an integration that is not on record");
}

/** Stores texts that an error has not shown before; one that it shows again is found by its digest. */
async function insertTexts(tx: Db, record: SnapshotRecord, changed: readonly Identified[]): Promise<void> {
  const worded = changed.filter((error) => error.isFresh || error.textChanged);
  if (worded.length === 0) return;
  const rows = rowsJson(
    worded.map(({ id, textDigest, read, headline, body, cause, causeBecause }) => ({
      error_id: id,
      digest: textDigest,
      title: read.title,
      short_text: read.shortText,
      long_text: read.longText,
      http_status: read.httpStatus,
      meta: read.meta,
      rest: read.rest,
      headline,
      body,
      cause,
      cause_because: causeBecause,
    })),
  );
  await tx.$executeRaw`
    INSERT INTO error_text (error_id, digest, title, short_text, long_text, http_status, meta, rest, headline, body,
                            cause, cause_because, first_seen_at)
    SELECT r.*, ${record.takenAt}
      FROM json_to_recordset(${rows}::json)
           AS r(error_id bigint, digest text, title text, short_text text, long_text text, http_status integer,
                meta jsonb, rest jsonb, headline text, body text, cause text, cause_because text)
        ON CONFLICT (error_id, digest) DO NOTHING`;
}

async function updateChangedErrors(tx: Db, record: SnapshotRecord, changed: readonly Identified[]): Promise<void> {
  if (changed.length === 0) return;
  const rows = rowsJson(
    changed.map(({ id, read, fingerprint, textDigest }) => ({
      id,
      polarity_id: read.polarityId,
      fingerprint,
      digest: textDigest,
      occurrences: read.occurrences,
      last_occurred_at: read.lastOccurredAt,
    })),
  );
  const updated = await tx.$executeRaw`
    UPDATE error AS e
       SET polarity_id = r.polarity_id, fingerprint = r.fingerprint, text_id = t.id, headline = t.headline,
           cause = t.cause, http_status = t.http_status, occurrences = r.occurrences,
           last_occurred_at = r.last_occurred_at, present = true, gone_at = NULL, observed_at = ${record.takenAt}
      FROM json_to_recordset(${rows}::json)
           AS r(id bigint, polarity_id text, fingerprint text, digest text, occurrences bigint,
                last_occurred_at timestamptz)
      JOIN error_text AS t ON t.error_id = r.id AND t.digest = r.digest
     WHERE e.id = r.id`;
  if (updated !== changed.length) throw new Error("A changed error is not on record");
}

async function markErrorsGone(tx: Db, record: SnapshotRecord, missing: readonly ErrorId[]): Promise<void> {
  if (missing.length === 0) return;
  const updated = await tx.$executeRaw`
    UPDATE error SET present = false, gone_at = ${record.takenAt}, observed_at = ${record.takenAt}
     WHERE id = ANY (${missing}::bigint[]) AND present`;
  if (updated !== missing.length) throw new Error("A missing error was not on record as present");
}

/** One observation for each error that differs: a copy of what is now on record about it. */
async function insertObservations(
  tx: Db,
  record: SnapshotRecord,
  snapshotId: SnapshotId,
  touched: readonly ErrorId[],
): Promise<void> {
  if (touched.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO observation (error_id, observed_at, snapshot_id, occurrences, last_occurred_at, text_id, present)
    SELECT id, ${record.takenAt}, ${snapshotId}, occurrences, last_occurred_at, text_id, present
      FROM error WHERE id = ANY (${touched}::bigint[])`;
}

async function insertIdentities(
  tx: Db,
  record: SnapshotRecord,
  snapshotId: SnapshotId,
  renamed: readonly ErrorId[],
): Promise<void> {
  if (renamed.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO error_identity (error_id, snapshot_id, observed_at, polarity_id)
    SELECT id, ${snapshotId}, ${record.takenAt}, polarity_id FROM error WHERE id = ANY (${renamed}::bigint[])`;
}
