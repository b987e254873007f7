import type { FastifyRequest } from "fastify";
import type { TokenRole } from "../domain/api-token.js";
import { FROM_API, type Origin } from "../domain/audit.js";

/** Who is asking, once that is proved. */
export type Caller =
  /** Where no token is needed: whoever gets here is on this machine. */
  | { by: "place"; role: TokenRole }
  /** By a header, or by the cookie of a login. `token`: its name. */
  | { by: "header" | "cookie"; role: TokenRole; token: string };

/**
 * Who may ask, declared with every route: a role, or one of these. `open`: anybody, as far as the place lets them in.
 * `link`: anybody from anywhere, for the address itself is the right. `signed`: who signs what is sent.
 */
export type Access = TokenRole | "open" | "link" | "signed";

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Null for whoever has proved nothing. */
    caller: Caller | null;
  }
}

/** For the audit log: where an action came from, and with which token. */
export function originOf({ caller }: FastifyRequest): Origin {
  if (caller === null) throw new Error("Nobody was let in to do this");
  if (caller.by === "place") return FROM_API;
  return { via: caller.by === "cookie" ? "page" : "api", userId: caller.token };
}
