import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { allows } from "../domain/api-token.js";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { isSameOrigin, localRefusal, presentedToken } from "./access.js";
import type { Access, Caller } from "./caller.js";
import type { Cookies } from "./cookies.js";
import type { FailedLogins } from "./failed-logins.js";
import type { LoginDesk } from "./login-desk.js";
import { FOREIGN_ORIGIN, NOT_FOUND, RequestRefused, roleTooLow, TOO_MANY_LOGINS, UNAUTHORIZED } from "./problem.js";
import type { SignedSender } from "./signed.js";

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

/** Where tokens are needed, what proves them. */
export type TokenGuard = { desk: LoginDesk; failed: FailedLogins; cookies: Cookies; publicUrl: string | null };

export type GuardDeps = {
  /** Null where none is needed. */
  tokens: TokenGuard | null;
  slack: SignedSender | null;
  clock: Clock;
  log: Logger;
};

/** One method of one address, with who may ask. */
export type DeclaredRoute = { method: string; url: string; access: Access };

/**
 * Decides about every request before any of it is handled: here alone. A route that does not declare who may ask cannot be
 * registered. Gives those that are, as they come.
 */
export function registerGuard(app: FastifyInstance, deps: GuardDeps): readonly DeclaredRoute[] {
  const declared: DeclaredRoute[] = [];
  app.decorateRequest("caller", null);
  app.addHook("onRoute", ({ url, method, config }) => {
    const access = config?.access;
    if (access === undefined) throw new Error(`The route ${url} does not declare who may ask`);
    for (const one of [method].flat()) declared.push({ method: one, url, access });
  });
  app.addHook("onRequest", async (request, reply) => {
    setSafeHeaders(reply);
    const access = accessOf(request, deps.slack);
    if (access === "link" || access === "signed") return;
    request.caller = deps.tokens === null ? whoeverIsHere(request) : await callerOf(request, reply, access, deps);
    if (access !== "open") {
      if (request.caller === null) throw new RequestRefused([UNAUTHORIZED]);
      if (!allows(request.caller.role, access)) throw new RequestRefused([roleTooLow(access)]);
    }
    if (request.is404) throw new RequestRefused([NOT_FOUND]);
  });
  return declared;
}

/** An address that there is not is not told from one that there is, to whoever may see neither. */
function accessOf(request: FastifyRequest, slack: SignedSender | null): Access {
  const access = request.is404 ? "viewer" : request.routeOptions.config.access;
  if (access === undefined) throw new Error("A route does not declare who may ask");
  return access === "signed" && slack?.isOpen() !== true ? "viewer" : access;
}

function whoeverIsHere({ headers }: FastifyRequest): Caller {
  const refusal = localRefusal(headers);
  if (refusal !== null) throw new RequestRefused([refusal]);
  return { by: "place", role: "admin" };
}

/** Who it is. A token in a header counts before a cookie; where anybody may ask, nothing keeps one from being answered. */
async function callerOf(
  request: FastifyRequest,
  reply: FastifyReply,
  access: Access,
  deps: GuardDeps & { tokens: TokenGuard | null },
): Promise<Caller | null> {
  if (deps.tokens === null) return null;
  try {
    const token = presentedToken(request.headers.authorization);
    return token === null
      ? await callerByCookie(request, deps.tokens)
      : await callerByHeader(request, reply, token, { ...deps, tokens: deps.tokens });
  } catch (error) {
    if (access !== "open") throw error;
    deps.log.debug({ err: error }, "Nobody could be proved");
    reply.removeHeader("retry-after");
    return null; // also where Postgres is away, which is what health is about
  }
}

async function callerByHeader(
  request: FastifyRequest,
  reply: FastifyReply,
  token: string,
  deps: { tokens: TokenGuard; clock: Clock; log: Logger },
): Promise<Caller | null> {
  const admitted = await withPatience(request, reply, deps, () => deps.tokens.desk.prove(token));
  return admitted === null ? null : { by: "header", ...admitted };
}

/**
 * Has a token looked at, unless too many wrong ones came from that address; null when it was one more. Texts that do not
 * even have the form of our tokens are looked at without a pause, so that no burst of guesses gets in between.
 */
export async function withPatience<T>(
  { ip }: FastifyRequest,
  reply: FastifyReply,
  { tokens: { failed }, clock, log }: { tokens: Pick<TokenGuard, "failed">; clock: Clock; log: Logger },
  look: () => Promise<T | null>,
): Promise<T | null> {
  const waitMs = failed.waitMs(ip, clock());
  if (waitMs > 0) {
    reply.header("retry-after", String(Math.ceil(waitMs / 1000)));
    throw new RequestRefused([TOO_MANY_LOGINS]);
  }
  const found = await look();
  if (found === null && failed.note(ip, clock())) log.warn({ address: ip }, "Too many wrong tokens from one address");
  return found;
}

async function callerByCookie(request: FastifyRequest, tokens: TokenGuard): Promise<Caller | null> {
  const { desk, cookies, publicUrl } = tokens;
  const { headers, method } = request;
  const cookie = cookies.session.read(headers.cookie);
  const admitted = cookie === null ? null : await desk.goOn(cookie);
  if (admitted === null) return null;
  const isReading = method === "GET" || method === "HEAD";
  if (!isReading && !isSameOrigin(headers, publicUrl)) throw new RequestRefused([FOREIGN_ORIGIN]);
  return { by: "cookie", ...admitted };
}
