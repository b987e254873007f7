import { randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { formTokenOf, isFormToken, SESSION_MS_MAX } from "../domain/session.js";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { isSameOrigin } from "./access.js";
import { type TokenGuard, withPatience } from "./guard.js";
import { ownAddress } from "./login-address.js";
import { sendBarePage } from "./page/bare-page.js";
import { forwardPage, loginPage, logoutPage } from "./page/login-page.js";
import { FOREIGN_ORIGIN, RequestRefused } from "./problem.js";
import { addRoute } from "./route.js";

/** `tokens`: null where none is needed. `sessionKey`: signs the forms as well. */
export type LoginRoutesDeps = { tokens: TokenGuard | null; sessionKey: Uint8Array; clock: Clock; log: Logger };

const FORM_MS_MAX = 3_600_000;
const TAKES_FORMS = { takesForms: true };

/**
 * `/login` and `/logout`, for browsers. What is posted here has to come from a form of ours, which shows in two ways: the
 * browser says that one of our pages sent it, and it carries a token that fits a cookie of that browser.
 */
export function registerLogin(app: FastifyInstance, deps: LoginRoutesDeps): void {
  const { tokens } = deps;
  app.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      "application/x-www-form-urlencoded",
      { parseAs: "string" },
      async (_request: unknown, body: string | Buffer) => String(body),
    );
    const open = (
      work: (request: FastifyRequest, reply: FastifyReply, guard: TokenGuard) => Promise<FastifyReply>,
    ) => ({
      access: "open" as const,
      // Where no token is needed there is nothing to log in to.
      handler: async (request: FastifyRequest, reply: FastifyReply) =>
        tokens === null ? leadOn(reply, "/") : work(request, reply, tokens),
    });
    addRoute(
      scope,
      "/login",
      {
        GET: open(async (request, reply, guard) => showLogin(deps, guard, request, reply)),
        POST: open((request, reply, guard) => logIn(deps, guard, request, reply)),
      },
      TAKES_FORMS,
    );
    addRoute(
      scope,
      "/logout",
      {
        GET: open(async (request, reply, guard) => showLogout(deps, guard, request, reply)),
        POST: open(async (request, reply, guard) => logOut(deps, guard, request, reply)),
      },
      TAKES_FORMS,
    );
    registered();
  });
}

function showLogin(deps: LoginRoutesDeps, guard: TokenGuard, request: FastifyRequest, reply: FastifyReply) {
  const next = ownAddress(new URLSearchParams(request.url.split("?")[1] ?? "").get("next") ?? "/");
  if (request.headers["sec-fetch-site"] === "cross-site") return sendBarePage(reply, forwardPage(next));
  return sendLogin(deps, guard, request, reply, { next, note: null });
}

/** With a form that fits the cookie the browser has, so that forms in other windows stay good, or a new one. */
function sendLogin(
  { sessionKey }: LoginRoutesDeps,
  { cookies }: TokenGuard,
  { headers }: FastifyRequest,
  reply: FastifyReply,
  shown: { next: string; note: string | null },
): FastifyReply {
  const bound = cookies.form.read(headers.cookie) ?? randomBytes(32).toString("base64url");
  reply.header("set-cookie", cookies.form.set(bound, FORM_MS_MAX));
  return sendBarePage(reply, loginPage({ ...shown, formToken: formTokenOf(sessionKey, bound) }));
}

async function logIn(deps: LoginRoutesDeps, guard: TokenGuard, request: FastifyRequest, reply: FastifyReply) {
  const { cookies, desk, publicUrl } = guard;
  if (!isSameOrigin(request.headers, publicUrl)) throw new RequestRefused([FOREIGN_ORIGIN]);
  const sent = new URLSearchParams(String(request.body ?? ""));
  const next = ownAddress(sent.get("next") ?? "/");
  const bound = cookies.form.read(request.headers.cookie);
  if (bound === null || !isFormToken(deps.sessionKey, bound, sent.get("form") ?? "")) {
    return sendLogin(deps, guard, request, reply.code(403), { next, note: "That form was out of date. Try again." });
  }
  const token = (sent.get("token") ?? "").trim();
  const session = await withPatience(request, reply, { ...deps, tokens: guard }, () => desk.begin(token, request.ip));
  if (session === null) {
    const note = "That is no token, or it has expired or been revoked.";
    return sendLogin(deps, guard, request, reply.code(401), { next, note });
  }
  reply.header("set-cookie", [cookies.session.set(session, SESSION_MS_MAX), cookies.form.set(null, 0)]);
  return leadOn(reply, next);
}

function showLogout(deps: LoginRoutesDeps, { cookies }: TokenGuard, { headers }: FastifyRequest, reply: FastifyReply) {
  const session = cookies.session.read(headers.cookie);
  if (session === null) return leadOn(reply, "/login");
  return sendBarePage(reply, logoutPage(formTokenOf(deps.sessionKey, session)));
}

function logOut(deps: LoginRoutesDeps, guard: TokenGuard, { headers, body }: FastifyRequest, reply: FastifyReply) {
  const { cookies, publicUrl } = guard;
  const session = cookies.session.read(headers.cookie);
  if (session === null) return leadOn(reply, "/login");
  const form = new URLSearchParams(String(body ?? "")).get("form") ?? "";
  const isOurs = isSameOrigin(headers, publicUrl) && isFormToken(deps.sessionKey, session, form);
  if (!isOurs) throw new RequestRefused([FOREIGN_ORIGIN]);
  reply.header("set-cookie", cookies.session.set(null, 0));
  return leadOn(reply, "/login");
}

function leadOn(reply: FastifyReply, next: string): FastifyReply {
  return reply.code(303).header("location", next).send();
}
