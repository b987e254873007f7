import type { AlertState } from "../domain/alert.js";
import type { AlertId, DeliveryId, ErrorId } from "../domain/ids.js";
import type { ServerId } from "../domain/snapshot.js";
import { Prisma } from "./generated/client.js";
import type { DueDestination } from "./outbox.js";
import type { Db } from "./prisma.js";

export type LivingMessageId = bigint & { readonly __brand: "LivingMessageId" };
export type LivingKind = "group" | "storm";

/** Readers are not to see a message change more often. */
const PAINT_EVERY_MS = 10_000;

/**
 * Opens the living message that a delivery has just posted. `paintAt`: when it is to be looked at even if nothing makes
 * it stale before; null: never. Throws when the group has one: deliveries of one group are made one after the other.
 */
export async function openLivingMessage(
  tx: Db,
  posted: {
    destination: string;
    groupKey: string;
    kind: LivingKind;
    deliveryId: DeliveryId;
    providerMessageId: string;
    paintAt: Date | null;
  },
  now: Date,
): Promise<void> {
  const { destination, groupKey, kind, deliveryId, providerMessageId, paintAt } = posted;
  const staleSince = paintAt === null ? null : now;
  const rows = await tx.$executeRaw`
    WITH opened AS (
      INSERT INTO living_message (destination, group_key, kind, delivery_id, provider_message_id, opened_at, painted_at,
                                  stale_since, paint_at)
      VALUES (${destination}, ${groupKey}, ${kind}, ${deliveryId}, ${providerMessageId}, ${now}, ${now},
              ${staleSince}::timestamptz, ${paintAt}::timestamptz)
      RETURNING id)
    UPDATE delivery SET living_message_id = opened.id FROM opened WHERE delivery.id = ${deliveryId}`;
  if (rows !== 1) throw new Error(`Delivery ${deliveryId} opened no living message`);
}

/** Makes a delivery one of those that an open living message shows, and the message stale. False: it is closed by now. */
export async function joinLivingMessage(
  tx: Db,
  deliveryId: DeliveryId,
  living: LivingMessageId,
  now: Date,
): Promise<boolean> {
  const rows = await tx.$executeRaw`
    WITH stale AS (
      UPDATE living_message AS l SET ${staleColumns(now)}
       WHERE l.id = ${living} AND l.closed_at IS NULL RETURNING l.id)
    UPDATE delivery SET living_message_id = stale.id FROM stale WHERE delivery.id = ${deliveryId}`;
  return rows === 1;
}

/**
 * Makes the living messages stale that show any of these alerts, or alerts about any of these errors; where each is, and
 * when it is to be painted again. What no open message shows costs one look.
 */
export async function markStale(
  tx: Db,
  moved: { alertIds: readonly AlertId[]; errorIds: readonly ErrorId[] },
  now: Date,
): Promise<DueDestination[]> {
  if (moved.alertIds.length === 0 && moved.errorIds.length === 0) return [];
  return tx.$queryRaw<DueDestination[]>`
    WITH shown AS (
      SELECT d.living_message_id AS id, t.alert_id
        FROM living_message AS l
        JOIN delivery AS d ON d.living_message_id = l.id
        JOIN delivery_transition AS dt ON dt.delivery_id = d.id AND dt.hidden_by IS NULL
        JOIN transition AS t ON t.id = dt.transition_id
       WHERE l.kind = 'group' AND l.closed_at IS NULL
      UNION
      SELECT d.living_message_id, da.alert_id
        FROM living_message AS l
        JOIN delivery AS d ON d.living_message_id = l.id
        JOIN delivery_alert AS da ON da.delivery_id = d.id
       WHERE l.kind = 'group' AND l.closed_at IS NULL)
    UPDATE living_message AS l SET ${staleColumns(now)}
     WHERE l.closed_at IS NULL AND l.id IN (
           SELECT s.id FROM shown AS s JOIN alert AS a ON a.id = s.alert_id
            WHERE a.id = ANY (${moved.alertIds}::bigint[])
               OR a.error_id = ANY (${moved.errorIds}::bigint[]) AND a.state <> 'resolved')
    RETURNING l.destination, l.paint_at AS "nextAttemptAt"`;
}

/** Makes every open message about a group stale: what a silence hides may be shown in any of them. */
export function markAllStale(tx: Db, now: Date): Promise<DueDestination[]> {
  return tx.$queryRaw<DueDestination[]>`
    UPDATE living_message AS l SET ${staleColumns(now)}
     WHERE l.kind = 'group' AND l.closed_at IS NULL
    RETURNING l.destination, l.paint_at AS "nextAttemptAt"`;
}

/** Makes the living message about a storm stale, where the storm was told and goes on. */
export async function markStormStale(tx: Db, storm: DeliveryId, now: Date): Promise<void> {
  await tx.$executeRaw`
    UPDATE living_message AS l SET ${staleColumns(now)}
     WHERE l.delivery_id = ${storm} AND l.kind = 'storm' AND l.closed_at IS NULL`;
}

/** By what an update of `living_message AS l` owes a new look at the message, soon but not too soon after the last. */
function staleColumns(now: Date): Prisma.Sql {
  return Prisma.sql`
    stale_since = coalesce(l.stale_since, ${now}), version = l.version + 1,
    paint_at = least(l.paint_at, greatest(${now}, l.painted_at + ${PAINT_EVERY_MS} * interval '1 millisecond'))`;
}

/** A living message that is due to be painted. */
export type StaleMessage = {
  id: LivingMessageId;
  kind: LivingKind;
  groupKey: string;
  serverId: ServerId | null;
  deliveryId: DeliveryId;
  providerMessageId: string;
  openedAt: Date;
  version: number;
  failedPaints: number;
  leasedUntil: Date;
};

/** Leases the living message of a destination that has been due longest; null when none is. */
export async function claimStale(
  tx: Db,
  claim: { destination: string; workerId: string; now: Date; leasedUntil: Date },
): Promise<StaleMessage | null> {
  const { destination, workerId, now, leasedUntil } = claim;
  const [row] = await tx.$queryRaw<StaleMessage[]>`
    WITH due AS (
      SELECT l.id FROM living_message AS l
       WHERE l.destination = ${destination} AND l.paint_at <= ${now} AND l.closed_at IS NULL
         AND (l.leased_until IS NULL OR l.leased_until < ${now})
       ORDER BY l.paint_at LIMIT 1 FOR UPDATE OF l SKIP LOCKED)
    UPDATE living_message AS l SET leased_by = ${workerId}, leased_until = ${leasedUntil}
      FROM due, delivery AS d WHERE l.id = due.id AND d.id = l.delivery_id
    RETURNING l.id, l.kind, l.group_key AS "groupKey", d.server_id AS "serverId", l.delivery_id AS "deliveryId",
              l.provider_message_id AS "providerMessageId", l.opened_at AS "openedAt", l.version,
              l.failed_paints AS "failedPaints", l.leased_until AS "leasedUntil"`;
  return row ?? null;
}

/** What a paint came to; `nextAt`: when to look at it again even if nothing happens. */
export type Painted =
  | { kind: "painted"; nextAt: Date | null }
  | { kind: "closed"; because: string }
  | { kind: "failed"; detail: string; retryAt: Date };

/** Gives a message back after a paint. What made it stale meanwhile leaves it stale. False when the lease was lost. */
export async function finishPaint(
  tx: Db,
  message: Pick<StaleMessage, "id" | "version" | "leasedUntil">,
  workerId: string,
  painted: Painted,
  now: Date,
): Promise<boolean> {
  const { id, version, leasedUntil } = message;
  switch (painted.kind) {
    case "painted": {
      const again = new Date(now.getTime() + PAINT_EVERY_MS);
      const rows = await tx.$executeRaw`
        UPDATE living_message
           SET painted_at = ${now}, paints = paints + 1, failed_paints = 0, leased_by = NULL, leased_until = NULL,
               stale_since = CASE WHEN version <> ${version} THEN stale_since
                                  WHEN ${painted.nextAt}::timestamptz IS NOT NULL THEN ${now} END,
               paint_at = CASE WHEN version <> ${version} THEN ${again}::timestamptz
                               ELSE ${painted.nextAt}::timestamptz END
         WHERE id = ${id} AND leased_by = ${workerId} AND leased_until = ${leasedUntil} AND closed_at IS NULL`;
      return rows === 1;
    }
    case "closed": {
      const rows = await tx.$executeRaw`
        UPDATE living_message
           SET painted_at = ${now}, leased_by = NULL, leased_until = NULL, stale_since = NULL, paint_at = NULL,
               closed_at = ${now}, closed_because = ${painted.because}
         WHERE id = ${id} AND leased_by = ${workerId} AND leased_until = ${leasedUntil} AND closed_at IS NULL`;
      return rows === 1;
    }
    case "failed": {
      const rows = await tx.$executeRaw`
        UPDATE living_message
           SET failed_paints = failed_paints + 1, last_failure = ${painted.detail}, paint_at = ${painted.retryAt},
               leased_by = NULL, leased_until = NULL
         WHERE id = ${id} AND leased_by = ${workerId} AND leased_until = ${leasedUntil} AND closed_at IS NULL`;
      return rows === 1;
    }
    default:
      throw new Error(`Unknown end of a paint: ${JSON.stringify(painted satisfies never)}`);
  }
}

/** When a living message of the destination is to be painted next; null when none is. */
export async function findNextPaint(db: Db, destination: string): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ at: Date | null }[]>`
    SELECT min(greatest(paint_at, leased_until)) AS at FROM living_message
     WHERE destination = ${destination} AND stale_since IS NOT NULL`;
  return row?.at ?? null;
}

/** An alert that a living message shows, as it stands now. */
export type ShownAlert = {
  alertId: AlertId;
  state: AlertState;
  /** Why it stands where it does. */
  because: string;
  acknowledged: { by: string; at: Date; untilAt: Date | null } | null;
};

/** Every alert that was told by a delivery of this living message, in the order in which they opened. */
export async function findShownAlerts(db: Db, id: LivingMessageId): Promise<ShownAlert[]> {
  const rows = await db.$queryRaw<
    (Omit<ShownAlert, "acknowledged"> & { by: string | null; at: Date | null; untilAt: Date | null })[]
  >`
    WITH shown AS (
      SELECT t.alert_id FROM delivery AS d
        JOIN delivery_transition AS dt ON dt.delivery_id = d.id AND dt.hidden_by IS NULL
        JOIN transition AS t ON t.id = dt.transition_id
       WHERE d.living_message_id = ${id}
      UNION
      SELECT da.alert_id FROM delivery AS d JOIN delivery_alert AS da ON da.delivery_id = d.id
       WHERE d.living_message_id = ${id})
    SELECT a.id AS "alertId", a.state, last.because, k.author AS by, k.at, k.until_at AS "untilAt"
      FROM shown AS s
      JOIN alert AS a ON a.id = s.alert_id
      JOIN LATERAL (SELECT t.because FROM transition AS t WHERE t.alert_id = a.id ORDER BY t.id DESC LIMIT 1) AS last ON true
      LEFT JOIN acknowledgement AS k ON k.alert_id = a.id AND k.ended_at IS NULL
     ORDER BY a.id`;
  return rows.map(({ by, at, untilAt, ...row }) => ({
    ...row,
    acknowledged: row.state !== "acknowledged" || by === null || at === null ? null : { by, at, untilAt },
  }));
}
