import type { Verdict } from "../domain/delivery.js";
import { shorten } from "../domain/plain-text.js";
import { failureDetail } from "./failure-detail.js";
import type { HttpAnswer, LostExchange } from "./http-request.js";

/** A receiver that asks for more, by mistake or by malice, is asked again after this all the same. */
const RETRY_AFTER_MS_MAX = 3_600_000;
const HTTP_DATE = /^[A-Z][a-z]{2,8},? .+ GMT$/;

/** Milliseconds to wait by a `Retry-After`, in seconds or as an HTTP date; null when there is none or it is nonsense. */
export function parseRetryAfterMs(header: string | null, now: Date): number | null {
  if (header === null) return null;
  const value = header.trim();
  const waitMs = /^\d+$/.test(value)
    ? Number(value) * 1000
    : HTTP_DATE.test(value)
      ? Date.parse(value) - now.getTime()
      : Number.NaN;
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), RETRY_AFTER_MS_MAX);
}

/** What a receiver's HTTP answer says about a delivery. `detail` has to be free of secrets already. */
export function verdictOfHttpStatus(httpStatus: number, retryAfterMs: number | null, detail: string): Verdict {
  if (httpStatus >= 200 && httpStatus < 300) return { kind: "delivered", providerMessageId: null };
  const failed = { kind: "failed", retryAfterMs: null, detail } as const;
  if (httpStatus === 429) return { ...failed, reason: "rate_limited", retryable: true, retryAfterMs };
  if (httpStatus === 401 || httpStatus === 403 || httpStatus === 407) {
    return { ...failed, reason: "unauthorized", retryable: false };
  }
  // A gateway gave up waiting: whoever stands behind it may have taken the message.
  if (httpStatus === 504) return { ...failed, reason: "timeout", retryable: true, retryAfterMs };
  if (httpStatus >= 500 || httpStatus === 408 || httpStatus === 425) {
    return { ...failed, reason: "unavailable", retryable: true, retryAfterMs };
  }
  return { ...failed, reason: "rejected", retryable: false };
}

/**
 * What one exchange says about a delivery, with the exchange for the record. `detailOf` says in one line free of secrets
 * what was answered.
 */
export function verdictOfExchange(
  outcome: HttpAnswer | LostExchange,
  now: Date,
  detailOf: (answer: HttpAnswer) => string,
): Verdict {
  const { exchange } = outcome;
  if (outcome.kind === "no-answer") {
    const { reason, detail } = outcome;
    return { kind: "failed", reason, retryable: true, retryAfterMs: null, detail, exchange };
  }
  const retryAfterMs = parseRetryAfterMs(outcome.headers["retry-after"] ?? null, now);
  return { ...verdictOfHttpStatus(outcome.httpStatus, retryAfterMs, detailOf(outcome)), exchange };
}

const EXCERPT_LENGTH_MAX = 200;

/** `PagerDuty answered with HTTP 400: ...`, with what its answer says where that is text, free of `secrets`. */
export function answerDetail(who: string, answer: HttpAnswer, secrets: readonly string[]): string {
  const isReadable = /^(text\/plain|application\/([\w.-]+\+)?json)\b/.test(answer.headers["content-type"] ?? "");
  const excerpt = isReadable ? shorten(failureDetail(answer.text, secrets), EXCERPT_LENGTH_MAX) : "";
  const redirects = answer.httpStatus >= 300 && answer.httpStatus < 400 ? ", a redirect, which is not followed" : "";
  return `${who} answered with HTTP ${answer.httpStatus}${redirects}${excerpt === "" ? "" : `: ${excerpt}`}`;
}
