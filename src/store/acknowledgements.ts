import type { Acknowledgement } from "../domain/acknowledgement.js";
import type { AlertState, Severity } from "../domain/alert.js";
import type { AlertId } from "../domain/ids.js";
import type { ServerId } from "../domain/snapshot.js";
import type { Db } from "./prisma.js";
import { numberOf } from "./rows.js";

export type AcknowledgementId = bigint & { readonly __brand: "AcknowledgementId" };

/** An acknowledgement that has not ended, with the alert that it is of. */
export type OpenAcknowledgement = Acknowledgement & { readonly id: AcknowledgementId; readonly alertId: AlertId };

/** The acknowledgements of this server's alerts, or of all when it is null, that have not ended; the oldest first. */
export async function findOpenAcknowledgements(db: Db, serverId: ServerId | null): Promise<OpenAcknowledgement[]> {
  const rows = await db.$queryRaw<(Omit<OpenAcknowledgement, "added"> & { added: bigint })[]>`
    SELECT k.id, k.alert_id AS "alertId", k.at, k.author, k.note, k.until_at AS "untilAt", k.severity, k.added
      FROM acknowledgement AS k JOIN alert AS a ON a.id = k.alert_id
     WHERE k.ended_at IS NULL AND (${serverId}::text IS NULL OR a.server_id = ${serverId})
     ORDER BY k.id`;
  return rows.map((row) => ({ ...row, added: numberOf(row.added) }));
}

/**
 * Ends acknowledgements for one reason; where their alerts go is for the caller to record. Throws when one has ended
 * already: it would be said to end twice.
 */
export async function endAcknowledgements(
  tx: Db,
  ids: readonly AcknowledgementId[],
  because: string,
  at: Date,
): Promise<void> {
  if (ids.length === 0) return;
  const rows = await tx.$executeRaw`
    UPDATE acknowledgement SET ended_at = ${at}, ended_because = ${because}
     WHERE id = ANY (${ids}::bigint[]) AND ended_at IS NULL`;
  if (rows !== ids.length) throw new Error("An acknowledgement that was to be ended is not open");
}

/** An alert as a person who moves it finds it. `added`: by its error, or its parts' errors, since it fired. */
export type LockedAlert = { state: AlertState; severity: Severity; resolvedAt: Date | null; added: number };

/**
 * Takes the lock of the alert's server, so that no diff moves the alert meanwhile, and reads the alert. Null when there
 * is no such alert.
 */
export async function lockAlert(tx: Db, alertId: AlertId): Promise<LockedAlert | null> {
  await tx.$queryRaw`SELECT FROM server WHERE id = (SELECT server_id FROM alert WHERE id = ${alertId}) FOR NO KEY UPDATE`;
  const [row] = await tx.$queryRaw<(Omit<LockedAlert, "added"> & { added: bigint })[]>`
    SELECT a.state, a.severity, a.resolved_at AS "resolvedAt",
           (SELECT coalesce(sum(c.added), 0)::bigint FROM change AS c
             WHERE c.at > a.fired_at
               AND c.error_id IN (SELECT part.error_id FROM alert AS part WHERE part.id = a.id OR part.parent_id = a.id)) AS added
      FROM alert AS a WHERE a.id = ${alertId}`;
  return row === undefined ? null : { ...row, added: numberOf(row.added) };
}

/** The acknowledgement under which an alert stands; null when there is none. */
export async function findOpenAcknowledgementOf(db: Db, alertId: AlertId): Promise<OpenAcknowledgement | null> {
  const [row] = await db.$queryRaw<(Omit<OpenAcknowledgement, "added"> & { added: bigint })[]>`
    SELECT id, alert_id AS "alertId", at, author, note, until_at AS "untilAt", severity, added
      FROM acknowledgement WHERE alert_id = ${alertId} AND ended_at IS NULL`;
  return row === undefined ? null : { ...row, added: numberOf(row.added) };
}

/**
 * Moves a firing alert to acknowledged and records who did it, all in one statement. The move carries what was told when
 * the alert fired. Null, and nothing done, when the alert does not fire.
 */
export async function storeAcknowledgement(
  tx: Db,
  alertId: AlertId,
  { author, at, note, untilAt, severity, added }: Acknowledgement,
  because: string,
): Promise<AcknowledgementId | null> {
  const [row] = await tx.$queryRaw<{ id: AcknowledgementId }[]>`
    WITH moved AS (
      UPDATE alert SET state = 'acknowledged' WHERE id = ${alertId} AND state = 'firing' RETURNING id),
    recorded AS (
      INSERT INTO transition (alert_id, at, from_state, to_state, because, facts, author)
      SELECT m.id, ${at}, 'firing', 'acknowledged', ${because},
             (SELECT t.facts FROM transition AS t WHERE t.alert_id = m.id AND t.to_state = 'firing'
               ORDER BY t.id DESC LIMIT 1), ${author}
        FROM moved AS m)
    INSERT INTO acknowledgement (alert_id, at, author, note, until_at, severity, added)
    SELECT m.id, ${at}, ${author}, ${note}, ${untilAt}::timestamptz, ${severity}, ${added}::bigint FROM moved AS m
    RETURNING id`;
  return row?.id ?? null;
}

/**
 * Ends the acknowledgement of an alert and moves the alert back to firing, all in one statement. It fires since it
 * began to, not anew. False, and nothing done, when the alert is not acknowledged.
 */
export async function undoAcknowledgement(
  tx: Db,
  alertId: AlertId,
  undo: { author: string; because: string; at: Date },
): Promise<boolean> {
  const { author, because, at } = undo;
  const rows = await tx.$executeRaw`
    WITH moved AS (
      UPDATE alert SET state = 'firing' WHERE id = ${alertId} AND state = 'acknowledged' RETURNING id),
    ended AS (
      UPDATE acknowledgement SET ended_at = ${at}, ended_because = ${because}
       WHERE alert_id IN (SELECT id FROM moved) AND ended_at IS NULL)
    INSERT INTO transition (alert_id, at, from_state, to_state, because, facts, author)
    SELECT m.id, ${at}, 'acknowledged', 'firing', ${because},
           (SELECT t.facts FROM transition AS t WHERE t.alert_id = m.id AND t.to_state = 'firing'
             ORDER BY t.id DESC LIMIT 1), ${author}
      FROM moved AS m`;
  return rows === 1;
}
