import { type Acknowledgement, acknowledge } from "../domain/acknowledgement.js";
import type { Origin } from "../domain/audit.js";
import { formatDuration } from "../domain/duration.js";
import type { AlertId } from "../domain/ids.js";
import { oneLine } from "../domain/plain-text.js";
import type { Clock } from "../lib/clock.js";
import {
  type AcknowledgementId,
  findOpenAcknowledgementOf,
  lockAlert,
  storeAcknowledgement,
  undoAcknowledgement,
} from "../store/acknowledgements.js";
import { insertAuditEntry } from "../store/audit.js";
import { rowIdOf } from "../store/history/row-id.js";
import { markStale } from "../store/living-messages.js";
import { type Database, inTransaction } from "../store/prisma.js";

export type AcknowledgeDeps = { db: Database; clock: Clock };

/** Why an alert was not moved. `because`: all of it, in sentences for whoever asked. */
export type MoveRefused = { kind: "refused"; reason: "unknown" | "conflict" | "wrong"; because: string };

export type AcknowledgedNow =
  | { kind: "acknowledged"; id: AcknowledgementId; acknowledgement: Acknowledgement }
  | MoveRefused;

/** `alert`: its id as the outside knows it. */
export type AcknowledgeRequest = { alert: string; author: string; note: string; untilAt: Date | null; origin: Origin };

/**
 * Acknowledges a firing alert for somebody. Refused: an alert that does not exist, is pending, resolved or acknowledged
 * already, no author, and an end that is not to come.
 */
export function acknowledgeAlert(
  { db, clock }: AcknowledgeDeps,
  request: AcknowledgeRequest,
): Promise<AcknowledgedNow> {
  const { alert: asText, untilAt } = request;
  return inTransaction(db, async (tx): Promise<AcknowledgedNow> => {
    const alertId = alertIdOf(asText);
    const alert = alertId === null ? null : await lockAlert(tx, alertId);
    if (alertId === null || alert === null) return unknownAlert(asText);
    const at = clock();
    const open = await findOpenAcknowledgementOf(tx, alertId);
    if (open !== null) {
      const since = formatDuration(at.getTime() - open.at.getTime());
      const because = `Alert ${alertId} is acknowledged already, by ${open.author} for ${since}.`;
      return { kind: "refused", reason: "conflict", because };
    }
    const asked = { author: oneLine(request.author), note: oneLine(request.note), untilAt };
    const made = acknowledge(alert, asked, at);
    if ("problems" in made) {
      const reason = alert.state === "firing" ? "wrong" : "conflict";
      return { kind: "refused", reason, because: made.problems.map((problem) => `${problem}.`).join(" ") };
    }
    const id = await storeAcknowledgement(tx, alertId, made, sentenceOf(made));
    if (id === null) throw new Error(`Alert ${alertId} fires, but could not be acknowledged`);
    await insertAuditEntry(tx, {
      at,
      origin: request.origin,
      actor: made.author,
      action: "acknowledge",
      subject: { kind: "alert", id: alertId },
      detail: { note: made.note, untilAt },
    });
    await markStale(tx, { alertIds: [alertId], errorIds: [] }, at);
    return { kind: "acknowledged", id, acknowledgement: made };
  });
}

/** Takes an acknowledgement back: its alert fires again, as if nobody had taken it on. */
export function takeBackAcknowledgement(
  { db, clock }: AcknowledgeDeps,
  request: Pick<AcknowledgeRequest, "alert" | "author" | "origin">,
): Promise<{ kind: "taken_back" } | MoveRefused> {
  const { alert: asText } = request;
  return inTransaction(db, async (tx): Promise<{ kind: "taken_back" } | MoveRefused> => {
    const alertId = alertIdOf(asText);
    const alert = alertId === null ? null : await lockAlert(tx, alertId);
    if (alertId === null || alert === null) return unknownAlert(asText);
    const author = oneLine(request.author);
    const because = `${author} took the acknowledgement back`;
    const at = clock();
    if (await undoAcknowledgement(tx, alertId, { author, because, at })) {
      const subject = { kind: "alert", id: alertId } as const;
      const { origin } = request;
      await insertAuditEntry(tx, { at, origin, actor: author, action: "take_back", subject, detail: {} });
      await markStale(tx, { alertIds: [alertId], errorIds: [] }, at);
      return { kind: "taken_back" };
    }
    return {
      kind: "refused",
      reason: "conflict",
      because: `Alert ${alertId} is not acknowledged: it is ${alert.state}.`,
    };
  });
}

function alertIdOf(text: string): AlertId | null {
  return rowIdOf(text) as AlertId | null;
}

function unknownAlert(id: string): MoveRefused {
  return { kind: "refused", reason: "unknown", because: `There is no alert ${id}.` };
}

/** The reason that the move of the alert carries. */
function sentenceOf({ author, at, untilAt, note }: Acknowledgement): string {
  const time = untilAt === null ? "" : ` for ${formatDuration(untilAt.getTime() - at.getTime())}`;
  return `${author} acknowledged it${time}${note === "" ? "" : `: ${note}`}`;
}
