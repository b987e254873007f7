import * as z from "zod";
import type { FailedRead, ReadFailure } from "../domain/snapshot.js";
import { parseJson } from "./json-value.js";
import { redactText } from "./redact.js";
import { cutText, oneLine } from "./text.js";

/** A failed read; `detail` has to be free of secrets already. */
export function failedRead(
  reason: ReadFailure,
  detail: string,
  more: { httpStatus?: number; retryAfterMs?: number | null } = {},
): FailedRead {
  return {
    kind: "failed",
    reason,
    detail,
    httpStatus: more.httpStatus ?? null,
    retryAfterMs: more.retryAfterMs ?? null,
  };
}

const SERVER_TEXT_MAX = 200;

/** What a server said, made fit for a sentence of ours: one line, short, without secrets. */
export function quoted(serverText: string, ownSecrets: readonly string[]): string {
  let text = oneLine(serverText);
  for (const secret of ownSecrets) if (secret.length >= 4) text = text.replaceAll(secret, "[redacted]");
  return cutText(redactText(text), SERVER_TEXT_MAX);
}

const apiError = z.object({
  detail: z.string().nullish().catch(null),
  title: z.string().nullish().catch(null),
  meta: z
    .object({ errors: z.array(z.object({ detail: z.string().nullish().catch(null) })).catch([]) })
    .nullish()
    .catch(null),
});
const apiErrors = z.object({ errors: z.array(apiError) });

/** The best text in a JSON:API error body: that of a failed integration, else the API's own; null in any other body. */
export function textOfErrorBody(body: Buffer): string | null {
  const parsed = apiErrors.safeParse(parseJson(body.toString("utf8")));
  const error = parsed.success ? parsed.data.errors[0] : undefined;
  if (error === undefined) return null;
  return error.meta?.errors[0]?.detail || error.detail || error.title || null;
}

const TLS_CODE =
  /^(?:CERT_|CRL_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_|HOSTNAME_MISMATCH$|EPROTO$|ERR_OSSL_)/;
const TIMEOUT_CODE = /^(?:ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT)$/;
const CUT_CODE = /^(?:UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|ECONNRESET|EPIPE|HPE_.*|Z_.*|ERR__ERROR_.*)$/;
/** Mistakes of the caller, and a client that was closed: nothing that a server did. */
const OUR_FAULT_CODE = /^UND_ERR_(?:INVALID_ARG|INVALID_RETURN_VALUE|DESTROYED|CLOSED|NOT_SUPPORTED)$/;

/** How undici says that the Fetch standard blocks a port, https://fetch.spec.whatwg.org/#port-blocking; it has no code. */
const BLOCKED_PORT = "bad port";

/** `repeatable`: the server certainly gave no answer, and may give one to the next try. */
export type NetworkFailure = { failure: FailedRead; repeatable: boolean };

/** What went wrong before an answer began; null for what no network does, which is thrown on. */
export function failureBeforeAnswer(error: unknown): NetworkFailure | null {
  const { codes, message } = describe(error);
  const [code = ""] = codes;
  if (message === BLOCKED_PORT) {
    const detail = "Its port is one that fetch connects to for nobody (a bad port of the Fetch standard)";
    return { failure: failedRead("unreachable", detail), repeatable: false };
  }
  if (codes.length === 0 || codes.some((known) => OUR_FAULT_CODE.test(known))) return null;
  const tls = codes.find((known) => TLS_CODE.test(known));
  if (tls !== undefined) {
    return { failure: failedRead("tls", `No trusted TLS connection to the server (${tls})`), repeatable: false };
  }
  if (codes.some((known) => TIMEOUT_CODE.test(known))) {
    const repeatable = codes.every((known) => known !== "UND_ERR_HEADERS_TIMEOUT");
    return { failure: failedRead("timeout", `The server did not answer in time (${code})`), repeatable };
  }
  if (code === "UND_ERR_HEADERS_OVERFLOW") {
    return { failure: failedRead("too-large", "The headers of the answer are too large"), repeatable: false };
  }
  if (code.startsWith("HPE_")) {
    return { failure: failedRead("not-json", `The server does not speak HTTP here (${code})`), repeatable: false };
  }
  const proxyStatus = /^Proxy response \((\d{3})\)/.exec(message)?.[1];
  const detail =
    proxyStatus === undefined
      ? `The server cannot be reached (${code})`
      : `The proxy refused the connection (HTTP ${proxyStatus})`;
  return { failure: failedRead("unreachable", detail), repeatable: true };
}

/** What went wrong while the body came; null for what no network does. */
export function failureInBody(error: unknown, httpStatus: number): FailedRead | null {
  const { codes } = describe(error);
  if (codes.some((code) => TIMEOUT_CODE.test(code))) {
    return failedRead("timeout", "The answer stopped coming", { httpStatus });
  }
  const cut = codes.find((code) => CUT_CODE.test(code));
  return cut === undefined ? null : failedRead("truncated", `The answer broke off (${cut})`, { httpStatus });
}

/** The codes of an error and of all that caused it, the innermost first. */
function describe(error: unknown): { codes: string[]; message: string } {
  const codes: string[] = [];
  const message: string[] = [];
  const visit = (value: unknown, depth: number) => {
    if (!(value instanceof Error) || depth > 5) return;
    visit(value.cause, depth + 1);
    if (value instanceof AggregateError) for (const inner of value.errors.slice(0, 4)) visit(inner, depth + 1);
    if ("code" in value && typeof value.code === "string") codes.push(value.code);
    else if (value.name === "HTTPParserError") codes.push("HPE_INVALID");
    message.push(value.message);
  };
  visit(error, 0);
  return { codes, message: message[0] ?? "" };
}
