import { hash } from "node:crypto";
import type { Json } from "./json.js";
import type { ErrorText } from "./snapshot.js";

/** SHA-256, hex, of everything an error says besides its count and time, whatever the order of its keys. */
export function textDigestOf(error: ErrorText): string {
  const { title, shortText, longText, httpStatus, meta, rest } = error;
  const text = JSON.stringify(inOrder([title, shortText, longText, httpStatus, meta, rest]));
  return hash("sha256", text, "hex");
}

function inOrder(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(inOrder);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, inOrder(one)]),
  );
}
