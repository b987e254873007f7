import { MASK } from "./mask-tokens.js";
import { isHarmlessHeader, secrecyOf } from "./secret-names.js";

const LINE = /([^\r\n]*)(\r\n|\r|\n|$)/g;
const HEADER = /^(\s{0,8})([A-Za-z][\w-]{0,63}):([ \t]*)(\S[\s\S]*)$/;
const START_LINE = /^(?:[A-Z]{3,10} \S+ HTTP\/\d|HTTP\/\d)/;
const HINT = /(?:^|[\r\n])(?:[A-Z]{3,10} \S{1,2048} HTTP\/\d|HTTP\/\d|\s{0,8}[A-Za-z][\w-]{0,63}:[ \t])/;

/**
 * In a block of HTTP headers, replaces the value of every header that is not known to be harmless. A block is a run of
 * `name: value` lines behind a start line, or with a name in it that only headers have; `isHeaders` makes any run one.
 */
export function maskHeaderLines(text: string, isHeaders: boolean): string {
  if (!isHeaders && !((text.includes("\n") || text.includes("\r")) && HINT.test(text))) return text;
  const out: string[] = [];
  let run: string[] = [];
  let isBlock = isHeaders;
  const endRun = () => {
    for (const line of run) out.push(isBlock ? maskLine(line) : line);
    run = [];
    isBlock = isHeaders;
  };
  for (const [, line = "", lineEnd = ""] of text.matchAll(LINE)) {
    const header = HEADER.exec(line);
    if (header === null) {
      endRun();
      isBlock = isHeaders || START_LINE.test(line);
      out.push(line, lineEnd);
    } else {
      isBlock ||= namesHeader(header[2] ?? "");
      run.push(line, lineEnd);
    }
  }
  endRun();
  return out.join("");
}

/** Names with a hyphen that only headers have, and those of secrets in the spelling of headers. */
function namesHeader(name: string): boolean {
  if (!name.includes("-")) return /^(?:host|cookie|authorization)$/i.test(name);
  return isHarmlessHeader(name) || secrecyOf(name, false) === "strong";
}

function maskLine(line: string): string {
  const header = HEADER.exec(line);
  if (header === null) return line;
  const [, indent = "", name = "", gap = ""] = header;
  return isHarmlessHeader(name) ? line : `${indent}${name}:${gap}${MASK}`;
}
