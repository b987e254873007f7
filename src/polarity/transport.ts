import { constants } from "node:buffer";
import ky from "ky";
import { type Dispatcher, fetch as undiciFetch } from "undici";
import type { FailedRead } from "../domain/snapshot.js";
import type { Clock } from "../lib/clock.js";
import { failedRead, failureBeforeAnswer, failureInBody } from "./failure.js";
import { gatherBytes } from "./gather-bytes.js";
import { storableInstant } from "./text.js";

export type Timeouts = {
  connectMs: number;
  /** From the request to the first line of the answer. */
  headersMs: number;
  /** The whole body, however steadily it drips. */
  bodyMs: number;
};

export type ApiRequest = {
  method: "GET" | "POST";
  url: URL;
  token: string | null;
  /** Sent as JSON; absent for none. */
  body?: unknown;
  bytesMax: number;
};

/** One whole answer, whatever its status. */
export type Answer = {
  kind: "answer";
  httpStatus: number;
  /** The server's clock; null when it did not say. */
  serverTime: Date | null;
  retryAfterMs: number | null;
  location: string | null;
  body: Buffer;
};

/** `repeatable`: asking again may help, and cannot do anything twice. */
export type Attempt = { result: Answer | FailedRead; repeatable: boolean };

const JSON_API = "application/vnd.api+json";
const ERROR_BODY_BYTES_MAX = 64 * 1024;
const REPEATABLE_STATUS = new Set([429, 502, 503, 504]);

/**
 * Sends one request once. Every failure that a network, a proxy or a server can cause is a value; a caller's abort is
 * thrown as its reason. Redirects are not followed.
 */
export async function sendOnce(
  request: ApiRequest,
  deps: { dispatcher: Dispatcher; timeouts: Timeouts; clock: Clock },
  signal: AbortSignal,
): Promise<Attempt> {
  signal.throwIfAborted();
  const { timeouts } = deps;
  const deadline = createDeadline(signal);
  try {
    deadline.start(timeouts.connectMs + timeouts.headersMs);
    let response: Response;
    try {
      response = await fetchOnce(request, deps.dispatcher, deadline.signal);
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.isOver()) {
        return { result: failedRead("timeout", "The server did not answer in time"), repeatable: false };
      }
      const known = failureBeforeAnswer(error);
      if (known === null) throw error;
      return { result: known.failure, repeatable: known.repeatable };
    }
    deadline.start(timeouts.bodyMs);
    const { status } = response;
    const body = await readBody(response, request.bytesMax, deadline, signal);
    if (!Buffer.isBuffer(body)) return { result: body, repeatable: false };
    const serverTime = timeOf(response.headers.get("date"));
    const answer: Answer = {
      kind: "answer",
      httpStatus: status,
      serverTime,
      retryAfterMs: retryAfterMsOf(response.headers.get("retry-after"), serverTime ?? deps.clock()),
      location: response.headers.get("location"),
      body,
    };
    return { result: answer, repeatable: REPEATABLE_STATUS.has(status) };
  } finally {
    deadline.stop();
  }
}

/** By `ky` over undici's own fetch: the one that is built into Node takes no dispatcher of another undici. */
function fetchOnce(request: ApiRequest, dispatcher: Dispatcher, signal: AbortSignal): Promise<Response> {
  return ky(request.url, {
    method: request.method,
    headers: {
      accept: JSON_API,
      "content-type": JSON_API,
      ...(request.token === null ? {} : { authorization: `Bearer ${request.token}` }),
    },
    ...(request.body === undefined ? {} : { json: request.body }),
    retry: 0,
    timeout: false,
    throwHttpErrors: false,
    fetch: async (input) => {
      const prepared = new Request(input);
      return undiciFetch(prepared.url, {
        method: prepared.method,
        headers: [...prepared.headers],
        body: prepared.body === null ? null : new Uint8Array(await prepared.arrayBuffer()),
        redirect: "manual",
        signal,
        dispatcher,
      });
    },
  });
}

type Deadline = { signal: AbortSignal; start(ms: number): void; isOver(): boolean; abort(): void; stop(): void };

/** Aborts when the time that was started last is over, and with its parent. */
function createDeadline(parent: AbortSignal): Deadline {
  const controller = new AbortController();
  const follow = () => controller.abort(parent.reason);
  parent.addEventListener("abort", follow, { once: true });
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  return {
    signal: controller.signal,
    start(ms) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        over = true;
        controller.abort(new Error("The time is over"));
      }, ms);
    },
    isOver: () => over,
    abort: () => controller.abort(new Error("Not needed any more")),
    stop() {
      clearTimeout(timer);
      parent.removeEventListener("abort", follow);
    },
  };
}

/** Of an answer that is no success only the beginning is read, for its text. */
async function readBody(
  response: Response,
  bytesMax: number,
  deadline: Deadline,
  signal: AbortSignal,
): Promise<Buffer | FailedRead> {
  const { status: httpStatus, ok } = response;
  const cap = ok ? Math.min(bytesMax, constants.MAX_STRING_LENGTH) : ERROR_BODY_BYTES_MAX;
  const tooLarge = () => failedRead("too-large", `The answer is larger than ${cap} bytes`, { httpStatus });
  const announced = Number(response.headers.get("content-length") ?? 0) || 0;
  if (ok && announced > cap) {
    deadline.abort();
    return tooLarge();
  }
  const gathered = gatherBytes(cap, announced);
  let fits = true;
  try {
    for await (const chunk of response.body ?? []) {
      if (!(chunk instanceof Uint8Array)) throw new Error("The body of an answer came as something else than bytes");
      fits = gathered.add(chunk);
      if (!fits) break; // which hangs up
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!ok) return gathered.whole();
    if (deadline.isOver()) return failedRead("timeout", "The answer did not come to its end in time", { httpStatus });
    const known = failureInBody(error, httpStatus);
    if (known === null) throw error;
    return known;
  }
  return ok && !fits ? tooLarge() : gathered.whole();
}

function timeOf(header: string | null): Date | null {
  return header === null ? null : storableInstant(Date.parse(header));
}

/** Seconds, or an HTTP date to be compared with the clock of the server that wrote it. */
function retryAfterMsOf(header: string | null, serverTime: Date): number | null {
  if (header === null) return null;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
  const at = /[A-Za-z]{3}/.test(header) ? timeOf(header) : null;
  return at === null ? null : Math.max(0, at.getTime() - serverTime.getTime());
}
