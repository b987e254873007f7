import type * as z from "zod";
import type { DigestPlan } from "../../app/digest.js";
import type { TokenRole } from "../../domain/api-token.js";
import type { Origin } from "../../domain/audit.js";
import type { Rule } from "../../domain/rule.js";
import type { Clock } from "../../lib/clock.js";
import type { Database } from "../../store/prisma.js";
import type { FailureStatus } from "../contract/problem-schemas.js";
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

/** A request that succeeds where there is such a thing; tests send it. */
export type Example = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

/** What the contract says of a request, by the schemas that read it and that describe its answer. */
type Contract = {
  path: string;
  /** Stands for it in programs that are made from the contract. */
  operationId: string;
  summary: string;
  query: z.ZodObject;
  /** What can go wrong with it besides what can with every request. */
  problems?: readonly FailureStatus[];
  examples: readonly [Example, ...Example[]];
};

/** One address of the API. It throws a RequestRefused when there is nothing to answer. `document`: its whole answer. */
export type Endpoint = Contract & {
  document: z.ZodType;
  /** Who may ask, where not every viewer may. */
  role?: TokenRole;
  answer(deps: EndpointDeps, asked: Asked): Promise<Document>;
};

/** What became of a request that changes something: a new thing, with its address where it has one; or all is said. */
export type Written = { kind: "created"; document: Document; location: string | null } | { kind: "done" };

/** What one address does by another method than GET. It throws a RequestRefused when it is not to be done. */
export type WritingEndpoint = Contract & {
  method: WritingMethod;
  /** Who may do it. */
  role: TokenRole;
  body: z.ZodType;
  /** What is answered when something was created; null when nothing ever is. */
  document: z.ZodType | null;
  /** `origin`: from where it is asked, and with which token. */
  perform(deps: EndpointDeps, asked: Asked & { body: unknown; origin: Origin }): Promise<Written>;
};
