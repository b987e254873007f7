import { formatDuration, parseDurationMs } from "../domain/duration.js";
import { type Matcher, parseMatcher } from "../domain/matcher.js";

/** What somebody asks for in a chat. `say`: the command with which what they typed began. */
export type ChatCommand =
  | { kind: "status" }
  | { kind: "ack"; alert: string }
  | { kind: "silence"; matchers: readonly Matcher[]; lastsMs: number; reason: string }
  | { kind: "why"; about: "error" | "alert"; id: string }
  | { kind: "help" }
  /** `problem`: one sentence that says what to type. */
  | { kind: "wrong"; problem: string };

const CHARS_MAX = 2000;
const QUOTED_MAX = 60;
const LASTS_MS_MAX = 366 * 86_400_000;
/** A word, in which what stands in quotes may hold blanks. */
const WORD = /(?:[^\s"]|"(?:[^"\\]|\\.)*")+|"/g;
const ID = /^(?:(error|alert)[-\s]?|#)?(\d{1,19})$/i;
const EXAMPLE = 'silence integration="VirusTotal" for 2h A new key is on its way';

/** What a text after the command's name asks for. Never throws. */
export function parseChatCommand(given: string): ChatCommand {
  const text = straightened(given.slice(0, CHARS_MAX)).trim();
  const [, verb = "", rest = ""] = /^(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  switch (verb.toLowerCase()) {
    case "":
    case "help":
      return { kind: "help" };
    case "status":
      return { kind: "status" };
    case "ack":
      return parseAck(rest);
    case "silence":
      return parseSilence(rest);
    case "why":
      return parseWhy(rest);
    default:
      return wrong(`There is no command ${quoted(verb)}. "help" lists those there are`);
  }
}

function parseAck(rest: string): ChatCommand {
  const [, about, alert] = ID.exec(rest.trim()) ?? [];
  if (alert === undefined || about?.toLowerCase() === "error") {
    return wrong('It needs the number of an alert, as "status" shows it. Type for example: ack 12');
  }
  return { kind: "ack", alert };
}

/** A number alone is that of an error, as everywhere. */
function parseWhy(rest: string): ChatCommand {
  const [, about, id] = ID.exec(rest.trim()) ?? [];
  if (id === undefined) {
    return wrong("It needs the number of an error or of an alert. Type for example: why 34, or: why alert 12");
  }
  return { kind: "why", about: about?.toLowerCase() === "alert" ? "alert" : "error", id };
}

function parseSilence(rest: string): ChatCommand {
  const words: readonly string[] = rest.match(WORD) ?? [];
  if (words.includes('"')) return wrong(`A quote is never closed. Type for example: ${EXAMPLE}`);
  const end = words.findIndex((word, index) => word.toLowerCase() === "for" && isLength(words[index + 1]));
  const lastsMs = end === -1 ? null : parseDurationMs(words[end + 1] ?? "");
  if (lastsMs === null) return wrong(`It has to say for how long. Type for example: ${EXAMPLE}`);
  if (lastsMs <= 0 || lastsMs > LASTS_MS_MAX) {
    return wrong(`It can last at most ${formatDuration(LASTS_MS_MAX)}. Type for example: ${EXAMPLE}`);
  }
  if (end === 0) return wrong(`It has to say what to silence, by labels. Type for example: ${EXAMPLE}`);
  const matchers: Matcher[] = [];
  for (const word of words.slice(0, end)) {
    const matcher = parseMatcher(word.replace(/,$/, ""));
    if ("problem" in matcher) {
      return wrong(`${quoted(word)} is not like label="value": ${matcher.problem}. Type for example: ${EXAMPLE}`);
    }
    matchers.push(matcher);
  }
  return { kind: "silence", matchers, lastsMs, reason: words.slice(end + 2).join(" ") };
}

const isLength = (word: string | undefined) => word !== undefined && parseDurationMs(word) !== null;

/** Programs for chatting make quotes typographic while one types, and escape what begins their own markup. */
function straightened(text: string): string {
  return text
    .replaceAll("\0", "")
    .replace(/\p{Cs}/gu, "")
    .replace(/[\u201c-\u201f\u00ab\u00bb]/g, '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

function quoted(word: string): string {
  return `"${word.length > QUOTED_MAX ? `${word.slice(0, QUOTED_MAX)}…` : word}"`;
}

function wrong(problem: string): ChatCommand {
  return { kind: "wrong", problem: `${problem}.` };
}
