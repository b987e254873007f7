import type { DigestPlan } from "../../app/digest.js";
import type { TokenRole } from "../../domain/api-token.js";
import type { Origin } from "../../domain/audit.js";
import type { Rule } from "../../domain/rule.js";
import type { Clock } from "../../lib/clock.js";
import type { Database } from "../../store/prisma.js";
import type { Document } from "../document.js";
import type { WritingMethod } from "../route.js";

/** `rules` and `digests`: those of the configuration that holds now. */
export type EndpointDeps = {
  digests: () => readonly DigestPlan[];
  db: Database;
  clock: Clock;
  rules: () => readonly Rule[];
};

/** What one request asks for, as it came. */
type Asked = { url: string; query: unknown; params: unknown };

/** One address of the API. It throws a RequestRefused when there is nothing to answer. */
export type Endpoint = {
  path: string;
  /** Who may ask, where not every viewer may. */
  role?: TokenRole;
  answer(deps: EndpointDeps, asked: Asked): Promise<Document>;
};

/** What became of a request that changes something: a new thing, with its address where it has one; or all is said. */
export type Written = { kind: "created"; document: Document; location: string | null } | { kind: "done" };

/** What one address does by another method than GET. It throws a RequestRefused when it is not to be done. */
export type WritingEndpoint = {
  path: string;
  method: WritingMethod;
  /** Who may do it. */
  role: TokenRole;
  /** `origin`: from where it is asked, and with which token. */
  perform(deps: EndpointDeps, asked: Asked & { body: unknown; origin: Origin }): Promise<Written>;
};
