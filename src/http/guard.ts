import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { carriesToken, localRefusal } from "./access.js";
import { HEALTH_PATHS } from "./health.js";
import { NOT_FOUND, type Problem, RequestRefused, UNAUTHORIZED } from "./problem.js";
import { isSignedRequest, type SignedSender } from "./signed.js";
import { UNSUBSCRIBE_PATHS } from "./unsubscribe.js";

/** Nothing may be run, embedded or fetched but the one stylesheet; an empty icon saves a request that finds nothing. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What every answer says, refusals included. */
export function setSafeHeaders(reply: FastifyReply): void {
  reply.headers({
    "cache-control": "no-store",
    "content-security-policy": POLICY,
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
}

/** Decides about every request before any of it is handled, but for those that prove themselves by a signature. */
export function registerGuard(app: FastifyInstance, apiToken: string | null, slack: SignedSender | null): void {
  app.addHook("onRequest", async (request, reply) => {
    setSafeHeaders(reply);
    if (isSignedRequest(request, slack)) return;
    const refusal = refusalOf(request, apiToken);
    if (refusal !== null) throw new RequestRefused([refusal]);
    if (request.is404) throw new RequestRefused([NOT_FOUND]);
  });
}

function refusalOf(request: FastifyRequest, apiToken: string | null): Problem | null {
  const isUnsubscribing = UNSUBSCRIBE_PATHS.some((path) => path === request.routeOptions.url);
  if (isUnsubscribing) return null;
  return apiToken === null ? localRefusal(request.headers) : tokenRefusal(request, apiToken);
}

/** Without a token whoever gets here is on this machine. */
export function isTrusted(request: FastifyRequest, apiToken: string | null): boolean {
  return apiToken === null || carriesToken(request.headers.authorization, apiToken);
}

function tokenRefusal(request: FastifyRequest, apiToken: string) {
  const isOpen = HEALTH_PATHS.some((path) => path === request.routeOptions.url);
  return isOpen || isTrusted(request, apiToken) ? null : UNAUTHORIZED;
}
