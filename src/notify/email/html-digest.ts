import { DIGEST_DAYS } from "../../domain/digest.js";
import type { DigestNotification } from "../../domain/notification.js";
import { type Html, html, nothing } from "../../lib/html.js";
import {
  type DigestBlock,
  type DigestLine,
  dailyInWords,
  digestNotes,
  digestOverview,
  digestSpan,
  digestStanding,
  digestTotals,
  pollingSentences,
} from "../digest-wording.js";
import { capitalized, moreNote } from "../wording.js";
import { digestPictures, pictureKey } from "./digest-pictures.js";
import { shownBlocks } from "./digest-shown.js";
import { CUT, heading, muted } from "./html-parts.js";
import { row } from "./mail-page.js";
import { outsideText } from "./outside-text.js";
import { SPARKLINE_HEIGHT, SPARKLINE_WIDTH } from "./sparkline.js";

const TABLE = html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"`;

/** What the pictures mean. */
const LEGEND =
  `Each picture shows what was added on each of ${DIGEST_DAYS} days, by a scale of its own; the last day, in another colour, ` +
  "ends with this digest.";

/** An overview, the sums beside those of before, the sections, and how complete the polling was. */
export function digestRows(digest: DigestNotification): Html[] {
  const pictures = digestPictures(digest);
  const pictureOf = (daily: readonly number[] | null) =>
    daily === null ? null : (pictures.get(pictureKey(daily))?.cid ?? null);
  const standing = capitalized(digestStanding(digest));
  return [
    row(
      html`${heading(capitalized(digestOverview(digest)))}${standing === "" ? nothing : html`<div style="padding-top:4px;">${standing}</div>`}
<div style="padding-top:4px;">${muted(digestSpan(digest))}${digestNotes(digest).map(muted)}</div>`,
    ),
    row(totalsTable(digest)),
    ...shownBlocks(digest).map((block) => row(section(block, pictureOf))),
    row(html`<b>Polling</b>${pollingSentences(digest).map(muted)}`),
    ...(pictures.size === 0 ? [] : [row(muted(LEGEND))]),
  ];
}

function totalsTable(digest: DigestNotification): Html {
  const rows = digestTotals(digest).map(
    ({ label, now, before }) => html`<tr>
<td class="pw-line" style="padding:4px 12px 4px 0;border-top:1px solid #d9dee5;">${label}</td>
<td class="pw-line" align="right" style="padding:4px 0 4px 12px;border-top:1px solid #d9dee5;"><b>${now}</b></td>
<td class="pw-line pw-muted" align="right" style="padding:4px 0 4px 12px;border-top:1px solid #d9dee5;color:#5b6673;">${before}</td>
</tr>`,
  );
  return html`${TABLE} style="font-size:14px;">
<tr><td></td><td class="pw-muted" align="right" style="padding:0 0 4px 12px;color:#5b6673;font-size:13px;">This time</td><td class="pw-muted" align="right" style="padding:0 0 4px 12px;color:#5b6673;font-size:13px;">As long before</td></tr>
${rows}</table>`;
}

function section(
  { heading: title, lines, omitted }: DigestBlock,
  pictureOf: (daily: DigestLine["daily"]) => string | null,
) {
  const rows = lines.map((line) => {
    const cid = pictureOf(line.daily);
    const linked =
      line.link === null
        ? outsideText(line.headline)
        : html`<a href="${line.link}" style="color:inherit;">${outsideText(line.headline)}</a>`;
    const picture =
      cid === null || line.daily === null
        ? nothing
        : html`<img src="cid:${cid}" width="${String(SPARKLINE_WIDTH)}" height="${String(SPARKLINE_HEIGHT)}" alt="${dailyInWords(line.daily)}" style="display:block;border:0;">`;
    return html`<tr>
<td class="pw-line" valign="top" style="padding:8px 12px 8px 0;border-top:1px solid #d9dee5;${CUT}"><b>${outsideText(line.name)}</b><br>${linked}${muted(line.known.join(" · "))}</td>
<td class="pw-line" align="right" valign="top" width="${String(SPARKLINE_WIDTH)}" style="padding:12px 0 8px 0;border-top:1px solid #d9dee5;">${picture}</td>
</tr>`;
  });
  return html`<b>${title}</b>${TABLE} style="margin-top:6px;font-size:14px;">${rows}</table>${omitted === 0 ? nothing : muted(`… ${moreNote(omitted)}`)}`;
}
