import { isUtf8 } from "node:buffer";
import type { JsonObject } from "../domain/json.js";
import { isJsonObject, parseJson } from "./json-value.js";

/** Where the rows of a list stand in its body, and the document without them. */
export type FoundRows = {
  /** Start and end of each row, one after the other. */
  spans: Int32Array;
  document: JsonObject;
};

const [QUOTE, BACKSLASH, COMMA, COLON] = [34, 92, 44, 58];
/** What is nested deeper may be too deep for the stack of whoever writes it as JSON again. */
const DEPTH_MAX = 200;
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [91, 93, 123, 125];

/** Behind the row that begins here; negative when it does not end. */
export type RowEnd = (body: Buffer, from: number) => number;

/**
 * Finds the objects in the `data` list of a JSON:API document, without parsing them: the document is valid JSON when each
 * of them is. Null for whatever is no such document, or is written so oddly that it is better parsed as a whole.
 */
export function findRows(body: Buffer, rowEnd: RowEnd = valueEnd): FoundRows | null {
  if (!isUtf8(body)) return null;
  let list: { start: number; end: number; spans: Int32Array } | null = null;
  let at = blankEnd(body, 0);
  if (body[at] !== OPEN) return null;
  at = blankEnd(body, at + 1);
  while (body[at] === QUOTE) {
    const nameEnd = textEnd(body, at);
    const name = body.toString("latin1", at + 1, nameEnd - 1);
    at = blankEnd(body, nameEnd);
    if (nameEnd < 0 || name.includes("\\") || body[at] !== COLON) return null;
    at = blankEnd(body, at + 1);
    if (name === "data") {
      const rows: ReturnType<typeof listRows> = list === null ? listRows(body, at, rowEnd) : null;
      if (rows === null) return null;
      list = { start: at, ...rows };
      at = rows.end;
    } else {
      at = valueEnd(body, at);
      if (at < 0) return null;
    }
    at = blankEnd(body, at);
    if (body[at] !== COMMA) break;
    at = blankEnd(body, at + 1);
  }
  if (list === null) return null;
  const document = parseJson(`${body.toString("utf8", 0, list.start)}[]${body.toString("utf8", list.end)}`);
  return isJsonObject(document) ? { spans: list.spans, document } : null;
}

/** The rows of the list that begins here; null when it is none, or holds anything but objects. */
function listRows(body: Buffer, start: number, rowEnd: RowEnd): { end: number; spans: Int32Array } | null {
  if (body[start] !== OPEN_LIST) return null;
  let spans = new Int32Array(2048);
  let used = 0;
  let at = blankEnd(body, start + 1);
  if (body[at] === CLOSE_LIST) return { end: at + 1, spans: spans.subarray(0, 0) };
  for (;;) {
    if (body[at] !== OPEN) return null;
    const end = rowEnd(body, at);
    if (end < 0) return null;
    if (used === spans.length) {
      const larger = new Int32Array(spans.length * 2);
      larger.set(spans);
      spans = larger;
    }
    spans[used] = at;
    spans[used + 1] = end;
    used += 2;
    at = blankEnd(body, end);
    if (body[at] === CLOSE_LIST) return { end: at + 1, spans: spans.subarray(0, used) };
    if (body[at] !== COMMA) return null;
    at = blankEnd(body, at + 1);
  }
}

function blankEnd(body: Buffer, from: number): number {
  let at = from;
  for (let unit = body[at]; unit === 32 || unit === 10 || unit === 13 || unit === 9; unit = body[at]) at += 1;
  return at;
}

function textEnd(body: Buffer, from: number): number {
  for (let at = from + 1; at < body.length; at += 1) {
    const unit = body[at];
    if (unit === BACKSLASH) at += 1;
    else if (unit === QUOTE) return at + 1;
  }
  return -1;
}

/** Behind the value that begins here, if it is valid; negative when it does not end, or is nested too deep. */
export function valueEnd(body: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < body.length; at += 1) {
    const unit = body[at];
    if (unit === QUOTE) {
      at = textEnd(body, at) - 1;
      if (at < 0) return -1;
    } else if (unit === OPEN || unit === OPEN_LIST) {
      depth += 1;
      if (depth > DEPTH_MAX) return -1;
      continue;
    } else if (unit === CLOSE || unit === CLOSE_LIST) {
      if (depth === 0) return at;
      depth -= 1;
    } else if (depth === 0 && unit === COMMA) return at;
    else continue;
    if (depth === 0) return at + 1;
  }
  return -1;
}
