import type { DigestNotification } from "../../domain/notification.js";
import { escapeHtml } from "../../lib/html.js";
import { type DigestBlock, type DigestLine, digestBlocks } from "../digest-wording.js";

/** Gmail clips a mail at 102 kB; the rest of the page and its markup have to fit too. */
const LINES_BYTES_MAX = 80_000;
/** Around the texts of a line. */
const MARKUP_BYTES = 1000;
const LINES_MAX = 10;

/** The sections as far as a mail has room for them: all there is, unless texts are as long as texts can be. */
export function shownBlocks(digest: DigestNotification): readonly DigestBlock[] {
  const blocks = digestBlocks(digest);
  for (let linesMax = LINES_MAX; linesMax > 1; linesMax--) {
    const shown = firstLines(blocks, linesMax);
    const bytes = shown.flatMap(({ lines }) => lines).reduce((sum, line) => sum + bytesOf(line), 0);
    if (bytes <= LINES_BYTES_MAX) return shown;
  }
  return firstLines(blocks, 1);
}

function firstLines(blocks: readonly DigestBlock[], linesMax: number): DigestBlock[] {
  return blocks.map((block) => {
    const lines = block.lines.slice(0, linesMax);
    return { ...block, lines, omitted: block.omitted + block.lines.length - lines.length };
  });
}

function bytesOf({ name, headline, known, link }: DigestLine): number {
  return MARKUP_BYTES + Buffer.byteLength(escapeHtml([name, headline, ...known, link ?? ""].join(" · ")));
}
