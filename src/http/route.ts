import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import * as z from "zod";
import type { Access } from "./caller.js";
import { JSON_API } from "./document.js";
import { NOT_FOUND, RequestRefused, WRONG_BODY_TYPE, wrongMethod } from "./problem.js";

const OTHER_METHODS = ["PUT", "PATCH", "OPTIONS", "TRACE"] as const;
export const WRITING_METHODS = ["POST", "DELETE"] as const;
export type WritingMethod = (typeof WRITING_METHODS)[number];

/** Who may ask for something, and who answers. */
export type Declared = { access: Access; handler: RouteHandlerMethod };
/** Who answers to which method of an address; what answers to GET answers to HEAD as well. */
export type Handlers = { readonly [method in "GET" | WritingMethod]?: Declared };

const BODY_BYTES_MAX = 65_536;

/** An address that answers to GET and HEAD, and to other methods with a refusal before anything of theirs is read. */
export function readOnlyRoute(app: FastifyInstance, url: string, access: Access, handler: RouteHandlerMethod): void {
  addRoute(app, url, { GET: { access, handler } });
}

/**
 * An address with its methods. The others are refused before anything of theirs is read, and so is what would change
 * something without being declared as JSON:API: a web page of others cannot send that without being allowed to first.
 * `takesForms`: it can be sent from anywhere, for the address itself is what lets one in.
 */
export function addRoute(
  app: FastifyInstance,
  url: string,
  handlers: Handlers,
  { takesForms = false }: { takesForms?: boolean } = {},
): void {
  const readable = handlers.GET === undefined ? [] : (["GET", "HEAD"] as const);
  const writable = WRITING_METHODS.filter((method) => handlers[method] !== undefined);
  if (handlers.GET !== undefined) app.route({ method: "GET", url, ...declaredAs(handlers.GET) });
  for (const method of writable) {
    const declared = handlers[method];
    if (declared === undefined) continue;
    const route = { method, url, ...declaredAs(declared) };
    app.route(takesForms ? route : { ...route, bodyLimit: BODY_BYTES_MAX, onRequest: requireJsonApi });
  }
  const isForAnybody = Object.values(handlers).find(({ access }) => access === "open" || access === "link");
  refuseOtherMethods(app, url, [...readable, ...writable], isForAnybody?.access ?? "viewer");
}

const METHODS = ["GET", "HEAD", ...WRITING_METHODS, ...OTHER_METHODS] as const;
type Method = (typeof METHODS)[number];

/** The methods that an address does not answer to are refused before anything of theirs is read. */
export function refuseOtherMethods(
  app: FastifyInstance,
  url: string,
  allowed: readonly Method[],
  access: Access,
): void {
  const refuse = async (_request: FastifyRequest, reply: FastifyReply) => {
    reply.header("allow", allowed.join(", "));
    throw new RequestRefused([wrongMethod(allowed)]);
  };
  const method = METHODS.filter((one) => !allowed.includes(one));
  app.route({ method, url, onRequest: refuse, ...declaredAs({ access, handler: refuse }) });
}

function declaredAs({ access, handler }: Declared) {
  return { config: { access }, handler };
}

async function requireJsonApi(request: FastifyRequest): Promise<void> {
  const type = request.headers["content-type"]?.trim().toLowerCase();
  if (type !== JSON_API) throw new RequestRefused([WRONG_BODY_TYPE]);
}

const params = z.object({ id: z.string() });

/** The `:id` of an address. Nothing has an id with U+0000 in it, and Postgres would refuse even to look for it. */
export function idOf(given: unknown): string {
  const { id } = params.parse(given);
  if (id.includes("\u0000")) throw new RequestRefused([NOT_FOUND]);
  return id;
}
