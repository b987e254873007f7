import type { Dispatcher } from "undici";
import type { FailedRead } from "../domain/snapshot.js";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { failedRead, quoted, textOfErrorBody } from "./failure.js";
import { type RetryPolicy, type Sleep, withRetries } from "./retry.js";
import { type Answer, type ApiRequest, sendOnce, type Timeouts } from "./transport.js";

/** Asks the server one thing; the answer may have any status but a redirect. */
export type Exchange = (request: ApiRequest, signal: AbortSignal) => Promise<Answer | FailedRead>;

export type ExchangeDeps = {
  dispatcher: Dispatcher;
  timeouts: Timeouts;
  retry: RetryPolicy;
  clock: Clock;
  random: () => number;
  sleep: Sleep;
  log: Logger;
};

const REDIRECTS_MAX = 3;

/**
 * Requests that only read are repeated as the policy says, and follow redirects within the same origin: whoever else
 * the server names must not get the token. A POST is sent once.
 */
export function createExchange(deps: ExchangeDeps): Exchange {
  return async (request, signal) => {
    const canRepeat = request.method === "GET";
    const policy = canRepeat ? deps.retry : { ...deps.retry, attemptsMax: 1 };
    let url = request.url;
    for (let redirects = 0; ; redirects += 1) {
      const attempt = () => sendOnce({ ...request, url }, deps, signal);
      const answer = await withRetries(attempt, { ...deps, policy }, signal);
      if (answer.kind === "failed" || !isRedirect(answer)) return answer;
      const target = URL.canParse(answer.location, url.href) ? new URL(answer.location, url) : null;
      if (!canRepeat || redirects >= REDIRECTS_MAX || target?.origin !== url.origin) {
        return refusedRedirect(answer.httpStatus, target, url);
      }
      url = target;
    }
  };
}

function isRedirect(answer: Answer): answer is Answer & { location: string } {
  return [301, 302, 303, 307, 308].includes(answer.httpStatus) && answer.location !== null;
}

function refusedRedirect(httpStatus: number, target: URL | null, from: URL): FailedRead {
  const isElsewhere = target !== null && target.origin !== from.origin;
  const detail = isElsewhere
    ? `The server redirects to ${quoted(target.origin, [])}, where its token must not be sent: set the URL that is meant`
    : "The server redirects in a way that cannot be followed";
  return failedRead("wrong-shape", detail, { httpStatus });
}

/** What an answer without success means for a read; `refused` says what a 401 means for these credentials. */
export function failureOf(
  answer: Answer,
  context: { what: string; refused: string; notFound: string; ownSecrets: readonly string[] },
): FailedRead {
  const { httpStatus, retryAfterMs } = answer;
  const text = textOfErrorBody(answer.body);
  const said = text === null ? "" : `: ${quoted(text, context.ownSecrets)}`;
  const failed = (reason: FailedRead["reason"], detail: string) =>
    failedRead(reason, `${detail}${said}`, { httpStatus, retryAfterMs });
  if (httpStatus === 401) return failed("unauthorized", context.refused);
  if (httpStatus === 403) return failed("forbidden", `These credentials may not read ${context.what} (HTTP 403)`);
  if (httpStatus === 404)
    return failed("wrong-shape", `The server has no ${context.what} (HTTP 404): ${context.notFound}`);
  if (httpStatus === 429) return failed("rate-limited", "The server limits how often it may be asked (HTTP 429)");
  if (httpStatus >= 500) return failed("server-error", `The server failed to answer (HTTP ${httpStatus})`);
  if (httpStatus === 408) return failed("timeout", "The server gave up waiting for the request (HTTP 408)");
  return failed("wrong-shape", `The server refused to list ${context.what} (HTTP ${httpStatus})`);
}
