import { CAUSE_LABELS } from "../../domain/cause.js";
import type { AlertItem, AlertsNotification, Notification, SummaryNotification } from "../../domain/notification.js";
import { oneLine, paragraphs } from "../plain-text.js";
import {
  blindNote,
  countOf,
  type Fact,
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
import { wrapText } from "../wrap-text.js";

export type ConsoleStyle = {
  isColored: boolean;
  /** IANA name of the zone whose time is shown. */
  timeZone: string;
};

const COLUMNS = 80;
const ITEMS_MAX = 8;
const INDENT = " ".repeat(20);
const TAG_COLUMNS = 11;
const [RESET, BOLD, DIM] = ["\u001b[0m", "\u001b[1m", "\u001b[2m"];
const TAG_COLORS = {
  NEW: "\u001b[1;31m",
  GROWING: "\u001b[1;33m",
  RETURNED: "\u001b[1;35m",
  RESOLVED: "\u001b[1;32m",
  UNREADABLE: "\u001b[1;31m",
  RECOVERED: "\u001b[1;32m",
  BASELINE: "\u001b[1;36m",
  "CATCH-UP": "\u001b[1;36m",
} as const satisfies Record<Tag, string>;

/** The notification as a block of lines of at most 80 columns, ending in an empty one. */
export function consoleMessage(notification: Notification, style: ConsoleStyle): string {
  const tag = tagOf(notification);
  const notes = notification.possiblyRepeated ? [REPEAT_NOTE] : [];
  const lines = [
    firstLine(notification, tag, style),
    ...bodyOf(notification, style),
    ...notes.map((note) => noteLine(note, style)),
    ...(notification.link === null ? [] : [paint(`${INDENT}${oneLine(notification.link, 500)}`, DIM, style)]),
  ];
  return `${lines.join("\n")}\n\n`;
}

function firstLine(notification: Notification, tag: Tag, style: ConsoleStyle): string {
  const time = formatTime(notification.at, style.timeZone);
  const subject = wrapText(subjectOf(notification), COLUMNS, INDENT);
  return `${paint(time, DIM, style)} ${paint(tag.padEnd(TAG_COLUMNS), TAG_COLORS[tag], style)}${paint(subject, BOLD, style)}`;
}

function subjectOf(notification: Notification): string {
  const server = oneLine(notification.server, 60);
  switch (notification.kind) {
    case "alerts": {
      const counts = notification.items.length > 1 ? `: ${itemCountsOf(notification)}` : "";
      return `${integrationOf(notification)} on ${server}${counts} · ${notification.severity}`;
    }
    case "server":
      return `${server} ${serverSentence(notification)} · ${notification.severity}`;
    case "summary":
      return `${server} is ${summarySentence(notification)}`;
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function bodyOf(notification: Notification, style: ConsoleStyle): string[] {
  switch (notification.kind) {
    case "alerts":
      return notification.items.length === 1
        ? notification.items.flatMap((item) => oneItem(item, style))
        : list(notification, style);
    case "server": {
      const detail = notification.state === "firing" ? oneLine(notification.detail, 300) : "";
      return [
        ...(detail === "" ? [] : [line(detail)]),
        ...factLines(serverFactsOf(notification), style),
        noteLine(serverConsequence(notification), style),
      ];
    }
    case "summary":
      return summaryLines(notification, style);
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function oneItem(item: AlertItem, style: ConsoleStyle): string[] {
  const headline = headlineOf(item.headline, 300);
  const body = paragraphs(item.body, 400);
  return [
    line(headline),
    ...(body === "" || body === headline ? [] : [noteLine(body, style)]),
    ...itemFacts(item, style),
  ];
}

function list(notification: AlertsNotification, style: ConsoleStyle): string[] {
  const shown = notification.items.slice(0, ITEMS_MAX).flatMap((item) => {
    const tag = tagOfItem(item);
    const text = wrapText(headlineOf(item.headline, 160), COLUMNS, INDENT);
    return [
      `${" ".repeat(9)}${paint(tag.padEnd(TAG_COLUMNS), TAG_COLORS[tag], style)}${text}`,
      ...itemFacts(item, style),
    ];
  });
  const hidden = notification.items.length - ITEMS_MAX;
  return hidden > 0 ? [...shown, noteLine(`… ${moreNote(hidden)}`, style)] : shown;
}

function itemFacts(item: AlertItem, style: ConsoleStyle): string[] {
  const httpStatus = item.httpStatus === null ? "" : `, HTTP ${item.httpStatus}`;
  const because = oneLine(item.because, 300);
  const blind = blindNote(item.blindMs);
  const facts = [
    { label: "Cause", value: `${CAUSE_LABELS[item.cause]}${httpStatus}` },
    { label: "Count", value: countOf(item) },
    ...(because === "" ? [] : [{ label: "Why", value: because }]),
  ];
  return [...factLines(facts, style), ...(blind === null ? [] : [noteLine(blind, style)])];
}

function summaryLines(notification: SummaryNotification, style: ConsoleStyle): string[] {
  const entries = notification.top.map(
    (entry) =>
      `${integrationNameOf(entry.integration, 40)}: ${headlineOf(entry.headline, 120)} (${CAUSE_LABELS[entry.cause]}, ${topCountOf(notification.occasion, entry)})`,
  );
  return [
    ...factLines(
      summaryFactsOf(notification).filter(({ label }) => label !== "Errors present"),
      style,
    ),
    ...(entries.length === 0 ? [] : [line(`${topHeading(notification)}:`)]),
    ...entries
      .slice(0, ITEMS_MAX)
      .map((entry) => `${INDENT}- ${wrapText(entry, COLUMNS - 22, "").replaceAll("\n", `\n${INDENT}  `)}`),
    noteLine(summaryPurpose(notification), style),
  ];
}

function line(text: string): string {
  return INDENT + wrapText(text, COLUMNS, INDENT);
}

function noteLine(text: string, style: ConsoleStyle): string {
  return paint(line(text), DIM, style);
}

function factLines(facts: readonly Fact[], style: ConsoleStyle): string[] {
  const labelColumns = Math.max(...facts.map(({ label }) => label.length)) + 2;
  const indent = INDENT + " ".repeat(labelColumns);
  return facts.map(({ label, value }) => {
    const text = value instanceof Date ? formatUtc(value) : value;
    return `${INDENT}${paint(label.padEnd(labelColumns), DIM, style)}${wrapText(text, COLUMNS, indent)}`;
  });
}

function paint(text: string, code: string, style: ConsoleStyle): string {
  return style.isColored ? `${code}${text}${RESET}` : text;
}

function formatTime(at: Date, timeZone: string): string {
  if (Number.isNaN(at.getTime())) return "--:--:--";
  return at.toLocaleTimeString("en-GB", { timeZone, hour12: false });
}
