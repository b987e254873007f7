import type { FailureReason, Verdict } from "../../domain/delivery.js";
import { failureDetail } from "../failure-detail.js";
import { verdictOfHttpStatus } from "../http-verdict.js";
import type { SlackAnswer } from "./api-call.js";

type Failure = { reason: FailureReason; retryable: boolean };

const RATE_LIMITED: Failure = { reason: "rate_limited", retryable: true };
const UNAUTHORIZED: Failure = { reason: "unauthorized", retryable: false };
const UNAVAILABLE: Failure = { reason: "unavailable", retryable: true };
/** Every other code says that this message cannot be posted there as it is. */
const REJECTED: Failure = { reason: "rejected", retryable: false };

const FAILURES = new Map<string, Failure>([
  ["ratelimited", RATE_LIMITED],
  ["rate_limited", RATE_LIMITED],
  ["message_limit_exceeded", RATE_LIMITED],
  ["not_authed", UNAUTHORIZED],
  ["invalid_auth", UNAUTHORIZED],
  ["account_inactive", UNAUTHORIZED],
  ["token_revoked", UNAUTHORIZED],
  ["token_expired", UNAUTHORIZED],
  ["not_allowed_token_type", UNAUTHORIZED],
  ["missing_scope", UNAUTHORIZED],
  ["no_permission", UNAUTHORIZED],
  ["access_denied", UNAUTHORIZED],
  ["ekm_access_denied", UNAUTHORIZED],
  ["org_login_required", UNAUTHORIZED],
  ["team_access_not_granted", UNAUTHORIZED],
  ["fatal_error", UNAVAILABLE],
  ["internal_error", UNAVAILABLE],
  ["service_unavailable", UNAVAILABLE],
  ["request_timeout", UNAVAILABLE],
  ["accesslimited", UNAVAILABLE],
  ["team_added_to_org", UNAVAILABLE],
]);

/** What a failed call of Slack's API means for the delivery; its detail is free of the token. */
export function verdictOfSlack(answer: Exclude<SlackAnswer<unknown>, { kind: "ok" }>, token: string): Verdict {
  const { exchange } = answer;
  switch (answer.kind) {
    case "refused": {
      const failure = FAILURES.get(answer.error) ?? REJECTED;
      const retryAfterMs = failure.retryable ? answer.retryAfterMs : null;
      return { kind: "failed", ...failure, retryAfterMs, detail: slackDetail(answer, token), exchange };
    }
    case "http":
      return { ...verdictOfHttpStatus(answer.httpStatus, answer.retryAfterMs, slackDetail(answer, token)), exchange };
    case "no-answer":
      return {
        kind: "failed",
        reason: answer.reason,
        retryable: true,
        retryAfterMs: null,
        detail: slackDetail(answer, token),
        exchange,
      };
    default:
      throw new Error(`Unknown answer: ${JSON.stringify(answer satisfies never)}`);
  }
}

/** One line for people on why a call failed. */
export function slackDetail(answer: Exclude<SlackAnswer<unknown>, { kind: "ok" }>, token: string): string {
  switch (answer.kind) {
    case "refused":
      return failureDetail(["Slack refused it", answer.error, ...answer.messages].join(": "), [token]);
    case "http":
      return `Slack answered with HTTP ${answer.httpStatus}`;
    case "no-answer":
      return `Slack: ${answer.detail}`;
    default:
      throw new Error(`Unknown answer: ${JSON.stringify(answer satisfies never)}`);
  }
}
