import type { ServerResponse } from "node:http";
import { type Answer, documentOf, refusal } from "./answer.js";

/**
 * Every way in which the server can fail.
 * - `unauthorized`, `forbidden`, `rate-limited`, `server-error`: 401, 403, 429 with `Retry-After`, 503.
 * - `login-refused`: 401 for every name and password.
 * - `unreachable`: the connection is cut before an answer. `timeout`: it is held, and no answer comes.
 * - `not-json`: the HTML page of a proxy, with 200. `wrong-shape`: JSON with 200 whose `data` is no list.
 * - `truncated`: fewer bytes than promised, then the connection is cut. `truncated-json`: a body that is whole for HTTP
 *   and ends in the middle of its JSON.
 * - `too-large`: a body without end. `slow-drip`: the right body, a byte at a time.
 * - `empty-list`: no errors, although the integrations refer to some. `blind`: no errors and no references.
 */
export const FAILURE_MODES = [
  "unauthorized",
  "forbidden",
  "unreachable",
  "timeout",
  "not-json",
  "truncated",
  "truncated-json",
  "wrong-shape",
  "too-large",
  "server-error",
  "rate-limited",
  "empty-list",
  "blind",
  "slow-drip",
  "login-refused",
] as const;
export type FailureMode = (typeof FAILURE_MODES)[number];

export type FailureOptions = {
  /** How many requests fail; without it, all until told otherwise. */
  times?: number;
  /** Only the errors list, or (by default) every request that can fail so. */
  scope?: "errors" | "everything";
  /** What `Retry-After` says: by default 30 with `rate-limited`, nothing with `server-error`. Means nothing elsewhere. */
  retryAfterSeconds?: number;
};

/** What a request is about, as far as failures tell requests apart. */
export type Target = "errors" | "integrations" | "login" | "session" | "description" | "unknown";

export type Failure = { readonly mode: FailureMode; readonly retryAfterSeconds: number | null };

/** Which requests fail, and how. */
export class Failures {
  private current: { failure: Failure; targets: readonly Target[]; left: number } | null = null;

  /** Replaces the failure before it; null ends it. Throws on options that mean nothing for the mode. */
  set(mode: FailureMode | null, options: FailureOptions): void {
    if (mode === null) {
      this.current = null;
      return;
    }
    const own = OWN_TARGETS[mode];
    if (own !== undefined && options.scope !== undefined) throw new Error(`${mode} has a scope of its own`);
    if (options.retryAfterSeconds !== undefined && mode !== "rate-limited" && mode !== "server-error") {
      throw new Error(`${mode} sends no Retry-After`);
    }
    const targets = options.scope === "errors" ? ["errors" as const] : (own ?? targetsOf(mode));
    const retryAfterSeconds = options.retryAfterSeconds ?? (mode === "rate-limited" ? 30 : null);
    this.current = { failure: { mode, retryAfterSeconds }, targets, left: options.times ?? Number.POSITIVE_INFINITY };
  }

  /** How this request is to fail, or null. A request that fails is counted. */
  take(target: Target): Failure | null {
    const { current } = this;
    if (current === null || current.left <= 0 || !current.targets.includes(target)) return null;
    current.left -= 1;
    return current.failure;
  }
}

const OWN_TARGETS: Partial<Record<FailureMode, readonly Target[]>> = {
  "login-refused": ["login"],
  "empty-list": ["errors"],
  blind: ["errors", "integrations"],
};

/** A token that is refused, or has too few rights, says nothing about logging in. */
const targetsOf = (mode: FailureMode): readonly Target[] =>
  mode === "unauthorized" || mode === "forbidden"
    ? ["errors", "integrations"]
    : ["errors", "integrations", "login", "session", "description", "unknown"];

/** The answer that stands in for the right one; null where the failure lies in how the right one is sent. */
export function answerOf({ mode, retryAfterSeconds }: Failure): Answer | null {
  const headers: Answer["headers"] = retryAfterSeconds === null ? {} : { "Retry-After": String(retryAfterSeconds) };
  switch (mode) {
    case "unauthorized":
      return refusal(401, "The token is not valid");
    case "login-refused":
      return refusal(401, "The name or the password is wrong");
    case "forbidden":
      return refusal(403, "The account lacks the right to do this");
    case "server-error":
      return refusal(503, "The server is starting", headers);
    case "rate-limited":
      return refusal(429, "Too many requests", headers);
    case "not-json":
      return { httpStatus: 200, contentType: "text/html; charset=utf-8", body: Buffer.from(PROXY_PAGE), headers: {} };
    case "wrong-shape":
      return documentOf({ data: { type: "notices", attributes: { text: "Scheduled maintenance" } } });
    case "unreachable":
    case "timeout":
    case "truncated":
    case "truncated-json":
    case "too-large":
    case "slow-drip":
    case "empty-list":
    case "blind":
      return null;
    default:
      throw new Error(`Unknown failure: ${JSON.stringify(mode satisfies never)}`);
  }
}

const PROXY_PAGE =
  "<!DOCTYPE html>\n<html><head><title>Web gateway</title></head><body><h1>Sign in to go on</h1></body></html>\n";
const DRIP_EVERY_MS = 50;
const FILLER = Buffer.from('{"type":"integration-errors","id":"0","attributes":{}},'.repeat(1000));

/** Sends an answer, in the way of the failure if it is one of those that lie in the sending. */
export function sendAnswer(response: ServerResponse, answer: Answer, mode: FailureMode | null): void {
  const { httpStatus, contentType, body } = answer;
  const headers = { ...answer.headers, "Content-Type": contentType };
  const withLength = { ...headers, "Content-Length": body.length };
  const half = body.subarray(0, Math.floor(body.length / 2));
  switch (mode) {
    case "truncated":
      response.writeHead(httpStatus, withLength);
      response.write(half, () => response.destroy());
      break;
    case "truncated-json":
      response.writeHead(httpStatus, headers);
      response.write(half);
      response.end();
      break;
    case "too-large":
      response.writeHead(httpStatus, headers);
      response.write('{"data":[');
      flood(response);
      break;
    case "slow-drip":
      response.writeHead(httpStatus, withLength);
      drip(response, body);
      break;
    default:
      response.writeHead(httpStatus, withLength);
      response.end(body);
  }
}

/** Goes on for as long as somebody reads, and no faster. */
function flood(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(FILLER));
  };
  response.on("drain", more);
  more();
}

function drip(response: ServerResponse, body: Buffer): void {
  let sent = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(sent, sent + 1));
    sent += 1;
    if (sent >= body.length) response.end();
  }, DRIP_EVERY_MS);
  timer.unref();
  for (const event of ["finish", "close"]) response.once(event, () => clearInterval(timer));
}
