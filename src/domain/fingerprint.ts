import { hash } from "node:crypto";
import { codesOf, ldapDataIn } from "./codes.js";
import { scrapsOf } from "./evidence.js";
import { httpStatusOf } from "./http-status.js";
import { maskVariables } from "./mask-variables.js";
import { isClassName, messageIn, saysNothing } from "./message.js";
import type { ErrorText } from "./snapshot.js";

/** Goes up with every change of what follows: fingerprints of different versions say nothing about each other. */
const VERSION = "v1";

/** Texts are cut when they are read, and where the cut falls depends on what varies before it: the end is no identity. */
const IDENTIFYING_CHARS = 2000;

/**
 * What makes two observations of one integration the same problem: the HTTP status, the masked texts, and the codes in
 * `meta`, without which a refused connection and a timeout look alike. Nothing else of `meta` counts, because it varies,
 * but for its message where the error has no telling text of its own.
 * The texts count as a set, so that a repeated text, or one that another release of the server puts into another slot,
 * is still the same problem. The form is `v1:` and 32 hexadecimal digits.
 */
export function fingerprintOf(error: ErrorText): string {
  const scraps = scrapsOf(error);
  const own = [error.title, error.shortText, error.longText];
  const tells = own.some((text) => text !== null && !saysNothing(text) && !isClassName(text.trim()));
  const texts = maskedTexts(tells ? own : [...own, messageIn(scraps.filter((scrap) => !scrap.own))]);
  const codes = codesOf(scraps).map(({ code }) => code);
  const status = httpStatusOf(error, scraps)?.httpStatus ?? error.httpStatus;
  const identity = JSON.stringify([status, texts, codes.sort(), ldapDataIn(scraps)]);
  return `${VERSION}:${hash("sha256", identity, "buffer").toString("hex", 0, 16)}`;
}

function maskedTexts(texts: readonly (string | null)[]): readonly string[] {
  const masked = texts.map((text) => (text === null ? "" : maskVariables(text).slice(0, IDENTIFYING_CHARS)));
  return [...new Set(masked)].filter((text) => text !== "").sort();
}
