import type {
  ReportNotification,
  ServerNotification,
  SilenceNotification,
  SummaryNotification,
} from "../../domain/notification.js";
import { type Html, html } from "../../lib/html.js";
import { oneLine } from "../plain-text.js";
import { serverConsequence, serverFactsOf, serverSentence } from "../server-wording.js";
import { silenceFactsOf, silenceOutcome, silenceSentence } from "../silence-wording.js";
import { summaryFactsOf, summaryPurpose, summarySentence } from "../summary-wording.js";
import { topListOf } from "../top-list.js";
import { headlineOf, integrationNameOf, moreNote, serverNameOf } from "../wording.js";
import { CUT, factsTable, heading, muted, quote } from "./html-parts.js";
import { row } from "./mail-page.js";
import { outsideText } from "./outside-text.js";

const ENTRIES_MAX = 20;

export function serverRows(notification: ServerNotification): Html[] {
  const detail = notification.state === "firing" ? oneLine(notification.detail, 800) : "";
  return [
    row(heading(`${serverNameOf(notification, 100)} ${serverSentence(notification)}`)),
    row(factsTable(serverFactsOf(notification))),
    ...(detail === "" ? [] : [row(quote(detail))]),
    row(html`<div>${serverConsequence(notification)}</div>`),
  ];
}

export function summaryRows(notification: SummaryNotification): Html[] {
  return [
    row(heading(`${serverNameOf(notification, 100)} is ${summarySentence(notification)}`)),
    row(html`<div>${summaryPurpose(notification)}</div>`),
    row(factsTable(summaryFactsOf(notification))),
    ...topRows(notification),
  ];
}

export function silenceRows(notification: SilenceNotification): Html[] {
  return [
    row(heading(silenceSentence(notification))),
    row(html`<div>${silenceOutcome(notification)}</div>`),
    row(factsTable(silenceFactsOf(notification))),
    ...topRows(notification),
  ];
}

export function reportRows(notification: ReportNotification): Html[] {
  const more = notification.omittedEntries === 0 ? [] : [row(muted(`… ${moreNote(notification.omittedEntries)}`))];
  return [
    row(heading(notification.title)),
    ...notification.sentences.map((sentence) => row(html`<div>${outsideText(sentence)}</div>`)),
    ...(notification.facts.length === 0 ? [] : [row(factsTable(notification.facts))]),
    ...topRows(notification),
    ...more,
  ];
}

function topRows(notification: SummaryNotification | SilenceNotification | ReportNotification): Html[] {
  const { heading: title, entries } = topListOf(notification);
  if (entries.length === 0) return [];
  const rows = entries.slice(0, ENTRIES_MAX).map(({ integration, headline, known }) => {
    const words = known.map((word, index) => (index === 0 ? html`${word}` : html`<br>${word}`));
    return html`<tr>
<td class="pw-line pw-entry" style="padding:6px 12px 6px 0;border-top:1px solid #d9dee5;${CUT}"><b>${outsideText(integrationNameOf(integration, 80))}</b><br>${outsideText(headlineOf(headline, 240))}</td>
<td class="pw-line pw-muted pw-known" align="right" valign="top" width="150" style="padding:6px 0;border-top:1px solid #d9dee5;color:#5b6673;font-size:13px;">${words}</td>
</tr>`;
  });
  return [
    row(
      html`<b>${title}</b><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin-top:6px;">${rows}</table>`,
    ),
  ];
}
