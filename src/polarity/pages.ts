import type { Json, JsonObject } from "../domain/json.js";
import type { FailedRead } from "../domain/snapshot.js";
import type { Api, Resource } from "./api.js";
import { foldName } from "./attribute-names.js";
import { type ListDocument, parseListInTurns } from "./document.js";
import { failedRead } from "./failure.js";
import { isJsonObject, objectOf } from "./json-value.js";
import type { Answer } from "./transport.js";

/** A list that is proved to be whole. */
export type WholeList = {
  kind: "whole";
  rows: readonly Json[];
  /** The bodies as they came, in the order of their pages. */
  bodies: readonly Buffer[];
  serverTime: Date | null;
};

export type ListRequest = {
  resource: Resource;
  query: Readonly<Record<string, string>>;
  /** Asked of the server; null leaves paging to it. */
  pageSize: number | null;
  /** A list whose length has to be stated by the server to be believed. */
  needsTotal: boolean;
  /** Of all pages together. */
  bytesMax: number;
};

const RESTARTS_MAX = 3;
const PAGES_MAX = 10_000;

/**
 * Reads a list to its end, whatever size of page the server grants: until as many distinct rows came as it says there
 * are, or until it names no further page. Starts again when that number changes on the way; a page that brings nothing
 * new before the end is a failed read. `first` is the first answer, when it is there already.
 */
export async function readList(
  api: Api,
  request: ListRequest,
  signal: AbortSignal,
  first: Answer | null = null,
): Promise<WholeList | FailedRead> {
  let answer = first;
  for (let restarts = 0; restarts <= RESTARTS_MAX; restarts += 1) {
    const result = await readOnce(api, request, signal, answer);
    if (result !== "changed") return result;
    answer = null;
  }
  const detail = `The number of entries in ${request.resource.what} changed in every one of ${RESTARTS_MAX + 1} tries to read it`;
  return failedRead("wrong-shape", detail, { httpStatus: 200 });
}

async function readOnce(
  api: Api,
  request: ListRequest,
  signal: AbortSignal,
  first: Answer | null,
): Promise<WholeList | FailedRead | "changed"> {
  const { what } = request.resource;
  const distinct = new Map<string, Json>();
  const bodies: Buffer[] = [];
  let bytesLeft = request.bytesMax;
  let url = firstPageUrl(api, request);
  let total: number | null = null;
  let serverTime: Date | null = null;
  for (let pages = 1; pages <= PAGES_MAX; pages += 1) {
    const answer = pages === 1 && first !== null ? first : await api.get(request.resource, url, bytesLeft, signal);
    if (answer.kind === "failed") return answer;
    const list = await parseListInTurns(answer, what);
    if (list.kind === "failed") return list;
    bodies.push(answer.body);
    bytesLeft -= answer.body.length;
    serverTime ??= answer.serverTime;
    const known = distinct.size;
    if (!collect(list.rows, distinct)) return failedRead("wrong-shape", `An entry in ${what} has no id`, answer);
    if (pages > 1 && list.page.total !== null && list.page.total !== total) return "changed";
    total = pages === 1 ? list.page.total : total;
    if (total === null && request.needsTotal) {
      return failedRead("wrong-shape", `The server does not say how many entries ${what} has`, answer);
    }
    if (total !== null && distinct.size > total) return "changed";
    const isEnd = total !== null ? distinct.size === total : list.next === null;
    if (isEnd) return { kind: "whole", rows: [...distinct.values()], bodies, serverTime };
    if (distinct.size === known) {
      return failedRead("truncated", `Page ${pages} of ${what} brought nothing new before the end`, answer);
    }
    const next = nextUrl(api, request, list, pages, url, total);
    if (next === null) return failedRead("wrong-shape", `The next page of ${what} is on another server`, answer);
    url = next;
  }
  return failedRead("wrong-shape", `The end of ${what} did not come within ${PAGES_MAX} pages`, { httpStatus: 200 });
}

/** What `first` is the answer to. */
export function firstPageUrl(api: Api, request: ListRequest): URL {
  return api.urlOf(request.resource.path, { ...request.query, ...pageQuery(1, request.pageSize) });
}

function pageQuery(number: number, size: number | null): Record<string, string> {
  return size === null ? {} : { "page[number]": String(number), "page[size]": String(size) };
}

/** With the size that was granted: a server that counts pages in the size asked for would leave rows out. */
function nextUrl(
  api: Api,
  request: ListRequest,
  list: ListDocument,
  pages: number,
  url: URL,
  total: number | null,
): URL | null {
  if (total === null && list.next !== null) {
    if (!URL.canParse(list.next, url.href)) return null;
    const next = new URL(list.next, url);
    return next.origin === url.origin ? next : null;
  }
  const granted = list.page.size ?? 0;
  const size = granted > 0 ? Math.min(granted, request.pageSize ?? granted) : (request.pageSize ?? list.rows.length);
  return api.urlOf(request.resource.path, { ...request.query, ...pageQuery(pages + 1, size) });
}

/**
 * Adds rows by their identity; an error's id may be unique within its integration only. False when a row has no id. Only
 * texts are ids: whatever else stands there may be nested deeper than the stack.
 */
function collect(rows: readonly Json[], distinct: Map<string, Json>): boolean {
  for (const row of rows) {
    if (!isJsonObject(row) || typeof row.id !== "string" || row.id === "") return false;
    const key = JSON.stringify([row.id, integrationOf(row)]);
    if (!distinct.has(key)) distinct.set(key, row);
  }
  return true;
}

function integrationOf(row: JsonObject): string | null {
  const integration = objectOf(objectOf(row.relationships).integration);
  const related = objectOf(integration.data).id;
  if (typeof related === "string") return related;
  const attributes = objectOf(row.attributes);
  const name = Object.keys(attributes).find((key) => foldName(key) === "integrationid");
  const named = name === undefined ? undefined : attributes[name];
  return typeof named === "string" ? named : null;
}
