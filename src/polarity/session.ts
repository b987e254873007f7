import * as z from "zod";
import type { FailedRead } from "../domain/snapshot.js";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import type { Exchange } from "./exchange.js";
import { failedRead, quoted, textOfErrorBody } from "./failure.js";
import { parseJson } from "./json-value.js";
import type { Answer } from "./transport.js";

type Token = { kind: "token"; value: string };

/** Where the token of each request comes from. */
export interface Session {
  token(signal: AbortSignal): Promise<Token | FailedRead>;
  /** Another token after `refused` got a 401; a failure when there is no other. */
  renew(refused: string, signal: AbortSignal): Promise<Token | FailedRead>;
  /** What a 401 means when nothing is left to try. */
  refused: string;
  /** What must not be repeated in any text. */
  secrets(): readonly string[];
  /** Gives the token back where that can be done. Never throws. */
  close(signal: AbortSignal): Promise<void>;
}

/** An API key is its own token: there is nothing to log in to, to renew or to log out of. */
export function createKeySession(apiKey: string): Session {
  const refused = "The server refused the API key (HTTP 401): it may have expired or been revoked";
  return {
    token: async () => ({ kind: "token", value: apiKey }),
    renew: async () => failedRead("unauthorized", refused, { httpStatus: 401 }),
    refused,
    secrets: () => [apiKey],
    close: async () => {},
  };
}

export type PasswordSessionDeps = {
  username: string;
  password: string;
  urlOf: (path: string) => URL;
  exchange: Exchange;
  clock: Clock;
  log: Logger;
};

const ANSWER_BYTES_MAX = 1024 * 1024;
/** Wrong passwords may lock an account of a directory, so a refused login is not tried again at once. */
const LOGIN_PAUSE_MS_MIN = 60_000;
const LOGIN_PAUSE_MS_MAX = 30 * 60_000;

const loginAnswer = z.object({
  data: z.object({
    token: z.string().regex(/^[\x21-\x7e]+$/),
    expiration_time: z
      .union([
        z.number(),
        z
          .string()
          .regex(/^\d{1,15}$/)
          .transform(Number),
      ])
      .nullish()
      .catch(null),
  }),
});

/** Instants of our own clock. */
type Held = { value: string; refreshAt: Date | null; expiresAt: Date | null };

/**
 * Logs in when a token is first wanted, refreshes it after four fifths of its lifetime, and logs in again when it was
 * refused. Whoever wants a token meanwhile waits for the same login. After a refused login none is tried for one minute,
 * doubling to half an hour.
 */
export function createPasswordSession(deps: PasswordSessionDeps): Session {
  let held: Held | null = null;
  let pending: Promise<Token | FailedRead> | null = null;
  let refusals = 0;
  let nextLoginAt: Date | null = null;
  const lifetime = new AbortController();

  const hold = (answer: Answer): Token | FailedRead => {
    const parsed = loginAnswer.safeParse(parseJson(answer.body.toString("utf8")));
    if (!parsed.success) {
      return failedRead("wrong-shape", "The server's answer to a login holds no token", {
        httpStatus: answer.httpStatus,
      });
    }
    const { token, expiration_time: expiresAtSeconds } = parsed.data.data;
    const now = deps.clock().getTime();
    const lifetimeMs = (expiresAtSeconds ?? 0) * 1000 - (answer.serverTime?.getTime() ?? now);
    const after = (part: number) => (lifetimeMs > 0 ? new Date(now + lifetimeMs * part) : null);
    held = { value: token, refreshAt: after(0.8), expiresAt: after(1) };
    return { kind: "token", value: token };
  };

  const login = async (): Promise<Token | FailedRead> => {
    held = null;
    const now = deps.clock();
    if (nextLoginAt !== null && now < nextLoginAt) return pausedUntil(nextLoginAt, now);
    const body = { identification: deps.username, password: deps.password };
    const url = deps.urlOf("/api/users/login");
    const request = { method: "POST", url, token: null, body, bytesMax: ANSWER_BYTES_MAX } as const;
    const answer = await deps.exchange(request, lifetime.signal);
    if (answer.kind === "failed") return answer;
    if (answer.httpStatus >= 200 && answer.httpStatus < 300) {
      refusals = 0;
      nextLoginAt = null;
      return hold(answer);
    }
    const failure = failureOfLogin(answer, [deps.password]);
    if (failure.reason === "unauthorized") {
      const pauseMs = Math.min(LOGIN_PAUSE_MS_MIN * 2 ** refusals, LOGIN_PAUSE_MS_MAX);
      refusals += 1;
      nextLoginAt = new Date(deps.clock().getTime() + pauseMs);
      return { ...failure, detail: `${failure.detail}; the next login will be tried at ${nextLoginAt.toISOString()}` };
    }
    return failure;
  };

  const refresh = async (current: Held): Promise<Token | FailedRead> => {
    const url = deps.urlOf("/api/users/refresh");
    const request = { method: "GET", url, token: current.value, bytesMax: ANSWER_BYTES_MAX } as const;
    const answer = await deps.exchange(request, lifetime.signal);
    if (answer.kind === "answer" && answer.httpStatus >= 200 && answer.httpStatus < 300) {
      const fresh = hold(answer);
      if (fresh.kind === "token") return fresh;
    }
    if (answer.kind === "answer" && answer.httpStatus === 401) return login();
    if (held === current) postponeRefresh(current, deps.clock());
    return { kind: "token", value: current.value };
  };

  const shared = (start: () => Promise<Token | FailedRead>, signal: AbortSignal): Promise<Token | FailedRead> => {
    signal.throwIfAborted(); // nobody would wait for what was started, and its failure would end the process
    pending ??= start().finally(() => {
      pending = null;
    });
    return untilAborted(pending, signal);
  };

  return {
    async token(signal) {
      if (pending !== null) return untilAborted(pending, signal);
      const now = deps.clock();
      const current = held;
      if (current === null || (current.expiresAt !== null && now >= current.expiresAt)) return shared(login, signal);
      if (current.refreshAt !== null && now >= current.refreshAt) return shared(() => refresh(current), signal);
      return { kind: "token", value: current.value };
    },
    async renew(refused, signal) {
      if (pending !== null) return untilAborted(pending, signal);
      if (held !== null && held.value !== refused) return { kind: "token", value: held.value };
      return shared(login, signal);
    },
    refused: "The server refused a token that it had just given out (HTTP 401)",
    secrets: () => (held === null ? [deps.password] : [deps.password, held.value]),
    async close(signal) {
      try {
        if (pending !== null) await untilAborted(pending, signal);
        if (held === null) return;
        const { value } = held;
        held = null;
        const url = deps.urlOf("/api/users/logout");
        const request = { method: "POST", url, token: value, bytesMax: ANSWER_BYTES_MAX } as const;
        const answer = await deps.exchange(request, signal);
        const reason = answer.kind === "failed" ? answer.reason : null;
        if (reason !== null || (answer.httpStatus ?? 0) >= 300) {
          deps.log.debug({ reason, http_status: answer.httpStatus }, "Polarity logout failed");
        }
      } catch {
        deps.log.debug("Polarity logout was given up");
      } finally {
        lifetime.abort(new Error("The Polarity session is closed"));
      }
    },
  };
}

function failureOfLogin(answer: Answer, ownSecrets: readonly string[]): FailedRead {
  const { httpStatus, retryAfterMs } = answer;
  const text = textOfErrorBody(answer.body);
  const said = text === null ? "" : `: ${quoted(text, ownSecrets)}`;
  const more = { httpStatus, retryAfterMs };
  if (httpStatus === 429) return failedRead("rate-limited", `The server limits logins (HTTP 429)${said}`, more);
  if (httpStatus >= 500)
    return failedRead("server-error", `The server failed to log in (HTTP ${httpStatus})${said}`, more);
  if (httpStatus === 404) {
    return failedRead("wrong-shape", "The server has no login (HTTP 404): it may be too old, or another product", more);
  }
  const who = "the user name or the password; an account that signs in through SAML cannot be used";
  return failedRead("unauthorized", `The server refused ${who} (HTTP ${httpStatus})${said}`, more);
}

function pausedUntil(nextLoginAt: Date, now: Date): FailedRead {
  return failedRead(
    "unauthorized",
    `The server refused the last login; so as not to lock the account the next one will be tried at ${nextLoginAt.toISOString()}`,
    { retryAfterMs: nextLoginAt.getTime() - now.getTime() },
  );
}

/** The token still holds, so a refresh that failed is tried again after half of what is left. */
function postponeRefresh(held: Held, now: Date): void {
  if (held.expiresAt !== null) held.refreshAt = new Date((now.getTime() + held.expiresAt.getTime()) / 2);
}

/** What many wait for goes on when one of them gives up. */
async function untilAborted<Value>(shared: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  let giveUp = () => {};
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
  });
  try {
    return await Promise.race([shared, aborted]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
