import * as z from "zod";
import { type DeliveryKind, type DeliveryOutcome, FAILURE_REASONS, type FailureReason } from "../../domain/delivery.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { allOf, ofServer } from "./conditions.js";
import { createCursor, noKey } from "./cursor.js";
import { type Page, type PageRequest, pageOf, placeAfter } from "./page.js";
import { rowIdOf } from "./row-id.js";

export const ATTEMPT_VERDICTS = ["delivered", "failed", "found"] as const;

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
  /** SHA-256 of what was sent, and the HTTP or SMTP status that came back; null where there was none. */
  requestDigest: string | null;
  replyCode: number | null;
  /** From the claim to the answer, in milliseconds. */
  elapsedMs: number | null;
};

/** One notification owed to one destination, with all tries, the first one first. */
export type DeliveryRow = {
  id: string;
  /** Null when it is about several servers. */
  serverId: string | null;
  receiver: string;
  destination: string;
  groupKey: string;
  kind: DeliveryKind;
  createdAt: Date;
  nextAttemptAt: Date;
  deadlineAt: Date;
  /** Null while it is owed. */
  deliveryOutcome: DeliveryOutcome | null;
  outcomeBecause: string | null;
  settledAt: Date | null;
  providerMessageId: string | null;
  /** The delivery whose message tells what this one was to tell. */
  foldedInto: string | null;
  /** It was sent again after an answer was lost that nobody can ask for. */
  possiblyRepeated: boolean;
  /** The delivery that tells somebody else that this one could not be made. */
  deadLetterId: string | null;
  redrivenAt: Date | null;
  redrivenBy: string | null;
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
  /** Only the one with this id. */
  id?: string;
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
    requestDigest: z.string().nullable(),
    replyCode: z.number().nullable(),
    elapsedMs: z.number().nullable(),
  }),
);

/** Deliveries, those first that were owed last. */
export async function findDeliveries(db: Db, filter: DeliveryFilter, page: PageRequest): Promise<Page<DeliveryRow>> {
  const after = placeAfter(deliveryCursor, page);
  const { server, destination, since } = filter;
  const id = filter.id === undefined ? null : (rowIdOf(filter.id) ?? 0n);
  const rows = await db.$queryRaw<(Omit<DeliveryRow, "attempts"> & { attempts: unknown })[]>`
    SELECT d.id::text AS id, d.server_id AS "serverId", d.receiver, d.destination, d.group_key AS "groupKey", d.kind,
           d.created_at AS "createdAt", d.next_attempt_at AS "nextAttemptAt", d.deadline_at AS "deadlineAt",
           d.outcome AS "deliveryOutcome", d.outcome_because AS "outcomeBecause", d.settled_at AS "settledAt",
           d.provider_message_id AS "providerMessageId", d.folded_into::text AS "foldedInto",
           d.possibly_repeated AS "possiblyRepeated", d.dead_letter_id::text AS "deadLetterId",
           d.redriven_at AS "redrivenAt", d.redriven_by AS "redrivenBy",
           ARRAY(SELECT t.alert_id FROM delivery_transition AS dt JOIN transition AS t ON t.id = dt.transition_id
                  WHERE dt.delivery_id = d.id
                 UNION SELECT da.alert_id FROM delivery_alert AS da WHERE da.delivery_id = d.id
                 ORDER BY 1)::text[] AS "alertIds",
           (SELECT coalesce(jsonb_agg(jsonb_build_object(
                     'id', a.id::text, 'number', a.number, 'workerId', a.worker_id, 'startedAt', a.started_at,
                     'finishedAt', a.finished_at, 'verdict', a.verdict, 'reason', a.reason,
                     'retryAfterMs', a.retry_after_ms, 'providerMessageId', a.provider_message_id, 'detail', a.detail,
                     'requestDigest', a.request_digest, 'replyCode', a.reply_code,
                     'elapsedMs', (extract(epoch FROM a.finished_at - a.started_at) * 1000)::bigint)
                     ORDER BY a.number), '[]'::jsonb)
              FROM attempt AS a WHERE a.delivery_id = d.id) AS attempts
      FROM delivery AS d
     WHERE ${allOf(
       server === null && id !== null ? null : ofServer(Prisma.sql`d.server_id`, server),
       destination === null ? null : Prisma.sql`d.destination = ${destination}`,
       outcomeIs(filter.deliveryOutcome),
       since === null ? null : Prisma.sql`d.created_at >= ${since}`,
       id === null ? null : Prisma.sql`d.id = ${id}`,
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

/** One move of an alert that a delivery was to tell. */
export type ToldMove = {
  transitionId: string;
  alertId: string;
  at: Date;
  to: string;
  integration: string;
  headline: string;
  /** Why it was left out; null when it is told. */
  hiddenBecause: string | null;
};

/** The moves that a delivery was to tell, in the order in which they happened; at most a thousand. */
export function findToldMoves(db: Db, deliveryId: string): Promise<ToldMove[]> {
  return db.$queryRaw<ToldMove[]>`
    SELECT t.id::text AS "transitionId", t.alert_id::text AS "alertId", t.at, t.to_state AS to,
           coalesce(t.facts #>> '{item,integration,name}', t.facts #>> '{integration,name}', a.server_id) AS integration,
           coalesce(t.facts #>> '{item,headline}', 'The server cannot be read') AS headline,
           dt.hidden_because AS "hiddenBecause"
      FROM delivery_transition AS dt
      JOIN transition AS t ON t.id = dt.transition_id
      JOIN alert AS a ON a.id = t.alert_id
     WHERE dt.delivery_id = ${rowIdOf(deliveryId) ?? 0n} ORDER BY t.id LIMIT 1000`;
}
