/** What deliveries tell, each in a way of its own. A reminder is told as alerts, storms and what is undelivered as reports. */
export const DELIVERY_KINDS = [
  "alerts",
  "server",
  "summary",
  "reminder",
  "silence",
  "storm",
  "storm_page",
  "undelivered",
  "digest",
] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

/** The one end of each delivery: what became of telling this destination. */
export const DELIVERY_OUTCOMES = ["delivered", "folded", "suppressed", "expired", "dead"] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

export const FAILURE_REASONS = ["rate_limited", "unauthorized", "rejected", "unavailable", "timeout"] as const;
/** Why one try failed. `timeout` means that the message may have arrived although no answer did. */
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** For the record of tries: which request it was, and the HTTP or SMTP status that came back; null where none did. */
export type Exchange = { requestDigest: string | null; replyCode: number | null };

/**
 * What one try came to. `providerMessageId` is the receiver's own name of the message, where it gives one. A medium that
 * exchanges nothing, such as a terminal, leaves out the exchange.
 */
export type Verdict = (
  | { kind: "delivered"; providerMessageId: string | null }
  | {
      kind: "failed";
      reason: FailureReason;
      retryable: boolean;
      retryAfterMs: number | null;
      /** One line for people: never a URL, a token or a body beyond 500 characters. */
      detail: string;
    }
) & { exchange?: Exchange };

export type RetryPolicy = { delayMsMin: number; delayMsMax: number };

/**
 * How long to wait after the try with this number (from 1). Half of the delay is random: when a receiver is back, all
 * that waited would otherwise knock at one instant and be limited again. A `Retry-After` is a lower bound.
 */
function retryDelayMs(attempt: number, retryAfterMs: number | null, policy: RetryPolicy, random: () => number): number {
  const ceilingMs = Math.min(policy.delayMsMin * 2 ** (attempt - 1), policy.delayMsMax);
  return Math.max(Math.round(ceilingMs / 2 + (random() * ceilingMs) / 2), retryAfterMs ?? 0);
}

export type AttemptDecision =
  | { kind: "settle"; outcome: "delivered" | "dead"; because: string }
  | { kind: "retry"; nextAttemptAt: Date };

/** What a try makes of its delivery: its outcome, or the time of the next try while it is still owed. */
export function decideAfterAttempt(
  verdict: Verdict,
  attempt: number,
  delivery: { deadlineAt: Date },
  now: Date,
  policy: RetryPolicy,
  random: () => number,
): AttemptDecision {
  switch (verdict.kind) {
    case "delivered":
      return { kind: "settle", outcome: "delivered", because: "Sent" };
    case "failed": {
      if (!verdict.retryable) return { kind: "settle", outcome: "dead", because: verdict.detail };
      const nextAttemptAt = new Date(now.getTime() + retryDelayMs(attempt, verdict.retryAfterMs, policy, random));
      if (nextAttemptAt > delivery.deadlineAt) {
        return {
          kind: "settle",
          outcome: "dead",
          because: `Its time is over, and the last try failed: ${verdict.detail}`,
        };
      }
      return { kind: "retry", nextAttemptAt };
    }
    default:
      throw new Error(`Unknown verdict: ${JSON.stringify(verdict satisfies never)}`);
  }
}
