import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { cellOf, csvLine } from "../lib/csv.js";
import type { Document, Resource } from "./document.js";
import { badParameter, RequestRefused } from "./problem.js";

/** The forms in which a list comes as rows, one line each. */
export const ROW_FORMS = ["text/csv", "application/x-ndjson"] as const;
export type RowForm = (typeof ROW_FORMS)[number];

/** So many rows come at most, for whoever wants all. */
const ROWS_MAX = 100_000;
/** How many are fetched at a time: the most that a page of a list can have. */
const PAGE_SIZE_MAX = "200";

type Query = Readonly<Record<string, unknown>>;
type Answer = (query: Query) => Promise<Document>;

type RowsAsked = { form: RowForm; fields: readonly string[]; path: string; query: Query; isHead: boolean };

/**
 * Answers with the rows of a list, page by page as they are read: all of them up to a maximum, or the one page whose size
 * was asked for, with the address of the next one in `Link`. The first page is read before anything is sent, so that a
 * refusal is one. Whatever fails later cuts the answer off, and the client sees that its end is missing. `fields`: those
 * that a row can have, which are the headings of CSV.
 */
export async function sendRows(
  reply: FastifyReply,
  { form, fields, path, query, isHead }: RowsAsked,
  answer: Answer,
): Promise<FastifyReply> {
  if (Object.hasOwn(query, "include")) {
    throw new RequestRefused([badParameter("include", "Rows have no place for what comes along")]);
  }
  const first = pageOf(await answer(query));
  const isOnePage = isHead || Object.keys(query).some((name) => name.replaceAll("_", "-") === "page[size]");
  if (isOnePage && first.next !== null) reply.header("link", `<${first.next}>; rel="next"`);
  const extension = form === "text/csv" ? "csv" : "ndjson";
  const name = path.split("/").at(-1) ?? "rows";
  reply
    .header("content-type", form === "text/csv" ? "text/csv; charset=utf-8; header=present" : form)
    .header("content-disposition", `attachment; filename="${name}.${extension}"`);
  const pages = isOnePage ? onePage(first) : pagesFrom(first, answer);
  return reply.send(Readable.from(form === "text/csv" ? csvOf(fields, pages) : ndjsonOf(pages)));
}

type ListPage = { rows: readonly Record<string, unknown>[]; next: string | null };

function pageOf(document: Document): ListPage {
  if (!("data" in document) || !isList(document.data)) throw new Error("A list was answered with something else");
  return { rows: document.data.map(rowOf), next: document.links?.next ?? null };
}

function isList(data: Resource | readonly Resource[]): data is readonly Resource[] {
  return Array.isArray(data);
}

/** A resource without its parts: `server` is `server-id`; of many related things the ids are listed. */
function rowOf({ id, attributes, relationships = {} }: Resource): Record<string, unknown> {
  const related = Object.entries(relationships).map(([name, { data }]) =>
    data === null || "id" in data ? [`${name}-id`, data?.id ?? null] : [name, data.map((one) => one.id)],
  );
  return { id, ...attributes, ...Object.fromEntries(related) };
}

async function* onePage(page: ListPage): AsyncGenerator<ListPage["rows"]> {
  yield page.rows;
}

async function* pagesFrom(first: ListPage, answer: Answer): AsyncGenerator<ListPage["rows"]> {
  let page = first;
  for (let left = ROWS_MAX; ; ) {
    yield page.rows.slice(0, left);
    left -= page.rows.length;
    if (page.next === null || left <= 0) return;
    const [, search = ""] = page.next.split("?", 2);
    page = pageOf(await answer({ ...Object.fromEntries(new URLSearchParams(search)), "page[size]": PAGE_SIZE_MAX }));
  }
}

async function* csvOf(fields: readonly string[], pages: AsyncIterable<ListPage["rows"]>): AsyncGenerator<string> {
  yield csvLine(fields);
  for await (const rows of pages) yield rows.map((row) => csvLine(fields.map((field) => cellOf(row[field])))).join("");
}

async function* ndjsonOf(pages: AsyncIterable<ListPage["rows"]>): AsyncGenerator<string> {
  for await (const rows of pages) yield rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
