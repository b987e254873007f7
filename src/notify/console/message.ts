import { CAUSE_LABELS } from "../../domain/cause.js";
import type {
  AlertItem,
  AlertsNotification,
  Notification,
  ReportNotification,
  SilenceNotification,
  SummaryNotification,
} from "../../domain/notification.js";
import {
  blindNote,
  countIntegrations,
  countOf,
  divisionOf,
  integrationsOf,
  itemHeadlineOf,
  itemTitleOf,
} from "../alert-wording.js";
import { digestOverview } from "../digest-wording.js";
import { oneLine, paragraphs } from "../plain-text.js";
import { serverConsequence, serverFactsOf, serverSentence } from "../server-wording.js";
import { silenceFactsOf, silenceOutcome, silenceSentence } from "../silence-wording.js";
import { summaryFactsOf, summaryPurpose, summarySentence } from "../summary-wording.js";
import { type Tag, tagOf, tagOfItem } from "../tag.js";
import { topListOf } from "../top-list.js";
import { type Fact, headlineOf, integrationNameOf, moreNote, notesOf, serverNameOf } from "../wording.js";
import { wrapText } from "../wrap-text.js";
import { digestLines } from "./digest-lines.js";
import { BOLD, COLUMNS, type ConsoleStyle, DIM, factLines, INDENT, line, noteLine, paint } from "./lines.js";

const ITEMS_MAX = 8;
const TIME_COLUMNS = 9;
const [RED, GREEN, YELLOW] = ["\u001b[1;31m", "\u001b[1;32m", "\u001b[1;33m"];
const [MAGENTA, CYAN] = ["\u001b[1;35m", "\u001b[1;36m"];
const TAG_COLORS = {
  NEW: RED,
  GROWING: YELLOW,
  RETURNED: MAGENTA,
  GONE: YELLOW,
  "NOT RUNNING": RED,
  "VENDOR-WIDE": RED,
  RESOLVED: GREEN,
  "STILL FIRING": YELLOW,
  "NOT ACKNOWLEDGED": RED,
  "NO LONGER HIDDEN": YELLOW,
  "SILENCE ENDED": CYAN,
  UNREADABLE: RED,
  RECOVERED: GREEN,
  STORM: RED,
  "MORE OF THE STORM": CYAN,
  UNDELIVERED: RED,
  ACKNOWLEDGED: CYAN,
  BASELINE: CYAN,
  DIGEST: CYAN,
  "CATCH-UP": CYAN,
} as const satisfies Record<Tag, string>;

/** The notification as a block of lines of at most 80 columns, ending in an empty one. */
export function consoleMessage(notification: Notification, style: ConsoleStyle): string {
  const time = paint(formatTime(notification.at, style.timeZone), DIM, style);
  const lines = [
    `${time} ${tagged(tagOf(notification), paint(wrapText(subjectOf(notification), COLUMNS, INDENT), BOLD, style), style)}`,
    ...bodyOf(notification, style),
    ...notesOf(notification).map((note) => noteLine(note, style)),
    ...(notification.link === null ? [] : [paint(`${INDENT}${oneLine(notification.link, 500)}`, DIM, style)]),
  ];
  return `${lines.join("\n")}\n\n`;
}

/** A tag that fills its column leaves the text to the next line. */
function tagged(tag: Tag, text: string, style: ConsoleStyle): string {
  const columns = INDENT.length - TIME_COLUMNS;
  const gap = tag.length < columns ? "" : `\n${INDENT}`;
  return `${paint(tag.padEnd(columns), TAG_COLORS[tag], style)}${gap}${text}`;
}

function subjectOf(notification: Notification): string {
  const server = serverNameOf(notification, 60);
  switch (notification.kind) {
    case "alerts": {
      const division = divisionOf(notification);
      return `${integrationsOf(notification)} on ${server}${division === null ? "" : `: ${division}`} · ${notification.severity}`;
    }
    case "server":
      return `${server} ${serverSentence(notification)} · ${notification.severity}`;
    case "summary":
      return `${server} is ${summarySentence(notification)}`;
    case "silence":
      return silenceSentence(notification);
    case "report":
      return oneLine(notification.title, 100);
    case "digest":
      return `Digest ${notification.name}: ${digestOverview(notification)}`;
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function bodyOf(notification: Notification, style: ConsoleStyle): string[] {
  switch (notification.kind) {
    case "alerts":
      return notification.items.length === 1
        ? notification.items.flatMap((item) => oneItem(item, style))
        : itemList(notification, style);
    case "server": {
      const detail = notification.state === "firing" ? oneLine(notification.detail, 300) : "";
      return [
        ...(detail === "" ? [] : [line(detail)]),
        ...factLines(serverFactsOf(notification), style),
        noteLine(serverConsequence(notification), style),
      ];
    }
    case "summary": {
      const facts = summaryFactsOf(notification).filter(({ label }) => label !== "Errors present");
      return [...factLines(facts, style), ...topLines(notification), noteLine(summaryPurpose(notification), style)];
    }
    case "silence":
      return [
        line(silenceOutcome(notification)),
        ...factLines(silenceFactsOf(notification), style),
        ...topLines(notification),
      ];
    case "report":
      return [
        ...notification.sentences.map(line),
        ...factLines(notification.facts, style),
        ...topLines(notification),
        ...(notification.omittedEntries === 0 ? [] : [noteLine(`… ${moreNote(notification.omittedEntries)}`, style)]),
      ];
    case "digest":
      return digestLines(notification, style);
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function oneItem(item: AlertItem, style: ConsoleStyle): string[] {
  const headline = itemHeadlineOf(item, 300);
  const body = paragraphs(item.body, 400);
  return [
    line(headline),
    ...(body === "" || body === headline ? [] : [noteLine(body, style)]),
    ...itemFacts(item, style),
  ];
}

function itemList(notification: AlertsNotification, style: ConsoleStyle): string[] {
  const isMixed = countIntegrations(notification) > 1;
  const shown = notification.items.slice(0, ITEMS_MAX).flatMap((item) => {
    const text = wrapText(itemTitleOf(item, isMixed, 160), COLUMNS, INDENT);
    return [`${" ".repeat(TIME_COLUMNS)}${tagged(tagOfItem(item), text, style)}`, ...itemFacts(item, style)];
  });
  const hidden = notification.items.length - ITEMS_MAX;
  return hidden > 0 ? [...shown, noteLine(`… ${moreNote(hidden)}`, style)] : shown;
}

function itemFacts(item: AlertItem, style: ConsoleStyle): string[] {
  const because = oneLine(item.because, 300);
  const blind = blindNote(item.blindMs);
  const count = countOf(item);
  const facts = [
    ...causeFacts(item),
    ...(count === null ? [] : [{ label: "Count", value: count }]),
    ...(because === "" ? [] : [{ label: "Why", value: because }]),
  ];
  return [...factLines(facts, style), ...(blind === null ? [] : [noteLine(blind, style)])];
}

function causeFacts({ cause, httpStatus }: AlertItem): Fact[] {
  const answer = httpStatus === null ? [] : [`HTTP ${httpStatus}`];
  if (cause !== null) return [{ label: "Cause", value: [CAUSE_LABELS[cause], ...answer].join(", ") }];
  return answer.map((value) => ({ label: "Answer", value }));
}

function topLines(notification: SummaryNotification | SilenceNotification | ReportNotification): string[] {
  const { heading, entries } = topListOf(notification);
  const lines = entries.slice(0, ITEMS_MAX).map(({ integration, headline, known }) => {
    const entry = `${integrationNameOf(integration, 40)}: ${headlineOf(headline, 120)} (${known.join(", ")})`;
    return `${INDENT}- ${wrapText(entry, COLUMNS - 22, "").replaceAll("\n", `\n${INDENT}  `)}`;
  });
  return entries.length === 0 ? [] : [line(`${heading}:`), ...lines];
}

function formatTime(at: Date, timeZone: string): string {
  if (Number.isNaN(at.getTime())) return "--:--:--";
  return at.toLocaleTimeString("en-GB", { timeZone, hour12: false });
}
