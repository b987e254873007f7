import * as z from "zod";
import { type DeliveryOutcome, FAILURE_REASONS, type FailureReason } from "../../domain/delivery.js";
import type { Notification } from "../../domain/notification.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { allOf } from "./conditions.js";
import { createCursor, noKey } from "./cursor.js";
import { type Page, type PageRequest, pageOf, placeAfter } from "./page.js";

const ATTEMPT_VERDICTS = ["delivered", "failed", "found"] as const;

/** One try to deliver, with what came back. */
export type AttemptRow = {
  id: string;
  number: number;
  workerId: string;
  startedAt: Date;
  finishedAt: Date | null;
  /** Null while it is under way, and for ever when its worker died meanwhile: it may have arrived. */
  verdict: (typeof ATTEMPT_VERDICTS)[number] | null;
  reason: FailureReason | null;
  retryAfterMs: number | null;
  providerMessageId: string | null;
  detail: string | null;
};

/** One notification owed to one destination, with all tries, the first one first. */
export type DeliveryRow = {
  id: string;
  serverId: string;
  receiver: string;
  destination: string;
  groupKey: string;
  kind: Notification["kind"];
  createdAt: Date;
  nextAttemptAt: Date;
  deadlineAt: Date;
  /** Null while it is owed. */
  deliveryOutcome: DeliveryOutcome | null;
  outcomeBecause: string | null;
  settledAt: Date | null;
  providerMessageId: string | null;
  /** The alerts that it tells of; none for a summary. */
  alertIds: string[];
  attempts: AttemptRow[];
};

export type DeliveryFilter = {
  server: string | null;
  destination: string | null;
  /** An outcome, or `owed` for those that have none yet. */
  deliveryOutcome: DeliveryOutcome | "owed" | null;
  /** Created at this moment or later. */
  since: Date | null;
};

export const deliveryCursor = createCursor("deliveries", noKey);

const instant = z.iso.datetime({ offset: true }).transform((iso) => new Date(iso));
const attemptList: z.ZodType<AttemptRow[]> = z.array(
  z.object({
    id: z.string(),
    number: z.int(),
    workerId: z.string(),
    startedAt: instant,
    finishedAt: instant.nullable(),
    verdict: z.enum(ATTEMPT_VERDICTS).nullable(),
    reason: z.enum(FAILURE_REASONS).nullable(),
    retryAfterMs: z.number().nullable(),
    providerMessageId: z.string().nullable(),
    detail: z.string().nullable(),
  }),
);

/** Deliveries, those first that were owed last. */
export async function findDeliveries(db: Db, filter: DeliveryFilter, page: PageRequest): Promise<Page<DeliveryRow>> {
  const after = placeAfter(deliveryCursor, page);
  const { server, destination, since } = filter;
  const rows = await db.$queryRaw<(Omit<DeliveryRow, "attempts"> & { attempts: unknown })[]>`
    SELECT d.id::text AS id, d.server_id AS "serverId", d.receiver, d.destination, d.group_key AS "groupKey", d.kind,
           d.created_at AS "createdAt", d.next_attempt_at AS "nextAttemptAt", d.deadline_at AS "deadlineAt",
           d.outcome AS "deliveryOutcome", d.outcome_because AS "outcomeBecause", d.settled_at AS "settledAt",
           d.provider_message_id AS "providerMessageId",
           ARRAY(SELECT DISTINCT t.alert_id FROM delivery_transition AS dt JOIN transition AS t ON t.id = dt.transition_id
                  WHERE dt.delivery_id = d.id ORDER BY t.alert_id)::text[] AS "alertIds",
           (SELECT coalesce(jsonb_agg(jsonb_build_object(
                     'id', a.id::text, 'number', a.number, 'workerId', a.worker_id, 'startedAt', a.started_at,
                     'finishedAt', a.finished_at, 'verdict', a.verdict, 'reason', a.reason,
                     'retryAfterMs', a.retry_after_ms, 'providerMessageId', a.provider_message_id, 'detail', a.detail)
                     ORDER BY a.number), '[]'::jsonb)
              FROM attempt AS a WHERE a.delivery_id = d.id) AS attempts
      FROM delivery AS d
     WHERE ${allOf(
       server === null ? null : Prisma.sql`d.server_id = ${server}`,
       destination === null ? null : Prisma.sql`d.destination = ${destination}`,
       outcomeIs(filter.deliveryOutcome),
       since === null ? null : Prisma.sql`d.created_at >= ${since}`,
       after === null ? null : Prisma.sql`d.id < ${after.id}`,
     )}
     ORDER BY d.id DESC LIMIT ${page.size + 1}`;
  const found = rows.map((row) => ({ ...row, attempts: attemptList.parse(row.attempts) }));
  return pageOf(found, page, deliveryCursor, () => null);
}

function outcomeIs(deliveryOutcome: DeliveryFilter["deliveryOutcome"]): Prisma.Sql | null {
  if (deliveryOutcome === null) return null;
  return deliveryOutcome === "owed" ? Prisma.sql`d.outcome IS NULL` : Prisma.sql`d.outcome = ${deliveryOutcome}`;
}
