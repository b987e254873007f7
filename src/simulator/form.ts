import { type Answer, JSON_API, refusal } from "./answer.js";
import type { Target } from "./failures.js";
import type { Caller } from "./sessions.js";

/** A request as far as an answer depends on it. */
export type ApiRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  readonly caller: Caller;
  /** Null: longer than any login. */
  readonly body: string | null;
};

const PATHS: Readonly<Record<string, Target>> = {
  "/api/users/login": "login",
  "/api/users/refresh": "session",
  "/api/users/logout": "session",
  "/api/integrations": "integrations",
  "/api/integrations/errors": "errors",
  "/api/openapi": "description",
};
const ONE_INTEGRATION = /^\/api\/integrations\/([^/]+)$/;
const POSTS = ["/api/users/login", "/api/users/logout"];
const READABLE = [JSON_API, "application/json"];
/** What a path is about. */
export function targetOf(path: string): Target {
  return PATHS[path] ?? (ONE_INTEGRATION.test(path) ? "integrations" : "unknown");
}

/** The id in a path of one integration; null when there is none, or it is badly encoded. */
export function integrationIdIn(path: string): string | null {
  try {
    return decodeURIComponent(ONE_INTEGRATION.exec(path)?.[1] ?? "") || null;
  } catch {
    return null; // a stray % is in no id
  }
}

/** Path, method and media types, in that order; null when all are fine. */
export function refusalOfForm({ method, path, contentType, accept }: ApiRequest): Answer | null {
  const isPost = POSTS.includes(path);
  const isKnown = targetOf(path) !== "unknown";
  if (method !== "GET" && !(method === "POST" && isPost)) {
    return refusal(405, "Only reading, logging in and logging out are possible", isKnown ? allow(isPost) : {});
  }
  if (!isKnown) return refusal(404, "There is nothing under this path");
  if (method === "GET" && isPost) return refusal(405, "This is a POST", allow(isPost));
  const accepted = (accept ?? "*/*").split(",").map(mediaTypeOf);
  if (!accepted.some((type) => [...READABLE, "*/*", "application/*"].includes(type))) {
    return refusal(406, "Only JSON:API and JSON are spoken");
  }
  if (path !== "/api/openapi" && !READABLE.includes(mediaTypeOf(contentType ?? ""))) {
    return refusal(415, "Content-Type has to be JSON:API or JSON, also without a body");
  }
  return null;
}

const allow = (isPost: boolean) => ({ Allow: isPost ? "POST" : "GET" });

const mediaTypeOf = (header: string) => (header.split(";")[0] ?? "").trim().toLowerCase();
