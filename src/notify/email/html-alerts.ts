import type { AlertItem, AlertsNotification } from "../../domain/notification.js";
import { type Html, html, nothing } from "../../lib/html.js";
import {
  blindNote,
  countIntegrations,
  factsOf,
  integrationsOf,
  itemCountsOf,
  itemHeadlineOf,
  itemTitleOf,
  knownOf,
  sinceLabelOf,
} from "../alert-wording.js";
import { oneLine, paragraphs } from "../plain-text.js";
import { tagOf, tagOfItem } from "../tag.js";
import { formatUtc, moreNote } from "../wording.js";
import { CUT, factsTable, heading, muted, quote } from "./html-parts.js";
import { edged, tagLine } from "./look.js";
import { row } from "./mail-page.js";
import { outsideText } from "./outside-text.js";

/** With the lengths below, the document stays below the 100 kB after which mail programs cut it. */
const ITEMS_MAX = 20;
const [HEADLINE_MAX, BECAUSE_MAX, BODY_MAX] = [500, 800, 4000];
const [LISTED_HEADLINE_MAX, LISTED_BECAUSE_MAX] = [240, 240];

/** One alert with all that is known about it, or a list of several. */
export function alertsRows(notification: AlertsNotification): Html[] {
  const [first, ...others] = notification.items;
  if (first === undefined) return [];
  const integrations = integrationsOf(notification);
  if (others.length === 0) {
    const tag = tagOfItem(first);
    const began = tag === tagOf(notification) ? nothing : tagLine(tag, first.severity);
    return [
      row(html`${muted(integrations)}${began}${heading(itemHeadlineOf(first, HEADLINE_MAX))}`),
      ...oneItem(first),
    ];
  }
  const isMixed = countIntegrations(notification) > 1;
  const hidden = notification.items.length - ITEMS_MAX;
  return [
    row(html`${muted(itemCountsOf(notification))}${heading(integrations)}`),
    ...notification.items.slice(0, ITEMS_MAX).map((item) => listedItem(item, isMixed)),
    ...(hidden > 0 ? [row(html`<div>… ${moreNote(hidden)}</div>`)] : []),
  ];
}

function oneItem(item: AlertItem): Html[] {
  const because = oneLine(item.because, BECAUSE_MAX);
  const body = paragraphs(item.body, BODY_MAX);
  const blind = blindNote(item.blindMs);
  return [
    ...(because === "" ? [] : [row(html`<div style="${CUT}"><b>Why:</b> ${outsideText(because)}</div>`)]),
    row(factsTable(factsOf(item))),
    ...(body === "" ? [] : [row(quote(body))]),
    ...(blind === null ? [] : [row(muted(blind))]),
  ];
}

function listedItem(item: AlertItem, isMixed: boolean): Html {
  const because = oneLine(item.because, LISTED_BECAUSE_MAX);
  const known = knownOf(item);
  const last = item.lastOccurredAt === null ? "" : `, last occurred ${formatUtc(item.lastOccurredAt)}`;
  const blind = blindNote(item.blindMs);
  const taken = item.acknowledged === null ? "" : `Acknowledged by ${oneLine(item.acknowledged.by, 100)}`;
  const tag = tagOfItem(item);
  return row(
    edged(
      tag,
      item.severity,
      html`${tagLine(tag, item.severity)}
<div style="font-size:16px;font-weight:bold;${CUT}">${outsideText(itemTitleOf(item, isMixed, LISTED_HEADLINE_MAX))}</div>
${because === "" ? nothing : html`<div style="padding:4px 0;${CUT}"><b>Why:</b> ${outsideText(because)}</div>`}
${taken === "" ? nothing : html`<div style="font-size:14px;${CUT}">${outsideText(taken)}</div>`}
${known === "" ? nothing : html`<div style="font-size:14px;">${known}</div>`}
${muted(`${sinceLabelOf(item)} ${formatUtc(item.firstSeenAt)}${last}`)}
${blind === null ? nothing : muted(blind)}`,
    ),
  );
}
