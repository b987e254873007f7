import type { FailureReason, Verdict } from "../../domain/delivery.js";
import { shorten } from "../../domain/plain-text.js";
import { errorCodesOf } from "../error-codes.js";
import { failureDetail } from "../failure-detail.js";

type Failure = { reason: FailureReason; retryable: boolean; text: string };

/** Of what SMTP says about authentication, only these are for good. */
const UNAUTHORIZED_REPLIES = new Set([530, 534, 535, 538]);
const UNAUTHORIZED_CODES = new Set(["EAUTH", "ENOAUTH", "EOAUTH2"]);
const REFUSED_HERE_CODES = new Set(["EENVELOPE", "EMESSAGE", "EMAXRECIPIENTS"]);

/**
 * What a failed try to send a mail means. `isDataSent`: the server had asked for the message and got some of it, so that
 * without its last word the mail may have arrived. Null when the error is none of SMTP's.
 */
export function verdictOfSmtpError(
  error: unknown,
  { isDataSent, digest }: { isDataSent: boolean; digest: string | null },
  secrets: readonly string[],
): Verdict | null {
  const failure = failureOf(error, isDataSent);
  if (failure === null) return null;
  const { reason, retryable, text } = failure;
  const exchange = { requestDigest: digest, replyCode: error instanceof Error ? (replyOf(error)?.code ?? null) : null };
  return { kind: "failed", reason, retryable, retryAfterMs: null, detail: failureDetail(text, secrets), exchange };
}

const REPLY = /^(\d{3})[ -](?:\d\.\d{1,3}\.\d{1,3}\s+)?(.*)$/s;
const REPLY_LENGTH_MAX = 200;

/**
 * What it means that the server took a mail. Most servers say under which name they queued it (`250 2.0.0 Ok: queued as
 * 4XyZ1`); else its Message-ID is the name that both sides know.
 */
export function verdictOfSmtpReply(
  reply: string,
  { messageId, digest }: { messageId: string; digest: string | null },
  secrets: readonly string[],
): Verdict {
  const [, code = "", said = ""] = REPLY.exec(reply.trim()) ?? [];
  const name = shorten(failureDetail(said, secrets), REPLY_LENGTH_MAX);
  return {
    kind: "delivered",
    providerMessageId: /\d/.test(name) ? name : messageId,
    exchange: { requestDigest: digest, replyCode: code === "" ? null : Number(code) },
  };
}

function failureOf(error: unknown, isDataSent: boolean): Failure | null {
  if (!(error instanceof Error)) return null;
  const [code] = errorCodesOf(error);
  const reply = replyOf(error);
  const isAuth = code !== undefined && UNAUTHORIZED_CODES.has(code);
  if (reply !== null) {
    if (reply.code >= 500 && (isAuth || UNAUTHORIZED_REPLIES.has(reply.code))) {
      return { reason: "unauthorized", retryable: false, text: `The mail server refuses the login (${reply.code})` };
    }
    const text = `The mail server answered ${reply.text}`;
    // 503 says that the session went wrong, not that the mail is refused.
    const isForGood = reply.code >= 500 && reply.code !== 503;
    return isForGood
      ? { reason: "rejected", retryable: false, text }
      : { reason: "unavailable", retryable: true, text };
  }
  if (isAuth)
    return { reason: "unauthorized", retryable: false, text: "The mail server takes no login of the kind we have" };
  if (code !== undefined && REFUSED_HERE_CODES.has(code)) {
    return { reason: "rejected", retryable: false, text: `The mail cannot be sent: ${error.message}` };
  }
  if (code === undefined && error.message !== "Connection pool was closed") return null;
  const cause = originalCodeOf(error) ?? code ?? "closed";
  if (isDataSent) {
    return { reason: "timeout", retryable: true, text: `The mail server's last word on the mail got lost (${cause})` };
  }
  const what = code === "ETLS" || code === "EREQUIRETLS" ? "No trusted TLS connection to" : "No connection to";
  return { reason: "unavailable", retryable: true, text: `${what} the mail server (${cause})` };
}

function replyOf(error: Error): { code: number; text: string } | null {
  if (!("responseCode" in error) || typeof error.responseCode !== "number") return null;
  const text = "response" in error && typeof error.response === "string" ? error.response : String(error.responseCode);
  return { code: error.responseCode, text };
}

function originalCodeOf(error: Error): string | null {
  return "originalCode" in error && typeof error.originalCode === "string" ? error.originalCode : null;
}
