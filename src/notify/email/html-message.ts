import type { Severity } from "../../domain/alert.js";
import { CAUSE_LABELS } from "../../domain/cause.js";
import type { AlertItem, AlertsNotification, Notification, SummaryNotification } from "../../domain/notification.js";
import { type Html, html } from "../../lib/html.js";
import { oneLine, paragraphs } from "../plain-text.js";
import {
  blindNote,
  countOf,
  type Fact,
  factsOf,
  formatUtc,
  headlineOf,
  integrationNameOf,
  integrationOf,
  itemCountsOf,
  moreNote,
  REPEAT_NOTE,
  serverConsequence,
  serverFactsOf,
  serverSentence,
  summaryFactsOf,
  summaryPurpose,
  summarySentence,
  type Tag,
  tagOf,
  tagOfItem,
  topCountOf,
  topHeading,
} from "../wording.js";
import { button, mailPage, row } from "./mail-page.js";
import { outsideText } from "./outside-text.js";

/** With the lengths below, the document stays below the 100 kB after which mail programs cut it. */
const ITEMS_MAX = 20;
const FIRING_COLORS = { critical: "#b3261e", warning: "#9a5b00", info: "#1a5fb4" } as const satisfies Record<
  Severity,
  string
>;
const [CALM, PLAIN] = ["#1e7a3c", "#4a5568"];
const CUT = "word-break:break-word;overflow-wrap:anywhere;";

/** The notification as an HTML document: tables and inline styles, nothing loaded from anywhere. */
export function htmlMessage(notification: Notification, subject: string): string {
  const tag = tagOf(notification);
  const linked = notification.link === null ? [] : [row(button(notification.link, "Show in polarwatch"))];
  const repeat = notification.possiblyRepeated ? [row(muted(REPEAT_NOTE))] : [];
  return mailPage({
    title: outsideText(subject),
    preview: outsideText(previewOf(notification)),
    color: colorOf(tag, notification.severity),
    band: html`${tag}&nbsp; · &nbsp;${outsideText(oneLine(notification.server, 100))}&nbsp; · &nbsp;${notification.severity}`,
    rows: [...bodyOf(notification), ...linked, ...repeat],
    footer: html`${formatUtc(notification.at)} · delivery ${outsideText(oneLine(notification.deliveryId, 100))}`,
  }).markup;
}

function colorOf(tag: Tag, severity: Severity): string {
  switch (tag) {
    case "NEW":
    case "GROWING":
    case "RETURNED":
    case "UNREADABLE":
      return FIRING_COLORS[severity];
    case "RESOLVED":
    case "RECOVERED":
      return CALM;
    case "BASELINE":
    case "CATCH-UP":
      return PLAIN;
    default:
      throw new Error(`Unknown tag: ${JSON.stringify(tag satisfies never)}`);
  }
}

/** What a mail program shows beside the subject in its list. */
function previewOf(notification: Notification): string {
  switch (notification.kind) {
    case "alerts":
      return oneLine(notification.items[0]?.because ?? "", 160);
    case "server":
      return oneLine(notification.detail, 160);
    case "summary":
      return summaryPurpose(notification);
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function bodyOf(notification: Notification): Html[] {
  switch (notification.kind) {
    case "alerts":
      return alertsRows(notification);
    case "server": {
      const detail = notification.state === "firing" ? oneLine(notification.detail, 800) : "";
      return [
        row(heading(`${oneLine(notification.server, 100)} ${serverSentence(notification)}`)),
        row(factsTable(serverFactsOf(notification))),
        ...(detail === "" ? [] : [row(quote(detail))]),
        row(html`<div>${serverConsequence(notification)}</div>`),
      ];
    }
    case "summary":
      return summaryRows(notification);
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function alertsRows(notification: AlertsNotification): Html[] {
  const [first, ...others] = notification.items;
  if (first === undefined) return [];
  const integration = integrationOf(notification);
  if (others.length === 0) {
    return [row(html`${muted(integration)}${heading(headlineOf(first.headline, 500))}`), ...itemRows(first, 4000)];
  }
  const hidden = notification.items.length - ITEMS_MAX;
  return [
    row(html`${muted(itemCountsOf(notification))}${heading(integration)}`),
    ...notification.items.slice(0, ITEMS_MAX).map(listedItem),
    ...(hidden > 0 ? [row(html`<div>… ${moreNote(hidden)}</div>`)] : []),
  ];
}

function itemRows(item: AlertItem, bodyMax: number): Html[] {
  const because = oneLine(item.because, 800);
  const body = paragraphs(item.body, bodyMax);
  const blind = blindNote(item.blindMs);
  return [
    ...(because === "" ? [] : [row(html`<div style="${CUT}"><b>Why:</b> ${outsideText(because)}</div>`)]),
    row(factsTable(factsOf(item))),
    ...(body === "" ? [] : [row(quote(body))]),
    ...(blind === null ? [] : [row(muted(blind))]),
  ];
}

function listedItem(item: AlertItem): Html {
  const tag = tagOfItem(item);
  const because = oneLine(item.because, 300);
  const httpStatus = item.httpStatus === null ? "" : ` · HTTP ${item.httpStatus}`;
  const last = item.lastOccurredAt === null ? "" : `, last occurred ${formatUtc(item.lastOccurredAt)}`;
  const blind = blindNote(item.blindMs);
  return row(html`<div class="pw-line" style="border-top:1px solid #d9dee5;padding-top:14px;">
<div style="font-size:12px;font-weight:bold;letter-spacing:.04em;"><span class="pw-tag" style="color:${colorOf(tag, item.severity)};">${tag}</span></div>
<div style="font-size:16px;font-weight:bold;${CUT}">${outsideText(headlineOf(item.headline, 240))}</div>
${because === "" ? html`` : html`<div style="padding:4px 0;${CUT}"><b>Why:</b> ${outsideText(because)}</div>`}
<div style="font-size:14px;">${CAUSE_LABELS[item.cause]}${httpStatus} · ${countOf(item)}</div>
${muted(`First seen ${formatUtc(item.firstSeenAt)}${last}`)}
${blind === null ? html`` : muted(blind)}
</div>`);
}

function summaryRows(notification: SummaryNotification): Html[] {
  const entries = notification.top.slice(0, ITEMS_MAX).map(
    (entry) => html`<tr>
<td class="pw-line" style="padding:6px 12px 6px 0;border-top:1px solid #d9dee5;${CUT}"><b>${outsideText(integrationNameOf(entry.integration, 80))}</b><br>${outsideText(headlineOf(entry.headline, 240))}</td>
<td class="pw-line pw-muted" align="right" valign="top" width="150" style="padding:6px 0;border-top:1px solid #d9dee5;color:#5b6673;font-size:13px;">${topCountOf(notification.occasion, entry)}<br>${CAUSE_LABELS[entry.cause]}</td>
</tr>`,
  );
  return [
    row(heading(`${oneLine(notification.server, 100)} is ${summarySentence(notification)}`)),
    row(html`<div>${summaryPurpose(notification)}</div>`),
    row(factsTable(summaryFactsOf(notification))),
    ...(entries.length === 0
      ? []
      : [
          row(
            html`<b>${topHeading(notification)}</b><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin-top:6px;">${entries}</table>`,
          ),
        ]),
  ];
}

function heading(text: string): Html {
  return html`<div style="font-size:20px;line-height:1.3;font-weight:bold;${CUT}">${outsideText(text)}</div>`;
}

function muted(text: string): Html {
  return html`<div class="pw-muted" style="color:#5b6673;font-size:13px;${CUT}">${outsideText(text)}</div>`;
}

function quote(text: string): Html {
  return html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="pw-quote" style="background-color:#f1f3f6;border-left:3px solid #aab3bf;padding:10px 14px;font-family:Consolas,Menlo,monospace;font-size:13px;line-height:1.5;${CUT}">${outsideText(text)}</td></tr></table>`;
}

function factsTable(facts: readonly Fact[]): Html {
  const rows = facts.map(({ label, value }) => {
    const text = value instanceof Date ? formatUtc(value) : oneLine(value, 600);
    return html`<tr><td class="pw-muted" width="130" valign="top" style="padding:3px 12px 3px 0;color:#5b6673;white-space:nowrap;">${label}</td><td valign="top" style="padding:3px 0;${CUT}">${outsideText(text)}</td></tr>`;
  });
  return html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="font-size:14px;">${rows}</table>`;
}
