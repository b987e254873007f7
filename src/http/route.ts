import type { FastifyInstance, RouteHandlerMethod } from "fastify";
import * as z from "zod";
import { NOT_FOUND, RequestRefused, WRONG_METHOD } from "./problem.js";

const OTHER_METHODS = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/** An address that answers to GET and HEAD, and to other methods with a refusal before anything of theirs is read. */
export function readOnlyRoute(app: FastifyInstance, url: string, handler: RouteHandlerMethod): void {
  const refuse = async () => {
    throw new RequestRefused([WRONG_METHOD]);
  };
  app.route({ method: "GET", url, handler });
  app.route({ method: OTHER_METHODS, url, onRequest: refuse, handler: refuse });
}

const params = z.object({ id: z.string() });

/** The `:id` of an address. Nothing has an id with U+0000 in it, and Postgres would refuse even to look for it. */
export function idOf(given: unknown): string {
  const { id } = params.parse(given);
  if (id.includes("\u0000")) throw new RequestRefused([NOT_FOUND]);
  return id;
}
