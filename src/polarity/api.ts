import type { FailedRead } from "../domain/snapshot.js";
import { type Exchange, failureOf } from "./exchange.js";
import type { Session } from "./session.js";
import type { Answer } from "./transport.js";

/** What is asked for, for the sentences about its failures. */
export type Resource = {
  path: string;
  /** As in "may not read the list of errors". */
  what: string;
  /** What a 404 probably means. */
  notFound: string;
};

/** Gets resources with a valid token; only answers with success come back, all else is a failed read. */
export interface Api {
  get(resource: Resource, url: URL, bytesMax: number, signal: AbortSignal): Promise<Answer | FailedRead>;
  urlOf(path: string, query?: Readonly<Record<string, string>>): URL;
}

/** After a 401 the session may give another token, and the request is sent once more. */
export function createApi(deps: { exchange: Exchange; session: Session; urlOf: Api["urlOf"] }): Api {
  return {
    urlOf: deps.urlOf,
    async get(resource, url, bytesMax, signal) {
      const send = (token: string) => deps.exchange({ method: "GET", url, token, bytesMax }, signal);
      const first = await deps.session.token(signal);
      if (first.kind === "failed") return first;
      let answer = await send(first.value);
      if (answer.kind === "answer" && answer.httpStatus === 401) {
        const second = await deps.session.renew(first.value, signal);
        if (second.kind === "failed") return second;
        answer = await send(second.value);
      }
      if (answer.kind === "failed" || (answer.httpStatus >= 200 && answer.httpStatus < 300)) return answer;
      const { refused } = deps.session;
      return failureOf(answer, { ...resource, refused, ownSecrets: deps.session.secrets() });
    },
  };
}

/**
 * The base of all paths: `https` for a bare host name, and what stands before `/api` in a whole URL. Throws on what is no
 * URL of a web server, and on one with a user name in it; the message never quotes it.
 */
export function parseServerUrl(url: string): URL {
  const text = url.trim();
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(whole)) throw new Error("The URL of a Polarity server cannot be read");
  const parsed = new URL(whole);
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") {
    throw new Error("The URL of a Polarity server has to begin with https:// or http://");
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new Error("The URL of a Polarity server must not hold a user name or a password");
  }
  return new URL(parsed.pathname.replace(/(?:\/api)?\/*$/, "/"), parsed.origin);
}
