import { errorCodes, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "../lib/logger.js";
import { isDatabaseUnavailable } from "../store/database-error.js";
import { sendProblems } from "./document.js";
import { loginAddress } from "./login-address.js";
import { wantsHtml } from "./media-type.js";
import { sendProblemPage } from "./page/problem-page.js";
import { BAD_REQUEST, BODY_TOO_LARGE, DATABASE_AWAY, INTERNAL, type Problem, RequestRefused } from "./problem.js";

/** Answers whatever a request ends with instead of a result. Only refusals are told in their own words. */
export function registerFailures(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error, request, reply) => sendFailure(request, reply, problemsOf(error, request, log)));
}

/** Sends problems in the form that fits whoever asked: a page for a browser, unless it looked at the API. */
export function sendFailure(
  request: FastifyRequest,
  reply: FastifyReply,
  problems: readonly [Problem, ...Problem[]],
): FastifyReply {
  const [{ httpStatus }] = problems;
  const isBrowser = wantsHtml(request.headers.accept);
  const isPerson = isBrowser && !request.url.startsWith("/api");
  if (httpStatus === 503) reply.header("retry-after", "5");
  if (httpStatus === 401) {
    const isReading = request.method === "GET" || request.method === "HEAD";
    if (isBrowser && isReading) return reply.code(303).header("location", loginAddress(request.url)).send();
    reply.header("www-authenticate", "Bearer");
  }
  return isPerson ? sendProblemPage(reply, problems[0]) : sendProblems(reply, problems);
}

function problemsOf(error: unknown, request: FastifyRequest, log: Logger): readonly [Problem, ...Problem[]] {
  if (error instanceof RequestRefused) return error.problems;
  const route = request.routeOptions.url ?? null;
  if (isDatabaseUnavailable(error)) {
    log.warn({ route, err: error }, "A request found the database away");
    return [DATABASE_AWAY];
  }
  if (error instanceof errorCodes.FST_ERR_CTP_BODY_TOO_LARGE) return [BODY_TOO_LARGE];
  if (isClientFault(error)) return [BAD_REQUEST];
  log.error({ route, err: error }, "A request failed");
  return [INTERNAL];
}

/** What the framework itself found wrong with a request. */
function isClientFault(error: unknown): boolean {
  return [
    errorCodes.FST_ERR_BAD_URL,
    errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE,
    errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH,
  ].some((known) => error instanceof known);
}
