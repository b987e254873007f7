import { secrecyOf } from "./secret-names.js";
import { TOKEN_HINT, TOKENS } from "./token-shapes.js";

/** What stands in the place of a secret. */
export const MASK = "[redacted]";

const PEM_BEGIN = "-----BEGIN";
const PEM_END = "-----END";

/** Replaces PEM blocks, also one that was cut off before its end. */
export function maskPemBlocks(text: string): string {
  let begin = text.indexOf(PEM_BEGIN);
  if (begin < 0) return text;
  let masked = "";
  let copied = 0;
  while (begin >= 0) {
    masked += text.slice(copied, begin) + MASK;
    const end = text.indexOf(PEM_END, begin);
    const dashes = end < 0 ? -1 : text.indexOf("-----", end + PEM_END.length);
    copied = dashes < 0 ? text.length : dashes + 5;
    begin = text.indexOf(PEM_BEGIN, copied);
  }
  return masked + text.slice(copied);
}

const USERINFO = /\/\/[^\s/?#"'<>\\]*@/g;
/** A password may hold a slash, but digits up to the slash are a port. */
const USERINFO_WITH_SLASH = /\/\/[^\s/?#:@"'<>\\]{0,256}:(?!\d{0,5}(?:[/?#]|$))[^\s"'<>@\\]{0,256}@/g;
const ENCODED_USERINFO = /%2f%2f(?:[^\s&"'<>%]|%(?!2f|40)){0,512}%40/gi;
const GO_DSN = /(?<![\w.-])[\w.-]{1,64}:[^\s:@/]{1,256}@(?=(?:tcp|unix)\()/g;

/** Replaces `user:password@` in URLs and connection strings. */
export function maskUserinfo(text: string): string {
  let masked = text;
  if (masked.includes("@")) {
    if (masked.includes("//")) {
      masked = masked.replace(USERINFO, `//${MASK}@`).replace(USERINFO_WITH_SLASH, `//${MASK}@`);
    }
    if (masked.includes("@tcp(") || masked.includes("@unix(")) masked = masked.replace(GO_DSN, `${MASK}@`);
  }
  return masked.includes("%40") ? masked.replace(ENCODED_USERINFO, `%2F%2F${MASK}%40`) : masked;
}

const SCHEMES = /(?<![\w-])(?:bearer|basic|negotiate|ntlm|ssws|geniekey)(?:\s{1,8}|%20|\+)/gi;
const AFTER_SCHEME = /(?!(?:realm|error|scope|charset)=)[^\s"'`<>,;\\&]*/y;

/** Replaces what follows `Bearer`, `Basic` and the like, unless it is an ordinary word. */
export function maskSchemes(text: string): string {
  const schemes = new RegExp(SCHEMES);
  let masked = "";
  let copied = 0;
  for (let found = schemes.exec(text); found !== null; found = schemes.exec(text)) {
    const start = schemes.lastIndex;
    const token = wordAt(text, start);
    if (!looksLikeToken(token)) continue;
    masked += text.slice(copied, start) + MASK;
    copied = start + token.length;
    schemes.lastIndex = copied;
  }
  return masked + text.slice(copied);
}

function wordAt(text: string, start: number): string {
  const word = new RegExp(AFTER_SCHEME);
  word.lastIndex = start;
  return word.exec(text)?.[0] ?? "";
}

function looksLikeToken(word: string): boolean {
  const bare = word.replace(/[.:!?)\]}]{1,4}$/, "");
  if (bare.length < 6) return false;
  return bare.length >= 16 || /[^a-z]/i.test(bare) || /[a-z][A-Z]/.test(bare);
}

const WEBHOOKS =
  /(hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/|office\.com\/webhook(?:b2)?\/)[^\s"'<>|\\]+/g;

/** Replaces tokens that show by their form, and URLs whose path is the secret. */
export function maskTokens(text: string): string {
  const masked = TOKEN_HINT.test(text) ? text.replace(TOKENS, MASK) : text;
  return /hooks\.slack|\/webhooks?(?:b2)?\//.test(masked) ? masked.replace(WEBHOOKS, `$1${MASK}`) : masked;
}

const ELEMENT = /<([\w:.-]{1,64})((?:\s[^<>]{0,500})?)>([^<]+)(?=<)/g;
const FIELD = /<(?:input|meta|param|add)\b[^<>]{0,2000}>/gi;
const FIELD_NAME = /\b(?:name|id|key|property)\s{0,4}=\s{0,4}["']?([\w.:[\]-]{1,64})/i;
const FIELD_VALUE = /\b(value|content)(\s{0,4}=\s{0,4})("[^"]*"|'[^']*'|[^\s"'>]+)/gi;

/** Replaces the text of XML elements and the values of HTML fields with a secret's name. */
export function maskElements(text: string): string {
  if (!text.includes("<")) return text;
  return text
    .replace(ELEMENT, (whole, name: string, attributes: string, content: string) =>
      content.trim() !== "" && secrecyOf(name, false) === "strong" ? `<${name}${attributes}>${MASK}` : whole,
    )
    .replace(FIELD, (field) => {
      const name = FIELD_NAME.exec(field)?.[1];
      if (name === undefined || secrecyOf(name, true) === "none") return field;
      return field.replace(FIELD_VALUE, `$1$2"${MASK}"`);
    });
}

const LONG_FLAG = /(--[\w-]{1,64})(\s{1,8})(?=[^\s-])("[^"]*"|'[^']*'|[^\s"']+)/g;
const USER_FLAG = /((?:^|\s)(?:-u|--user)\s{1,8}["']?[^\s:"']{1,128}:)[^\s"']+/g;

/** Of the few programs whose `-p` is a password; of most it is a port or a path. */
const PASSWORD_FLAG =
  /(\bsshpass\s{1,8}-p\s{0,8}|\bmysql\w{0,10}\s(?:[^\n]{0,200}?\s)?-p)(?=[^\s-])("[^"]*"|'[^']*'|[^\s"']+)/g;

/** Replaces `--password x`, `-u name:x` and the like in quoted command lines. */
export function maskFlags(text: string): string {
  let masked = text;
  if (masked.includes("--")) {
    masked = masked.replace(LONG_FLAG, (whole, flag: string, gap: string) =>
      secrecyOf(flag, false) === "strong" ? `${flag}${gap}${MASK}` : whole,
    );
  }
  if (/\bsshpass\s|\bmysql/.test(masked)) masked = masked.replace(PASSWORD_FLAG, `$1${MASK}`);
  return /-u\s|--user\s/.test(masked) ? masked.replace(USER_FLAG, `$1${MASK}`) : masked;
}
