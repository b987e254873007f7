import { DECISIVE_CODES, DECISIVE_FAMILIES, ERROR_CLASSES, HINT_CODES, STATUS_CAUSES } from "./cause-codes.js";
import { CLEAR_PHRASES, DECISIVE_PHRASES, WEAK_PHRASES } from "./cause-phrases.js";
import { codesOf, codeWordsIn } from "./codes.js";
import { foldKey, foldScrap, isText, type Scrap, scrapsOf } from "./evidence.js";
import { type HttpStatusFound, httpStatusOf } from "./http-status.js";
import type { ErrorText } from "./snapshot.js";

/** What lies behind an error, as far as its status, codes and text tell. */
export const CAUSES = [
  "credential",
  "quota",
  "network",
  "tls",
  "timeout",
  "vendor",
  "config",
  "data",
  "bug",
  "other",
] as const;
export type Cause = (typeof CAUSES)[number];

/** What people call each. */
export const CAUSE_LABELS = {
  credential: "Credentials",
  quota: "Quota or rate limit",
  network: "Network",
  tls: "TLS",
  timeout: "Timeout",
  vendor: "The vendor's service",
  config: "Configuration",
  data: "Data",
  bug: "A bug in the integration",
  other: "Not known",
} as const satisfies Record<Cause, string>;

/** A cause, and the one piece of evidence that decided it, in a few plain words. */
export type Classification = { cause: Cause; because: string };

/**
 * The most likely cause of an error. Codes beat wordings, a clear wording beats an HTTP status, a status beats the class
 * of the error and a vague wording; within each, the error's own texts are asked before its `meta`. Takes linear time.
 */
export function classifyCause(error: ErrorText, scraps: readonly Scrap[] = scrapsOf(error)): Classification {
  const texts = scraps.filter(isText).map((scrap) => ({ ...scrap, folded: foldScrap(scrap) }));
  const status = httpStatusOf(error, scraps);
  return (
    byPhrase(texts, DECISIVE_PHRASES) ??
    byCode(scraps, causeOfDecisiveCode) ??
    byCodeInText(texts) ??
    byFlag(scraps) ??
    byPhrase(texts, CLEAR_PHRASES) ??
    byCode(scraps, (code) => CAUSE_OF_HINT.get(foldKey(code))) ??
    byFailedStatus(status) ??
    byClass(scraps) ??
    byPhrase(texts, WEAK_PHRASES) ??
    byDamage(error) ??
    byOtherStatus(status) ?? { cause: "other", because: "nothing in its status, codes or texts tells" }
  );
}

type FoldedText = Scrap & { value: string; folded: string };
type PhraseRule = { readonly cause: Cause; readonly words: RegExp };

const CAUSE_OF_CODE = causeByName(DECISIVE_CODES);
const CAUSE_OF_HINT = causeByName(HINT_CODES);
const CAUSE_OF_CLASS = causeByName(ERROR_CLASSES);
const FAMILIES: readonly { readonly cause: Cause; readonly form: RegExp }[] = DECISIVE_FAMILIES;
const CAUSE_OF_STATUS = new Map(entriesOf<number>(STATUS_CAUSES));
/** Set by the vendor's own request library beside an error. */
const CAUSE_OF_FLAG: ReadonlyMap<string, Cause> = new Map([
  ["maxrequestqueuelimithit", "quota"],
  ["isconnectionreset", "network"],
]);

function entriesOf<Key>(table: { readonly [cause in Cause]?: readonly Key[] }): [Key, Cause][] {
  return CAUSES.flatMap((cause) => (table[cause] ?? []).map((key): [Key, Cause] => [key, cause]));
}

function causeByName(table: { readonly [cause in Cause]?: readonly string[] }): ReadonlyMap<string, Cause> {
  return new Map(entriesOf(table).map(([name, cause]) => [foldKey(name), cause]));
}

function causeOfDecisiveCode(code: string): Cause | undefined {
  return CAUSE_OF_CODE.get(foldKey(code)) ?? FAMILIES.find(({ form }) => form.test(code))?.cause;
}

/** Own texts first, by the most specific rule that fits any of them; only then what `meta` quotes. */
function byPhrase(texts: readonly FoldedText[], rules: readonly PhraseRule[]): Classification | null {
  for (const own of [true, false]) {
    const asked = texts.filter((text) => text.own === own);
    for (const { cause, words } of rules) {
      for (const { folded, place } of asked) {
        const found = words.exec(folded);
        if (found !== null) return { cause, because: `words "${quoted(folded, found)}" in ${place}` };
      }
    }
  }
  return null;
}

/** What matched, up to the end of its last word. */
function quoted(text: string, match: RegExpExecArray): string {
  const end = match.index + match[0].length;
  const restOfWord = /^\p{L}{1,20}/u.exec(text.slice(end, end + 20))?.[0] ?? "";
  return (match[0] + restOfWord).trim().replaceAll('"', "'").slice(0, 80);
}

function byCode(scraps: readonly Scrap[], causeOf: (code: string) => Cause | undefined): Classification | null {
  for (const { code, place } of [...codesOf(scraps), ...namesIn(scraps)]) {
    const cause = causeOf(code);
    if (cause !== undefined) return { cause, because: `code ${code} in ${place}` };
  }
  return null;
}

function byCodeInText(texts: readonly FoldedText[]): Classification | null {
  for (const { value, place } of texts) {
    for (const code of codeWordsIn(value)) {
      const cause = causeOfDecisiveCode(code);
      if (cause !== undefined) return { cause, because: `code ${code} in ${place}` };
    }
  }
  return null;
}

function byFlag(scraps: readonly Scrap[]): Classification | null {
  for (const { key, value, place } of scraps) {
    const cause = value === true ? CAUSE_OF_FLAG.get(key) : undefined;
    if (cause !== undefined) return { cause, because: `${place} is set` };
  }
  return null;
}

function byFailedStatus(status: HttpStatusFound | null): Classification | null {
  if (status === null || status.httpStatus < 400) return null;
  const { httpStatus, place } = status;
  const because = `HTTP status ${httpStatus}${place === null ? "" : ` in ${place}`}`;
  const unlisted = httpStatus >= 500 ? "vendor" : null;
  const cause = CAUSE_OF_STATUS.get(httpStatus) ?? unlisted;
  return cause === null ? null : { cause, because };
}

function byClass(scraps: readonly Scrap[]): Classification | null {
  for (const { code, place } of namesIn(scraps)) {
    const cause = CAUSE_OF_CLASS.get(foldKey(code));
    if (cause !== undefined) return { cause, because: `error class ${code} in ${place}` };
  }
  return null;
}

/** Class names: a title or name that is nothing else, or what a text or a stack begins with, as in `TypeError: ...`. */
function namesIn(scraps: readonly Scrap[]): { code: string; place: string }[] {
  return scraps.flatMap(({ value, place }) => {
    const name = typeof value === "string" ? /^\s{0,9}([A-Za-z]{2,60})(?=\s{0,9}(?::|$))/.exec(value)?.[1] : undefined;
    return name === undefined ? [] : [{ code: name, place }];
  });
}

/** U+0000, half a character or the sign for an unreadable one: data were damaged before they got here. */
function byDamage(error: ErrorText): Classification | null {
  const isDamaged = [error.title, error.shortText, error.longText].some(
    (text) => text !== null && (text.includes("\u0000") || /[\p{Cs}\ufffd]/u.test(text)),
  );
  return isDamaged ? { cause: "data", because: "unreadable characters in its texts" } : null;
}

/** An error although the request succeeded: the vendor put the failure into the answer. */
function byOtherStatus(status: HttpStatusFound | null): Classification | null {
  if (status === null || status.httpStatus < 200 || status.httpStatus >= 300) return null;
  return { cause: "vendor", because: `an error inside an answer with HTTP status ${status.httpStatus}` };
}
