import * as z from "zod";
import type { AlertState, AlertSubject, Severity } from "../../domain/alert.js";
import type { Cause } from "../../domain/cause.js";
import type { DeliveryOutcome } from "../../domain/delivery.js";
import { ALERT_OCCASIONS } from "../../domain/notification.js";
import { silencedBy } from "../../domain/silence.js";
import type { AlertThen, HiddenBy, SilenceThen, ToldThen } from "../../domain/why-facts.js";
import { labelsColumn } from "../facts.js";
import type { Db } from "../prisma.js";
import { findSilencesAt } from "./why-silences.js";

/** What the alerts are about: an error, and what it belongs to. */
export type WhyScope = { errorId: bigint; integrationId: bigint; serverId: string; cause: Cause };

type RawAlert = {
  id: string;
  subject: AlertSubject;
  rule: string;
  severity: Severity;
  alertState: AlertState;
  movedAt: Date;
  because: string | null;
  openedAt: Date;
  labels: unknown;
  parentId: string | null;
  author: string | null;
  note: string | null;
  acknowledgedAt: Date | null;
  untilAt: Date | null;
};

const ALERTS_MAX = 50;
const TOLD_MAX = 200;

/**
 * The alerts about an error, its integration and its server that were open at a moment, as they stood then, and the last
 * one about the error that was over, at most 50; with the newest 200 messages about them. Its own come first.
 */
export async function findAlertsThen(db: Db, scope: WhyScope, at: Date): Promise<AlertThen[]> {
  const alerts = await findRows(db, scope, at);
  if (alerts.length === 0) return [];
  const [told, silences] = await Promise.all([
    findTold(
      db,
      alerts.map(({ id }) => BigInt(id)),
      at,
    ),
    findSilencesAt(db, at),
  ]);
  return alerts.map(({ author, note, acknowledgedAt, untilAt, ...alert }) => {
    const labels = labelsColumn.parse(alert.labels);
    const silence = alert.alertState === "resolved" ? null : silencedBy(silences, labels, at);
    return {
      ...alert,
      labels,
      acknowledgement:
        author === null || acknowledgedAt === null ? null : { author, note: note ?? "", at: acknowledgedAt, untilAt },
      silence:
        silence === null
          ? null
          : { id: String(silence.id), author: silence.author, reason: silence.reason, endsAt: silence.endsAt },
      told: told.filter(({ alertId }) => alertId === alert.id).map(toldOf),
    };
  });
}

/** An alert stands where its last move by then put it; before the first one it is pending. */
function findRows(db: Db, { errorId, integrationId, serverId, cause }: WhyScope, at: Date): Promise<RawAlert[]> {
  return db.$queryRaw<RawAlert[]>`
    SELECT a.id::text AS id, a.subject, a.rule, a.severity, coalesce(moved.to_state, 'pending') AS "alertState",
           coalesce(moved.at, a.opened_at) AS "movedAt", moved.because, a.opened_at AS "openedAt", a.labels,
           a.parent_id::text AS "parentId", held.author, held.note, held.at AS "acknowledgedAt",
           held.until_at AS "untilAt"
      FROM alert AS a
      LEFT JOIN LATERAL (SELECT t.to_state, t.at, t.because FROM transition AS t
                          WHERE t.alert_id = a.id AND t.at <= ${at} ORDER BY t.id DESC LIMIT 1) AS moved ON TRUE
      LEFT JOIN LATERAL (SELECT k.author, k.note, k.at, k.until_at FROM acknowledgement AS k
                          WHERE k.alert_id = a.id AND k.at <= ${at} AND (k.ended_at IS NULL OR k.ended_at > ${at})
                          ORDER BY k.id DESC LIMIT 1) AS held ON TRUE
     WHERE a.opened_at <= ${at}
       AND ((a.error_id = ${errorId} AND (a.resolved_at IS NULL OR a.resolved_at > ${at}))
            OR a.id = (SELECT max(over.id) FROM alert AS over WHERE over.error_id = ${errorId} AND over.resolved_at <= ${at})
            OR (a.subject = 'integration' AND a.integration_id = ${integrationId}
                AND (a.cause IS NULL OR a.cause = ${cause}) AND (a.resolved_at IS NULL OR a.resolved_at > ${at}))
            OR (a.subject = 'server' AND a.server_id = ${serverId} AND (a.resolved_at IS NULL OR a.resolved_at > ${at})))
     ORDER BY coalesce(moved.to_state, 'pending') = 'resolved', a.subject <> 'error', a.id DESC LIMIT ${ALERTS_MAX}`;
}

type RawTold = Omit<ToldThen, "move" | "hidden" | "occasion"> & {
  alertId: string;
  toState: AlertState | null;
  movedAt: Date | null;
  occasion: string | null;
  deliveryOutcome: DeliveryOutcome | null;
  hiddenBy: HiddenBy | null;
  hiddenBecause: string | null;
  shownAgainAt: Date | null;
  silenceId: string | null;
  silenceAuthor: string | null;
  silenceReason: string | null;
  silenceEndsAt: Date | null;
};

/** The moves of these alerts, each as every destination was told it, and the reminders of them; the newest first. */
function findTold(db: Db, alertIds: readonly bigint[], at: Date): Promise<RawTold[]> {
  return db.$queryRaw<RawTold[]>`
    WITH about AS (
      SELECT t.alert_id, t.to_state, t.at AS moved_at, dt.delivery_id, dt.hidden_by, dt.hidden_because,
             dt.shown_again_at, dt.silence_id
        FROM transition AS t JOIN delivery_transition AS dt ON dt.transition_id = t.id
       WHERE t.alert_id = ANY (${alertIds}::bigint[]) AND t.at <= ${at}
      UNION ALL
      SELECT reminded.alert_id, NULL, NULL, reminded.delivery_id, NULL, NULL, NULL, NULL
        FROM delivery_alert AS reminded WHERE reminded.alert_id = ANY (${alertIds}::bigint[]))
    SELECT about.alert_id::text AS "alertId", d.id::text AS "deliveryId", d.receiver, d.destination,
           about.to_state AS "toState", about.moved_at AS "movedAt", d.facts ->> 'occasion' AS occasion,
           d.created_at AS "owedAt", d.next_attempt_at AS "nextAttemptAt", d.outcome AS "deliveryOutcome",
           d.outcome_because AS "outcomeBecause", d.settled_at AS "settledAt", about.hidden_by AS "hiddenBy",
           about.hidden_because AS "hiddenBecause", about.shown_again_at AS "shownAgainAt", s.id::text AS "silenceId",
           s.author AS "silenceAuthor", s.reason AS "silenceReason",
           coalesce(s.ended_at, s.ends_at) AS "silenceEndsAt"
      FROM about
      JOIN delivery AS d ON d.id = about.delivery_id
      LEFT JOIN silence AS s ON s.id = about.silence_id
     WHERE d.created_at <= ${at}
     ORDER BY coalesce(about.moved_at, d.created_at) DESC, d.id DESC LIMIT ${TOLD_MAX}`;
}

const occasionOf = z.enum(ALERT_OCCASIONS).nullable().catch(null);

function toldOf(raw: RawTold): ToldThen {
  const { alertId: _, toState, movedAt, hiddenBy, hiddenBecause, shownAgainAt, ...rest } = raw;
  const { silenceId, silenceAuthor, silenceReason, silenceEndsAt, occasion, ...told } = rest;
  const silence: SilenceThen | null =
    silenceId === null || silenceAuthor === null || silenceReason === null || silenceEndsAt === null
      ? null
      : { id: silenceId, author: silenceAuthor, reason: silenceReason, endsAt: silenceEndsAt };
  return {
    ...told,
    occasion: occasionOf.parse(occasion),
    move: toState === null || movedAt === null ? null : { to: toState, at: movedAt },
    hidden:
      hiddenBy === null || hiddenBecause === null
        ? null
        : { by: hiddenBy, because: hiddenBecause, silence, shownAgainAt },
  };
}
