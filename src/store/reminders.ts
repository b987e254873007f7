import type { AlertId, DeliveryId } from "../domain/ids.js";
import type { ServerId } from "../domain/snapshot.js";
import { DEADLINE_MS } from "./outbox.js";
import type { Db } from "./prisma.js";
import type { ReminderFacts } from "./reminder-facts.js";
import { rowsJson } from "./rows.js";

/**
 * Whether this transaction is the one that decides about reminders; it stays so until it ends. Reminders are decided by
 * what was told before: two sweeps at once would both find the same group due.
 */
export async function takeReminderTurn(tx: Db): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ taken: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtext('polarwatch reminders')) AS taken`;
  return row?.taken === true;
}

/** A reminder that one destination is to get. */
export type OwedReminder = {
  serverId: ServerId;
  receiver: string;
  destination: string;
  groupKey: string;
  facts: ReminderFacts;
  /** All that it is about, also those that it has no room to tell. */
  alertIds: readonly AlertId[];
  /** The escalation steps that it takes, for each alert as it last began to fire. */
  steps: readonly { alertId: AlertId; firedAt: Date; step: number }[];
};

type OwedRow = { id: DeliveryId; destination: string; groupKey: string };

/**
 * Puts reminders into the outbox, due at once. Where one still waits in a group the table refuses another: that is left
 * for a later sweep, with all that comes with it. How many were owed.
 */
export async function oweReminders(tx: Db, reminders: readonly OwedReminder[], now: Date): Promise<number> {
  if (reminders.length === 0) return 0;
  const rows = reminders.map(({ serverId, receiver, destination, groupKey, facts }) => ({
    server_id: serverId,
    receiver,
    destination,
    group_key: groupKey,
    facts,
  }));
  const owed = await tx.$queryRaw<OwedRow[]>`
    INSERT INTO delivery (server_id, receiver, destination, group_key, kind, facts, created_at, next_attempt_at,
                          deadline_at)
    SELECT r.server_id, r.receiver, r.destination, r.group_key, 'reminder', r.facts, ${now}, ${now},
           ${new Date(now.getTime() + DEADLINE_MS)}
      FROM json_to_recordset(${rowsJson(rows)}::json)
           AS r(server_id text, receiver text, destination text, group_key text, facts jsonb)
    ON CONFLICT (destination, group_key) WHERE kind = 'reminder' AND outcome IS NULL DO NOTHING
    RETURNING id, destination, group_key AS "groupKey"`;
  const made = reminders.flatMap((reminder) => {
    const row = owed.find((one) => one.destination === reminder.destination && one.groupKey === reminder.groupKey);
    return row === undefined ? [] : [{ id: row.id, reminder }];
  });
  await linkAlerts(tx, made);
  await storeSteps(tx, made);
  await showAgain(tx, made, now);
  return owed.length;
}

type Made = readonly { id: DeliveryId; reminder: OwedReminder }[];

async function linkAlerts(tx: Db, made: Made): Promise<void> {
  const rows = made.flatMap(({ id, reminder }) =>
    reminder.alertIds.map((alertId) => ({ delivery_id: id, alert_id: alertId })),
  );
  await tx.$executeRaw`
    INSERT INTO delivery_alert (delivery_id, alert_id)
    SELECT * FROM json_to_recordset(${rowsJson(rows)}::json) AS r(delivery_id bigint, alert_id bigint)`;
}

/** The table refuses a step that was taken before, and then nothing of this is done. */
async function storeSteps(tx: Db, made: Made): Promise<void> {
  const rows = made.flatMap(({ id, reminder }) =>
    reminder.steps.map(({ alertId, firedAt, step }) => ({
      alert_id: alertId,
      fired_at: firedAt,
      step,
      destination: reminder.destination,
      delivery_id: id,
    })),
  );
  await tx.$executeRaw`
    INSERT INTO escalated (alert_id, fired_at, step, destination, delivery_id)
    SELECT * FROM json_to_recordset(${rowsJson(rows)}::json)
           AS r(alert_id bigint, fired_at timestamptz, step integer, destination text, delivery_id bigint)`;
}

/** What was hidden of these alerts counts as told now, so that their end is told as well. */
async function showAgain(tx: Db, made: Made, now: Date): Promise<void> {
  const rows = made.flatMap(({ reminder }) =>
    reminder.facts.occasion === "unhidden"
      ? reminder.alertIds.map((alertId) => ({ alert_id: alertId, destination: reminder.destination }))
      : [],
  );
  await tx.$executeRaw`
    UPDATE delivery_transition AS dt SET shown_again_at = ${now}
      FROM transition AS t, json_to_recordset(${rowsJson(rows)}::json) AS r(alert_id bigint, destination text)
     WHERE t.id = dt.transition_id AND t.alert_id = r.alert_id AND dt.destination = r.destination
       AND dt.hidden_by IS NOT NULL AND dt.shown_again_at IS NULL`;
}
