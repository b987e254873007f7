import type { DigestNotification } from "../../domain/notification.js";
import { shorten } from "../../domain/plain-text.js";
import {
  type DigestLine,
  dailyInBlocks,
  digestBlocks,
  digestNotes,
  digestSpan,
  digestStanding,
  digestTotals,
  pollingSentences,
} from "../digest-wording.js";
import { moreNote } from "../wording.js";
import { wrapText } from "../wrap-text.js";
import { COLUMNS, type ConsoleStyle, factLines, INDENT, line, noteLine } from "./lines.js";

/** Of a section, of one entry, and of what there is to say about the polling. */
const [LINES_MAX, ENTRY_LENGTH_MAX, SENTENCES_MAX] = [3, 120, 3];

/** What a terminal shows of a digest below its first line. */
export function digestLines(digest: DigestNotification, style: ConsoleStyle): string[] {
  const totals = digestTotals(digest).map(({ label, now, before }) => ({ label, value: `${now}, ${before} before` }));
  return [
    ...[digestStanding(digest), digestSpan(digest)].filter((text) => text !== "").map((text) => noteLine(text, style)),
    ...digestNotes(digest).map((note) => noteLine(note, style)),
    ...factLines(totals, style),
    ...digestBlocks(digest).flatMap(({ heading, lines, omitted }) => {
      const more = omitted + Math.max(lines.length - LINES_MAX, 0);
      return [
        line(`${heading}:`),
        ...lines.slice(0, LINES_MAX).map(entryLine),
        ...(more === 0 ? [] : [noteLine(`… ${moreNote(more)}`, style)]),
      ];
    }),
    ...pollingSentences(digest)
      .slice(0, SENTENCES_MAX)
      .map((sentence) => noteLine(sentence, style)),
  ];
}

function entryLine({ name, headline, known, daily }: DigestLine): string {
  const text = `${name}: ${headline}${known.length === 0 ? "" : ` (${known.join(", ")})`}`;
  const entry = wrapText(shorten(text, ENTRY_LENGTH_MAX), COLUMNS - 22, "").replaceAll("\n", `\n${INDENT}  `);
  return `${INDENT}- ${entry}${daily === null ? "" : `\n${INDENT}  ${dailyInBlocks(daily)} ${daily.length} days`}`;
}
