import type { AcknowledgedAlert, Acknowledgement } from "../domain/acknowledgement.js";
import type { AcknowledgementId } from "./acknowledgements.js";
import type { Db } from "./prisma.js";
import { numberOf, rowsJson } from "./rows.js";

/** An acknowledgement whose time is over, of an alert that is still acknowledged. */
export type OverdueAcknowledgement = {
  id: AcknowledgementId;
  acknowledgement: Acknowledgement;
  alert: AcknowledgedAlert;
};

/**
 * The acknowledgements whose time is over, with the locks of their servers, so that no diff and no person moves their
 * alerts meanwhile. Those of a server that is being diffed are left for the next sweep.
 */
export async function lockOverdueAcknowledgements(tx: Db, now: Date): Promise<OverdueAcknowledgement[]> {
  const servers = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM server
     WHERE id IN (SELECT a.server_id FROM acknowledgement AS k JOIN alert AS a ON a.id = k.alert_id
                   WHERE k.ended_at IS NULL AND k.until_at <= ${now} AND a.state = 'acknowledged')
     ORDER BY id FOR UPDATE SKIP LOCKED`;
  if (servers.length === 0) return [];
  const rows = await tx.$queryRaw<
    (Omit<Acknowledgement, "added"> & {
      id: AcknowledgementId;
      added: bigint;
      alertSeverity: Acknowledgement["severity"];
    })[]
  >`
    SELECT k.id, k.at, k.author, k.note, k.until_at AS "untilAt", k.severity, k.added, a.severity AS "alertSeverity"
      FROM acknowledgement AS k JOIN alert AS a ON a.id = k.alert_id
     WHERE k.ended_at IS NULL AND k.until_at <= ${now} AND a.state = 'acknowledged'
       AND a.server_id = ANY (${servers.map(({ id }) => id)}::text[])
     ORDER BY a.id`;
  return rows.map(({ id, alertSeverity, ...row }) => {
    const acknowledgement = { ...row, added: numberOf(row.added) };
    return {
      id,
      acknowledgement,
      alert: { state: "acknowledged", severity: alertSeverity, added: acknowledgement.added },
    };
  });
}

/**
 * Ends acknowledgements and moves their alerts back to firing, each with its reason, all in one statement. An alert fires
 * since it began to, not anew. How many were moved.
 */
export function returnToFiring(
  tx: Db,
  ended: readonly { id: AcknowledgementId; because: string }[],
  at: Date,
): Promise<number> {
  if (ended.length === 0) return Promise.resolve(0);
  return tx.$executeRaw`
    WITH over AS (
      UPDATE acknowledgement AS k SET ended_at = ${at}, ended_because = r.because
        FROM json_to_recordset(${rowsJson(ended)}::json) AS r(id bigint, because text)
       WHERE k.id = r.id AND k.ended_at IS NULL
      RETURNING k.alert_id, k.ended_because),
    moved AS (
      UPDATE alert AS a SET state = 'firing' FROM over WHERE a.id = over.alert_id AND a.state = 'acknowledged'
      RETURNING a.id, over.ended_because)
    INSERT INTO transition (alert_id, at, from_state, to_state, because, facts)
    SELECT m.id, ${at}, 'acknowledged', 'firing', m.ended_because,
           (SELECT t.facts FROM transition AS t WHERE t.alert_id = m.id AND t.to_state = 'firing'
             ORDER BY t.id DESC LIMIT 1)
      FROM moved AS m`;
}
