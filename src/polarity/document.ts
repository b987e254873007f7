import { setImmediate } from "node:timers/promises";
import type { Json, JsonObject } from "../domain/json.js";
import type { FailedRead } from "../domain/snapshot.js";
import { failedRead } from "./failure.js";
import { findRows } from "./find-rows.js";
import { isJsonArray, isJsonObject, objectOf, parseJson } from "./json-value.js";
import type { Answer } from "./transport.js";

/** One page of a JSON:API list. */
export type ListDocument = {
  kind: "list";
  rows: readonly Json[];
  page: { number: number | null; size: number | null; total: number | null };
  next: string | null;
};

type Read = Pick<Answer, "body" | "httpStatus">;

/** Reads a page; tells JSON that ends early from what never was JSON, and from JSON of another form. */
export function parseList(answer: Read, what: string): ListDocument | FailedRead {
  const json = parseBody(answer, what);
  if (json.kind === "failed") return json;
  const document = json.value;
  const data = isJsonObject(document) ? document.data : undefined;
  if (!isJsonObject(document) || data === undefined || !isJsonArray(data)) {
    return failedRead("wrong-shape", `The answer for ${what} is JSON, but holds no list`, answer);
  }
  return { kind: "list", rows: data, ...readPage(document) };
}

/** To parse more at once would hold up everything else that the process does. */
const BYTES_AT_ONCE = 1024 * 1024;

/** The same, but of a large page row by row, and giving way to other work in between. */
export async function parseListInTurns(answer: Read, what: string): Promise<ListDocument | FailedRead> {
  const { body } = answer;
  const found = body.length > BYTES_AT_ONCE ? findRows(body) : null;
  if (found === null) return parseList(answer, what);
  const rows: Json[] = [];
  let bytes = 0;
  for (let at = 0; at < found.spans.length; at += 2) {
    const [start, end] = [found.spans[at] ?? 0, found.spans[at + 1] ?? 0];
    const row = parseJson(body.toString("utf8", start, end));
    if (row === undefined) return parseList(answer, what); // which says what is wrong
    rows.push(row);
    bytes += end - start;
    if (bytes < BYTES_AT_ONCE) continue;
    bytes = 0;
    await setImmediate();
  }
  return { kind: "list", rows, ...readPage(found.document) };
}

/** What a page says about itself and the next one. */
export function readPage(document: JsonObject): Pick<ListDocument, "page" | "next"> {
  const page = objectOf(objectOf(document.meta).page);
  const next = objectOf(document.links).next;
  const nextUrl = typeof next === "object" && next !== null ? objectOf(next).href : next;
  return {
    page: { number: wholeNumber(page.number), size: wholeNumber(page.size), total: wholeNumber(page.total) },
    next: typeof nextUrl === "string" && nextUrl !== "" ? nextUrl : null,
  };
}

/** The JSON of a body. */
export function parseBody(answer: Read, what: string): { kind: "json"; value: Json } | FailedRead {
  const text = new TextDecoder().decode(answer.body);
  const value = parseJson(text);
  if (value !== undefined) return { kind: "json", value };
  if (endsEarly(text)) return failedRead("truncated", `The answer for ${what} ends in the middle`, answer);
  const seems = /^\s*</.test(text) ? "an HTML page, perhaps of a proxy or a sign-in" : "no JSON";
  return failedRead("not-json", `The answer for ${what} is ${seems} (HTTP ${answer.httpStatus})`, answer);
}

/** Nothing at all, or a beginning of JSON with a text, a list or an object still open. */
function endsEarly(text: string): boolean {
  const trimmed = text.trim();
  if (trimmed === "") return true;
  if (!/^[{["]/.test(trimmed)) return false;
  let depth = 0;
  let inText = false;
  for (let at = 0; at < trimmed.length; at += 1) {
    const unit = trimmed[at];
    if (inText) {
      if (unit === "\\") at += 1;
      else if (unit === '"') inText = false;
    } else if (unit === '"') inText = true;
    else if (unit === "{" || unit === "[") depth += 1;
    else if (unit === "}" || unit === "]") depth -= 1;
  }
  return inText || depth > 0;
}

function wholeNumber(value: Json | undefined): number | null {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : null;
}
