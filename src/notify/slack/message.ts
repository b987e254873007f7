import type { KnownBlock, RichTextElement } from "@slack/web-api";
import type { Severity } from "../../domain/alert.js";
import { CAUSE_LABELS } from "../../domain/cause.js";
import type {
  AlertItem,
  AlertsNotification,
  Notification,
  ServerNotification,
  SummaryNotification,
} from "../../domain/notification.js";
import { oneLine, paragraphs, unlinked } from "../plain-text.js";
import {
  blindNote,
  countOf,
  factsOf,
  formatCount,
  headlineOf,
  integrationNameOf,
  integrationOf,
  itemCountsOf,
  moreNote,
  REPEAT_NOTE,
  serverConsequence,
  serverFactsOf,
  summaryFactsOf,
  summaryPurpose,
  type Tag,
  tagOf,
  tagOfItem,
  titleOf,
  topCountOf,
  topHeading,
} from "../wording.js";
import {
  contextBlock,
  date,
  escapeMarkup,
  factsBlock,
  HEADER_LENGTH_MAX,
  headerBlock,
  link,
  richText,
  text,
} from "./blocks.js";

/** `text` is what shows where blocks cannot: in a phone's notification, in a screen reader. */
export type SlackMessage = { text: string; blocks: KnownBlock[] };

const ITEMS_MAX = 10;
const [HEADLINE_MAX, BODY_MAX, BECAUSE_MAX] = [500, 1200, 600];
const [LISTED_HEADLINE_MAX, LISTED_BECAUSE_MAX] = [240, 300];
/** Slack refuses blocks of more than about 13,000 characters in all. With no list, the lengths above stay below this. */
const BLOCKS_BYTES_MAX = 12_000;

const FIRING_MARKS = { critical: "🔴", warning: "🟠", info: "🔵" } as const satisfies Record<Severity, string>;

/** The notification as Block Kit. Within Slack's limits, and without effect beyond its own text, whatever it is made of. */
export function slackMessage(notification: Notification): SlackMessage {
  const tag = tagOf(notification);
  const head = `${markOf(tag, notification.severity)} ${tag} `;
  const title = titleOf(notification, HEADER_LENGTH_MAX - head.length);
  const text = escapeMarkup(unlinked(`${tag} ${title}${becauseOf(notification)}`));
  for (let shown = Math.min(listLengthOf(notification), ITEMS_MAX); ; shown -= 1) {
    const blocks = [headerBlock(head + title), ...bodyOf(notification, title, shown), ...footOf(notification, shown)];
    if (shown <= 1 || Buffer.byteLength(JSON.stringify(blocks)) <= BLOCKS_BYTES_MAX) return { text, blocks };
  }
}

function listLengthOf(notification: Notification): number {
  switch (notification.kind) {
    case "alerts":
      return notification.items.length;
    case "server":
      return 0;
    case "summary":
      return notification.top.length;
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function markOf(tag: Tag, severity: Severity): string {
  switch (tag) {
    case "NEW":
    case "GROWING":
    case "RETURNED":
      return FIRING_MARKS[severity];
    case "RESOLVED":
    case "RECOVERED":
      return "✅";
    case "UNREADABLE":
      return "⛔";
    case "BASELINE":
    case "CATCH-UP":
      return "📋";
    default:
      throw new Error(`Unknown tag: ${JSON.stringify(tag satisfies never)}`);
  }
}

function becauseOf(notification: Notification): string {
  const because = notification.kind === "alerts" ? oneLine(notification.items[0]?.because ?? "", 300) : "";
  return because === "" ? "" : `. ${because}`;
}

function bodyOf(notification: Notification, title: string, shown: number): KnownBlock[] {
  switch (notification.kind) {
    case "alerts":
      return alertsBlocks(notification, title, shown);
    case "server":
      return serverBlocks(notification);
    case "summary":
      return summaryBlocks(notification, shown);
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function alertsBlocks(notification: AlertsNotification, title: string, shown: number): KnownBlock[] {
  const [first, ...others] = notification.items;
  if (first === undefined) return [];
  const where = `${integrationOf(notification)} on ${oneLine(notification.server, 100)} · ${notification.severity}`;
  if (others.length === 0) return [contextBlock(where), ...oneItem(first, title)];
  const listed = notification.items.slice(0, shown).map(listedItem);
  return [contextBlock(`${where} · ${itemCountsOf(notification)}`), ...listed];
}

function oneItem(item: AlertItem, title: string): KnownBlock[] {
  const headline = headlineOf(item.headline, HEADLINE_MAX);
  const because = oneLine(item.because, BECAUSE_MAX);
  const lines = [
    ...(title.includes(headline) ? [] : [[text(headline, { bold: true as const })]]),
    ...(because === "" ? [] : [[text("Why: ", { bold: true }), text(because)]]),
    ...blindLines(item),
  ];
  const body = paragraphs(item.body, BODY_MAX);
  const words = lines.length === 0 && body === "" ? [] : [richText(lines, body)];
  return [...words, factsBlock(factsOf(item))];
}

function listedItem(item: AlertItem): KnownBlock {
  const because = oneLine(item.because, LISTED_BECAUSE_MAX);
  const httpStatus = item.httpStatus === null ? "" : ` · HTTP ${item.httpStatus}`;
  const known = `${CAUSE_LABELS[item.cause]}${httpStatus} · ${countOf(item)}`;
  const last: RichTextElement[] =
    item.lastOccurredAt === null ? [] : [text(", last occurred "), date(item.lastOccurredAt)];
  return richText([
    [
      text(`${tagOfItem(item)}  `, { bold: true }),
      text(headlineOf(item.headline, LISTED_HEADLINE_MAX), { bold: true }),
    ],
    [text(known)],
    [text("First seen "), date(item.firstSeenAt), ...last],
    ...(because === "" ? [] : [[text("Why: ", { bold: true }), text(because)]]),
    ...blindLines(item),
  ]);
}

function blindLines(item: AlertItem): RichTextElement[][] {
  const note = blindNote(item.blindMs);
  return note === null ? [] : [[text(note, { italic: true })]];
}

function serverBlocks(notification: ServerNotification): KnownBlock[] {
  const detail = oneLine(notification.detail, BECAUSE_MAX);
  return [
    richText([[text(serverConsequence(notification))]], notification.state === "firing" ? detail : ""),
    factsBlock(serverFactsOf(notification)),
  ];
}

function summaryBlocks(notification: SummaryNotification, shown: number): KnownBlock[] {
  const entries = notification.top
    .slice(0, shown)
    .map((entry) => [
      text("• "),
      text(integrationNameOf(entry.integration, 80), { bold: true }),
      text(
        `: ${headlineOf(entry.headline, LISTED_HEADLINE_MAX)} (${CAUSE_LABELS[entry.cause]}, ${topCountOf(notification.occasion, entry)})`,
      ),
    ]);
  return [
    richText([[text(summaryPurpose(notification))]]),
    factsBlock(summaryFactsOf(notification)),
    ...(entries.length === 0 ? [] : [richText([[text(topHeading(notification), { bold: true })], ...entries])]),
  ];
}

function footOf(notification: Notification, shown: number): KnownBlock[] {
  const hidden = listLengthOf(notification) - shown;
  const more = hidden === 0 ? [] : [text(`… ${moreNote(hidden)}`)];
  const label = hidden === 0 ? "Show in polarwatch" : `Show all ${formatCount(hidden + shown)} in polarwatch`;
  const linked = notification.link === null ? [] : link(notification.link, label);
  const line = more.length > 0 && linked.length > 0 ? [...more, text(" · "), ...linked] : [...more, ...linked];
  return [
    ...(line.length === 0 ? [] : [richText([line])]),
    ...(notification.possiblyRepeated ? [contextBlock(REPEAT_NOTE)] : []),
  ];
}
