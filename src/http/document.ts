import type { FastifyReply } from "fastify";
import type { Problem } from "./problem.js";

export const JSON_API = "application/vnd.api+json";

type Identifier = { type: string; id: string };
export type Relationship = { data: Identifier | null | readonly Identifier[] };
/** One thing, as JSON:API writes it. */
export type Resource = Identifier & {
  attributes: Readonly<Record<string, unknown>>;
  relationships?: Readonly<Record<string, Relationship>>;
  links?: { self: string };
};

export type Document =
  | { meta: Readonly<Record<string, unknown>> }
  | {
      links?: { self: string; next?: string | null };
      data: Resource | readonly Resource[];
      included?: readonly Resource[];
      meta?: Readonly<Record<string, unknown>>;
    };

type HyphenedName<Name> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `-${Lowercase<First>}`}${HyphenedName<Rest>}`
  : Name;
type Hyphened<Fields> = { [Name in keyof Fields as HyphenedName<Name> & PropertyKey]: Fields[Name] };

/** The fields under the names that JSON:API attributes have here: `firstSeenAt` is `first-seen-at`. */
export function attributesOf<Fields extends object>(fields: Fields): Hyphened<Fields> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`),
      value,
    ]),
  ) as Hyphened<Fields>;
}

export const one = (type: string, id: string): Relationship => ({ data: { type, id } });
export const oneOrNone = (type: string, id: string | null): Relationship => ({
  data: id === null ? null : { type, id },
});
export const many = (type: string, ids: readonly string[]): Relationship => ({
  data: ids.map((id) => ({ type, id })),
});

/** Each thing once, though many may refer to it. */
export function distinct(resources: readonly Resource[]): Resource[] {
  return [...new Map(resources.map((resource) => [`${resource.type} ${resource.id}`, resource])).values()];
}

export function sendDocument(reply: FastifyReply, document: Document, mediaType: string = JSON_API): FastifyReply {
  return sendJson(reply, mediaType, document);
}

export function sendProblems(reply: FastifyReply, problems: readonly [Problem, ...Problem[]]): FastifyReply {
  const errors = problems.map(({ httpStatus, code, title, detail, parameter, pointer }) => ({
    status: String(httpStatus),
    code,
    title,
    detail,
    ...(parameter !== null && { source: { parameter } }),
    ...(pointer !== undefined && { source: { pointer } }),
  }));
  return sendJson(reply.code(problems[0].httpStatus), JSON_API, { errors });
}

function sendJson(reply: FastifyReply, mediaType: string, body: unknown): FastifyReply {
  return reply.header("content-type", mediaType).send(bytesOf(body));
}

/** As bytes: to a text the framework would add a charset, which JSON:API does not allow. */
export function bytesOf(body: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(body));
}
