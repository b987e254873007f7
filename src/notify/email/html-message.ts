import type { Notification } from "../../domain/notification.js";
import { type Html, html, nothing } from "../../lib/html.js";
import { digestSpan } from "../digest-wording.js";
import { oneLine } from "../plain-text.js";
import { silenceOutcome } from "../silence-wording.js";
import { summaryPurpose } from "../summary-wording.js";
import { tagOf } from "../tag.js";
import { formatUtc, notesOf, serverNameOf } from "../wording.js";
import { alertsRows } from "./html-alerts.js";
import { digestRows } from "./html-digest.js";
import { muted } from "./html-parts.js";
import { reportRows, serverRows, silenceRows, summaryRows } from "./html-reports.js";
import { hidden, lookOf } from "./look.js";
import { button, mailPage, row, smallLink } from "./mail-page.js";
import { outsideText } from "./outside-text.js";

/** The notification as an HTML document: tables and inline styles, nothing loaded from anywhere. */
export function htmlMessage(notification: Notification, subject: string, unsubscribeUrl: string | null): string {
  const tag = tagOf(notification);
  const look = lookOf(tag, notification.severity);
  const stop = unsubscribeUrl === null ? nothing : html`<br>${smallLink(unsubscribeUrl, "Stop these mails")}`;
  const linked = notification.link === null ? [] : [row(button(notification.link, "Show in polarwatch"))];
  const notes = notesOf(notification).map((note) => muted(note));
  return mailPage({
    title: outsideText(subject),
    preview: outsideText(previewOf(notification)),
    look,
    band: html`${hidden(look.mark)} ${tag}&nbsp; · &nbsp;${outsideText(serverNameOf(notification, 100))}${look.name === "over" ? nothing : html`&nbsp; · &nbsp;${notification.severity}`}`,
    rows: [...bodyOf(notification), ...linked, ...(notes.length === 0 ? [] : [row(html`${notes}`)])],
    footer: html`${formatUtc(notification.at)} · ${outsideText(oneLine(notification.deliveryId, 100))}${stop}`,
  }).markup;
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
    case "silence":
      return silenceOutcome(notification);
    case "report":
      return notification.sentences[0] ?? "";
    case "digest":
      return digestSpan(notification);
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function bodyOf(notification: Notification): Html[] {
  switch (notification.kind) {
    case "alerts":
      return alertsRows(notification);
    case "server":
      return serverRows(notification);
    case "summary":
      return summaryRows(notification);
    case "silence":
      return silenceRows(notification);
    case "report":
      return reportRows(notification);
    case "digest":
      return digestRows(notification);
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}
