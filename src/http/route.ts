import type { FastifyInstance, RouteHandlerMethod } from "fastify";
import { RequestRefused, WRONG_METHOD } from "./problem.js";

const OTHER_METHODS = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/** An address that answers to GET and HEAD, and to other methods with a refusal before anything of theirs is read. */
export function readOnlyRoute(app: FastifyInstance, url: string, handler: RouteHandlerMethod): void {
  const refuse = async () => {
    throw new RequestRefused([WRONG_METHOD]);
  };
  app.route({ method: "GET", url, handler });
  app.route({ method: OTHER_METHODS, url, onRequest: refuse, handler: refuse });
}
