import type { KnownBlock } from "@slack/web-api";
import type { DigestNotification } from "../../domain/notification.js";
import {
  digestExtract,
  digestNotes,
  digestSpan,
  digestStanding,
  digestTotals,
  pollingSentences,
} from "../digest-wording.js";
import { capitalized } from "../wording.js";
import { contextBlock, factsBlock, richText, text } from "./blocks.js";

/** A short report: the sums, the first `shown` of what is worst, and how complete the polling was. */
export function digestSlackBlocks(digest: DigestNotification, shown: number): KnownBlock[] {
  const totals = digestTotals(digest).map(({ label, now, before }) => ({ label, value: `${now} (before: ${before})` }));
  const lines = digestExtract(digest)
    .slice(0, shown)
    .map(({ word, name, headline, known }) => [
      text(`• ${word}: `),
      text(name, { bold: true }),
      text(`: ${headline}${known.length === 0 ? "" : ` (${known.join(", ")})`}`),
    ]);
  const standing = capitalized(digestStanding(digest));
  const [polling = ""] = pollingSentences(digest);
  return [
    richText([
      ...(standing === "" ? [] : [[text(standing)]]),
      [text(digestSpan(digest))],
      ...digestNotes(digest).map((note) => [text(note)]),
    ]),
    factsBlock(totals),
    ...(lines.length === 0 ? [] : [richText(lines)]),
    contextBlock(polling),
  ];
}
