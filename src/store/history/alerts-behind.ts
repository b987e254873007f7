import type { AlertState, AlertSubject } from "../../domain/alert.js";
import type { DeliveryId } from "../../domain/ids.js";
import type { Labels } from "../../domain/matcher.js";
import { labelsColumn } from "../facts.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { rowIdOf } from "./row-id.js";

/** One alert of those that a message is about, as it stands now. */
export type AlertBehind = {
  id: string;
  serverId: string;
  subject: AlertSubject;
  alertState: AlertState;
  labels: Labels;
  /** Why it last moved. */
  because: string;
  /** Null when the alert is about an integration or the server. */
  error: { id: string; headline: string } | null;
  /** Null when the alert is about the server. */
  integration: string | null;
  /** Null when nobody has taken it on. */
  acknowledgement: { author: string; at: Date; untilAt: Date | null } | null;
};

type RawAlert = Omit<AlertBehind, "labels" | "error" | "acknowledgement"> & {
  labels: unknown;
  errorId: string | null;
  headline: string | null;
  author: string | null;
  acknowledgedAt: Date | null;
  untilAt: Date | null;
};

/**
 * The alerts that somebody who looks at the message of this delivery sees, the oldest first: those that any delivery of
 * its living message has told or reminded of, or, where it belongs to none, the delivery itself. Null when there is no
 * such delivery.
 */
export async function findAlertsBehind(db: Db, deliveryId: DeliveryId): Promise<AlertBehind[] | null> {
  const [known] = await db.$queryRaw<unknown[]>`SELECT 1 AS one FROM delivery WHERE id = ${deliveryId}`;
  if (known === undefined) return null;
  return readAlerts(
    db,
    Prisma.sql`
      WITH living AS (
        SELECT id, delivery_id FROM living_message
         WHERE delivery_id = ${deliveryId}
            OR id = (SELECT living_message_id FROM delivery WHERE id = ${deliveryId})),
      shown AS (
        SELECT ${deliveryId}::bigint AS id
        UNION SELECT delivery_id FROM living
        UNION SELECT member.id FROM delivery AS member JOIN living ON member.living_message_id = living.id)
      SELECT t.alert_id FROM shown
        JOIN delivery_transition AS dt ON dt.delivery_id = shown.id AND dt.hidden_by IS NULL
        JOIN transition AS t ON t.id = dt.transition_id
      UNION
      SELECT reminded.alert_id FROM shown JOIN delivery_alert AS reminded ON reminded.delivery_id = shown.id`,
  );
}

/** One alert as it stands now. Null when there is none. */
export async function findAlert(db: Db, id: string): Promise<AlertBehind | null> {
  const [alert] = await readAlerts(db, Prisma.sql`SELECT ${rowIdOf(id)}::bigint`);
  return alert ?? null;
}

async function readAlerts(db: Db, ids: Prisma.Sql): Promise<AlertBehind[]> {
  const rows = await db.$queryRaw<RawAlert[]>`
    SELECT a.id::text AS id, a.server_id AS "serverId", a.subject, a.state AS "alertState", a.labels,
           coalesce((SELECT t.because FROM transition AS t WHERE t.alert_id = a.id ORDER BY t.id DESC LIMIT 1), '') AS because,
           e.id::text AS "errorId", e.headline, coalesce(nullif(i.name, ''), i.acronym) AS integration,
           k.author, k.at AS "acknowledgedAt", k.until_at AS "untilAt"
      FROM alert AS a
      LEFT JOIN error AS e ON e.id = a.error_id
      LEFT JOIN integration AS i ON i.id = a.integration_id
      LEFT JOIN acknowledgement AS k ON k.alert_id = a.id AND k.ended_at IS NULL
     WHERE a.id IN (${ids}) ORDER BY a.id`;
  return rows.map(({ labels, errorId, headline, author, acknowledgedAt, untilAt, ...row }) => ({
    ...row,
    labels: labelsColumn.parse(labels),
    error: errorId === null ? null : { id: errorId, headline: headline ?? "" },
    acknowledgement: author === null || acknowledgedAt === null ? null : { author, at: acknowledgedAt, untilAt },
  }));
}
