import { foldScrap, isText, type Scrap } from "./evidence.js";

/** A code that a program chose, and where it stands. */
export type Code = { code: string; place: string };

/** Keys whose value is a code by its nature, and keys under which a code may stand if it has the form of one. */
const CODE_KEYS = new Set(["code", "errorcode", "errcode", "sqlstate"]);
const MAYBE_CODE_KEYS = new Set(
  "err error errors errortype errorname status type reason name title signal category cause".split(" "),
);
/** Upper-case words joined by `_`, Node's own codes, or signals: nobody writes them as a text. */
const UNMISTAKABLE = /^(?:[A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9]{1,40}){1,8}|E[A-Z]{3,30}|SIG[A-Z]{3,9})$/;
const LIKELY = /^[A-Za-z0-9][\w.-]{0,59}$/;
/** Codes inside running text: the form must be unmistakable, or that of an OAuth error such as `invalid_client`. */
const IN_TEXT = /\b(?:E[A-Z]{3,30}(?:_[A-Z]{2,20})?|[A-Za-z][A-Za-z0-9]{1,30}(?:_[A-Za-z0-9]{1,30}){1,8})\b/g;
/** What a directory server says about a failed bind; the number alone tells a wrong password from a locked account. */
const LDAP_DATA = /\bldaperr\b.{0,60}?\b(data [0-9a-f]{3,4})\b/;
/** An id under the key `code` varies: it is long, and it holds digits. */
const ID_LIKE = /^(?=.*\d)[0-9a-f-]{9,}$|\d{9,}/i;
const CODES_MAX = 8;

/** The distinct codes under keys that hold codes, the shallowest first; at most eight. A number is one too. */
export function codesOf(scraps: readonly Scrap[]): readonly Code[] {
  const found = new Map<string, Code>();
  for (const scrap of scraps) {
    const code = codeIn(scrap);
    if (code !== null && !found.has(code)) found.set(code, { code, place: scrap.place });
    if (found.size === CODES_MAX) break;
  }
  return [...found.values()];
}

function codeIn({ key, value }: Scrap): string | null {
  if (typeof value === "boolean") return null;
  const code = String(value);
  if (CODE_KEYS.has(key)) return LIKELY.test(code) && !ID_LIKE.test(code) ? code : null;
  return MAYBE_CODE_KEYS.has(key) && UNMISTAKABLE.test(code) ? code : null;
}

/** Words of a text that have the form of a code. Whether they are one, a table has to say. */
export function codeWordsIn(text: string): readonly string[] {
  return text.match(IN_TEXT) ?? [];
}

/** The number of a failed bind in one of the texts, such as `data 52e`. */
export function ldapDataIn(scraps: readonly Scrap[]): string | null {
  for (const scrap of scraps.filter(isText)) {
    const text = foldScrap(scrap);
    const found = text.includes("ldaperr") ? LDAP_DATA.exec(text)?.[1] : undefined;
    if (found !== undefined) return found;
  }
  return null;
}
