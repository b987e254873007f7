import { createHash } from "node:crypto";
import { type Agent, request } from "undici";
import type { Exchange } from "../domain/delivery.js";
import { errorCodesOf } from "./error-codes.js";

export type HttpRequest = {
  method: "POST" | "HEAD";
  url: string;
  headers: Record<string, string>;
  body: string | null;
  /** For the whole exchange, the last byte of the answer included. */
  timeoutMs: number;
  /** How much of the answer is read; the rest is thrown away unread. */
  answerBytesMax: number;
};

export type HttpAnswer = {
  kind: "answer";
  httpStatus: number;
  /** Lower-case names; a header that came twice is joined by a comma. */
  headers: Record<string, string>;
  /** At most `answerBytesMax` of it. */
  text: string;
  exchange: Exchange;
};

/** `unavailable`: it surely did not arrive. `timeout`: it may have, for it was on its way when the answer got lost. */
export type NoAnswer = { kind: "no-answer"; reason: "unavailable" | "timeout"; detail: string };

export type LostExchange = NoAnswer & {
  /** What the system, or what makes the connection, calls it; null when we gave up. */
  code: string | null;
  /** Its `replyCode` is not null when the answer began and was cut short. */
  exchange: Exchange;
};

/** What is known before a byte of the request was sent. */
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "EPROTO",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_CLOSED",
  "UND_ERR_DESTROYED",
]);
const TLS_REFUSED = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/;

/**
 * One HTTP exchange: no redirect is followed, nothing is retried, the answer is bounded in time and size. Details name
 * the system's error code and never the address.
 */
export async function exchangeOnce(
  agent: Agent,
  wanted: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer | LostExchange> {
  const exchange: Exchange = { requestDigest: wanted.body === null ? null : digestOf(wanted.body), replyCode: null };
  const none = { kind: "no-answer", code: null } as const;
  if (signal.aborted) return { ...none, reason: "unavailable", detail: "Stopped before it was sent", exchange };
  const giveUp = new AbortController();
  let isLate = false;
  const stop = () => giveUp.abort();
  const timer = setTimeout(() => {
    isLate = true;
    stop();
  }, wanted.timeoutMs);
  signal.addEventListener("abort", stop, { once: true });
  try {
    const { method, headers, body } = wanted;
    const answer = await request(wanted.url, { dispatcher: agent, method, headers, body, signal: giveUp.signal });
    exchange.replyCode = answer.statusCode;
    const text = await readAtMost(answer.body, wanted.answerBytesMax);
    return { kind: "answer", httpStatus: answer.statusCode, headers: flat(answer.headers), text, exchange };
  } catch (error) {
    if (giveUp.signal.aborted) {
      const detail = isLate ? `No answer within ${wanted.timeoutMs} ms` : "Stopped while waiting for the answer";
      return { ...none, reason: "timeout", detail, exchange };
    }
    return { ...none, ...lossOf(error), exchange };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

async function readAtMost(body: AsyncIterable<Buffer>, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= bytesMax) break; // leaving the loop destroys the stream
  }
  return Buffer.concat(chunks).subarray(0, bytesMax).toString("utf8");
}

function digestOf(body: string): string {
  return createHash("sha256").update(body).digest("hex");
}

function lossOf(error: unknown): Pick<LostExchange, "reason" | "code" | "detail"> {
  const codes = errorCodesOf(error);
  const code = codes[0];
  if (code === undefined) throw error;
  const tls = codes.find((each) => TLS_REFUSED.test(each));
  if (tls !== undefined) {
    return { reason: "unavailable", code, detail: `No trusted TLS connection (${tls})` };
  }
  if (codes.some((each) => NEVER_SENT.has(each))) {
    return { reason: "unavailable", code, detail: `No connection (${code})` };
  }
  return { reason: "timeout", code, detail: `The connection was lost before the answer was there (${code})` };
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(", ") : value]],
    ),
  );
}
