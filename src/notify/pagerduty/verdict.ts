import * as z from "zod";
import type { Verdict } from "../../domain/delivery.js";
import { shorten } from "../../domain/plain-text.js";
import { failureDetail } from "../failure-detail.js";
import type { HttpAnswer, LostExchange } from "../http-request.js";
import { answerDetail, verdictOfExchange } from "../http-verdict.js";

/** The one status by which PagerDuty says that it took an event. */
const ACCEPTED = 202;

const accepted = z.object({ dedup_key: z.string().refine((key) => key.length <= 255) });
const refused = z.object({ message: z.string(), errors: z.array(z.string()).catch([]) });

/** What came of one event. Anything but the status for it is no consent: something else may answer in PagerDuty's place. */
export function verdictOfPagerDuty(outcome: HttpAnswer | LostExchange, now: Date, routingKey: string): Verdict {
  const verdict = verdictOfExchange(outcome, now, (answer) => detailOf(answer, routingKey));
  if (outcome.kind === "no-answer" || verdict.kind === "failed") return verdict;
  const { exchange } = outcome;
  if (outcome.httpStatus !== ACCEPTED) {
    const detail = `PagerDuty answered with HTTP ${outcome.httpStatus}, which does not say that it took the event`;
    return { kind: "failed", reason: "unavailable", retryable: true, retryAfterMs: null, detail, exchange };
  }
  const answered = accepted.safeParse(jsonOf(outcome.text));
  return { kind: "delivered", providerMessageId: answered.data?.dedup_key ?? null, exchange };
}

function detailOf(answer: HttpAnswer, routingKey: string): string {
  const said = refused.safeParse(jsonOf(answer.text));
  if (!said.success) return answerDetail("PagerDuty", answer, [routingKey]);
  const { message, errors } = said.data;
  const head = `PagerDuty answered with HTTP ${answer.httpStatus}: `;
  return head + shorten(failureDetail([message, ...errors].join(": "), [routingKey]), 300);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
