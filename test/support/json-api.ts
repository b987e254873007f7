import * as z from "zod";
import type { HttpServer } from "../../src/http/server.js";
import { ask } from "./http-server.js";

const identifier = z.strictObject({ type: z.string(), id: z.string() });
const resource = z.strictObject({
  ...identifier.shape,
  attributes: z.record(z.string().regex(/^[a-z]+(-[a-z]+)*$/), z.unknown()),
  relationships: z
    .record(z.string(), z.strictObject({ data: z.union([identifier, z.null(), z.array(identifier)]) }))
    .optional(),
  links: z.strictObject({ self: z.string() }).optional(),
});
const meta = z.record(z.string(), z.unknown());
const list = z.strictObject({
  links: z.strictObject({ self: z.string(), next: z.string().nullable() }),
  data: z.array(resource),
  included: z.array(resource).optional(),
  meta: meta.optional(),
});
const single = z.strictObject({
  links: z.strictObject({ self: z.string() }),
  data: resource,
  included: z.array(resource).optional(),
});
const failure = z.strictObject({
  errors: z
    .array(
      z.strictObject({
        status: z.string(),
        code: z.string(),
        title: z.string(),
        detail: z.string(),
        source: z
          .union([z.strictObject({ parameter: z.string() }), z.strictObject({ pointer: z.string() })])
          .optional(),
      }),
    )
    .min(1),
});

export type ListDocument = z.infer<typeof list>;

const read = async (server: HttpServer, path: string, httpStatus: number): Promise<unknown> => {
  const answer = await ask(server, path);
  if (answer.httpStatus !== httpStatus) throw new Error(`${path}: HTTP ${answer.httpStatus}: ${answer.text}`);
  if (answer.headers["content-type"] !== "application/vnd.api+json") throw new Error(`${path} is no JSON:API`);
  return JSON.parse(answer.text);
};

/** The list at this address, strictly in the form of JSON:API. */
export async function readList(server: HttpServer, path: string): Promise<ListDocument> {
  return list.parse(await read(server, path, 200));
}

export async function readOne(server: HttpServer, path: string): Promise<z.infer<typeof single>> {
  return single.parse(await read(server, path, 200));
}

/** What the address says is wrong, as `parameter: detail`. */
export async function readProblems(server: HttpServer, path: string, httpStatus = 400): Promise<string[]> {
  return problemsIn(await read(server, path, httpStatus));
}

/** What a refusal says is wrong, as `parameter: detail` or `pointer: detail`. */
function problemsIn(body: unknown): string[] {
  return failure.parse(body).errors.map(({ source = {}, code, detail }) => {
    const place = "parameter" in source ? source.parameter : "pointer" in source ? source.pointer : code;
    return `${place}: ${detail}`;
  });
}

const created = single.partial({ links: true });

/** What a request that changes something came to; `location` is where the new thing is. */
export type Sent =
  | { httpStatus: 201; location: string | null; data: z.infer<typeof resource> }
  | { httpStatus: 204 }
  | { httpStatus: number; problems: string[] };

/** Sends a document by another method than GET, and reads what comes back strictly in the form of JSON:API. */
export async function send(server: HttpServer, method: "POST" | "DELETE", path: string, body: unknown): Promise<Sent> {
  const headers = { "content-type": "application/vnd.api+json" };
  const { httpStatus, headers: got, text } = await ask(server, path, { method, headers, body: JSON.stringify(body) });
  if (httpStatus === 204) return { httpStatus };
  if (got["content-type"] !== "application/vnd.api+json") throw new Error(`${path} is no JSON:API: ${text}`);
  if (httpStatus !== 201) return { httpStatus, problems: problemsIn(JSON.parse(text)) };
  const { location = null } = got;
  return {
    httpStatus,
    location: location === null ? null : String(location),
    data: created.parse(JSON.parse(text)).data,
  };
}

/** Every page from here on, by `links.next`. */
export async function readPages(server: HttpServer, path: string): Promise<ListDocument[]> {
  const pages: ListDocument[] = [];
  for (let next: string | null = path; next !== null; ) {
    const page: ListDocument = await readList(server, next);
    pages.push(page);
    next = page.links.next;
  }
  return pages;
}
