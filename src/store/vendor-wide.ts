import type { AlertState } from "../domain/alert.js";
import type { Cause } from "../domain/cause.js";
import type { AlertId, IntegrationId } from "../domain/ids.js";
import type { Labels } from "../domain/matcher.js";
import type { ServerId } from "../domain/snapshot.js";
import { labelsColumn } from "./facts.js";
import type { Db } from "./prisma.js";

/** The rule of the alert about an integration many of whose errors share a cause. It is none of the configured ones. */
export const VENDOR_WIDE = "vendor_wide";

/** An open alert that stands for many of one integration and cause. */
export type VendorWideRow = {
  id: AlertId;
  integrationId: IntegrationId;
  cause: Cause;
  alertState: Exclude<AlertState, "resolved">;
  labels: Labels;
};

export async function findVendorWideAlerts(tx: Db, serverId: ServerId): Promise<VendorWideRow[]> {
  const rows = await tx.$queryRaw<(Omit<VendorWideRow, "labels"> & { labels: unknown })[]>`
    SELECT id, integration_id AS "integrationId", cause, state AS "alertState", labels
      FROM alert
     WHERE server_id = ${serverId} AND subject = 'integration' AND rule = ${VENDOR_WIDE} AND state <> 'resolved'
     ORDER BY id`;
  return rows.map((row) => ({ ...row, labels: labelsColumn.parse(row.labels) }));
}

/** Puts firing alerts under the one that stands for them. Throws when one does not fire: it has nothing to be told. */
export async function adoptAlerts(tx: Db, parentId: AlertId, alertIds: readonly AlertId[]): Promise<void> {
  if (alertIds.length === 0) return;
  const rows = await tx.$executeRaw`
    UPDATE alert SET parent_id = ${parentId}
     WHERE id = ANY (${alertIds}::bigint[]) AND state IN ('firing', 'acknowledged')`;
  if (rows !== alertIds.length) throw new Error("An alert that was to be told by another does not fire");
}
