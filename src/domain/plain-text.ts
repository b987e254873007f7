/** What is looked at in one text. Texts are capped well below this when they are read, so it only bounds hostile input. */
const FOLDED_CHARS_MAX = 10_000;

const ESCAPE = String.fromCharCode(27);
const BELL = String.fromCharCode(7);
/** Terminal sequences: colours and cursor moves, and titles or links up to their terminator. */
const TERMINAL_SEQUENCE = new RegExp(
  `${ESCAPE}\\[[0-9;?]{0,40}[ -/]?[@-~]|${ESCAPE}\\][^${ESCAPE}${BELL}]*(?:${BELL}|${ESCAPE}\\\\)?`,
  "g",
);
const CONTROL = /(?![\s\u0085])\p{Cc}/gu;
const WHITESPACE = /[\s\u0085]+/gu;
/** Bidi controls, zero-width and tag characters. The joiners stay: emoji and some scripts are written with them. */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;
const LONE_SURROGATE = /\p{Cs}/gu;
const NOT_TEXT = /[\p{Mn}\p{Me}\p{Cf}\p{Cs}\ufffd]/gu;
const APOSTROPHE = /[\u2018\u2019\u02bc\u00b4]/g;

/** The text as one line for people: blanks folded, and nothing in it that steers a terminal or turns the reading order. */
export function oneLine(text: string): string {
  return text
    .replace(TERMINAL_SEQUENCE, "")
    .replace(CONTROL, "")
    .replace(INVISIBLE, "")
    .replace(LONE_SURROGATE, "")
    .replace(WHITESPACE, " ")
    .trim();
}

/**
 * The text as two texts are compared: lower case, blanks folded, compatible forms and accents made one, invisible and
 * combining characters gone. Folding twice changes nothing. Looks at the first 10,000 characters.
 */
export function foldText(text: string): string {
  if (PLAIN.test(text)) return foldPlainText(text);
  return text
    .slice(0, 2 * FOLDED_CHARS_MAX)
    .replace(TERMINAL_SEQUENCE, "")
    .normalize("NFKD")
    .replace(NOT_TEXT, "")
    .replace(CONTROL, "")
    .replace(APOSTROPHE, "'")
    .replace(WHITESPACE, " ")
    .toLowerCase()
    .trimStart()
    .slice(0, FOLDED_CHARS_MAX)
    .replace(LONE_SURROGATE, "")
    .trimEnd();
}

/** What most texts are: nothing but ASCII, and blanks. */
const PLAIN = /^[\t-\r\x20-\x7e]*$/;
const UNFOLDED_BLANKS = /[\t-\r]| {2}/;

/** As `foldText`, of a text in which only blanks and case can be folded. */
function foldPlainText(text: string): string {
  const read = text.slice(0, 2 * FOLDED_CHARS_MAX);
  const folded = UNFOLDED_BLANKS.test(read) ? read.replace(WHITESPACE, " ") : read;
  return folded.toLowerCase().trimStart().slice(0, FOLDED_CHARS_MAX).trimEnd();
}

/** At most `charsMax` UTF-16 units, cut after a whole word where there is one, and marked with an ellipsis if cut. */
export function shorten(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const end = lastWholeCharacter(text, charsMax - 1);
  const head = text.slice(0, end);
  const lastBlank = text[end] === " " ? end : head.lastIndexOf(" ");
  const whole = lastBlank >= charsMax / 2 ? head.slice(0, lastBlank) : head;
  return `${whole.replace(/[\s,;:.\-–—]{1,20}$/, "")}…`;
}

const BETWEEN_ASCII = /[\x20-\x7e]{2}/;

/** The last boundary between two characters, as a reader sees them, at `atMost` or before it. */
function lastWholeCharacter(text: string, atMost: number): number {
  // Between two ASCII characters there always is one, so only what follows the last such place needs a look.
  let start = atMost;
  while (start > 0 && !BETWEEN_ASCII.test(text.slice(start - 1, start + 1))) start -= 1;
  let end = start;
  // One look past the limit is enough to know the last whole character; a longer one is cut as a whole.
  for (const { segment } of start === atMost ? [] : new Intl.Segmenter("en").segment(text.slice(start, atMost + 33))) {
    if (end + segment.length > atMost) break;
    end += segment.length;
  }
  return end;
}
