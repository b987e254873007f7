import type { KnownBlock } from "@slack/web-api";
import type { Severity } from "../../domain/alert.js";
import type { Notification } from "../../domain/notification.js";
import { oneLine, unlinked } from "../plain-text.js";
import { TAG_TONES, type Tag, tagOf } from "../tag.js";
import { titleOf } from "../title.js";
import { formatCount, moreNote, notesOf } from "../wording.js";
import { alertsBlocks } from "./alert-blocks.js";
import { contextBlock, escapeMarkup, HEADER_LENGTH_MAX, headerBlock, link, richText, text } from "./blocks.js";
import { reportBlocks, serverBlocks, silenceBlocks, summaryBlocks } from "./report-blocks.js";

/** `text` is what shows where blocks cannot: in a phone's notification, in a screen reader. */
export type SlackMessage = { text: string; blocks: KnownBlock[] };

const ITEMS_MAX = 10;
/** A report has a line for each. */
const ENTRIES_MAX = 60;
/** Slack refuses blocks of more than about 13,000 characters in all; what has the least room stays below this. */
const BLOCKS_BYTES_MAX = 12_000;

const PROBLEM_MARKS = { critical: "🔴", warning: "🟠", info: "🔵" } as const satisfies Record<Severity, string>;

/** The notification as Block Kit. Within Slack's limits, and without effect beyond its own text, whatever it is made of. */
export function slackMessage(notification: Notification): SlackMessage {
  const tag = tagOf(notification);
  const head = `${markOf(tag, notification.severity)} ${tag} `;
  const title = titleOf(notification, HEADER_LENGTH_MAX - head.length);
  const text = escapeMarkup(unlinked(`${tag} ${title}${becauseOf(notification)}`));
  let blocks: KnownBlock[] = [];
  for (const room of roomsOf(notification)) {
    const foot = footOf(notification, room.shown);
    blocks = [headerBlock(head + title), ...bodyOf(notification, title, room), ...foot];
    if (Buffer.byteLength(JSON.stringify(blocks)) <= BLOCKS_BYTES_MAX) break;
  }
  return { text, blocks };
}

/** How many entries of a list are shown, and how much of the longest text of an only one. */
type Room = { shown: number; bodyMax: number };

/** From the most to the least that is shown. */
function roomsOf(notification: Notification): Room[] {
  const length = listLengthOf(notification);
  if (length <= 1) return [1200, 400, 0].map((bodyMax) => ({ shown: length, bodyMax }));
  const shownMax = Math.min(length, notification.kind === "report" ? ENTRIES_MAX : ITEMS_MAX);
  return Array.from({ length: shownMax }, (_, index) => ({ shown: shownMax - index, bodyMax: 0 }));
}

function listLengthOf(notification: Notification): number {
  switch (notification.kind) {
    case "alerts":
      return notification.items.length;
    case "server":
      return 0;
    case "summary":
      return notification.top.length;
    case "silence":
      return notification.hidden.top.length;
    case "report":
      return notification.entries.length;
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function markOf(tag: Tag, severity: Severity): string {
  if (tag === "UNREADABLE") return "⛔";
  const tone = TAG_TONES[tag];
  switch (tone) {
    case "problem":
      return PROBLEM_MARKS[severity];
    case "taken":
      return "👀";
    case "over":
      return "✅";
    case "report":
      return "📋";
    default:
      throw new Error(`Unknown tone: ${JSON.stringify(tone satisfies never)}`);
  }
}

function becauseOf(notification: Notification): string {
  const because = notification.kind === "alerts" ? oneLine(notification.items[0]?.because ?? "", 300) : "";
  return because === "" ? "" : `. ${because}`;
}

function bodyOf(notification: Notification, title: string, room: Room): KnownBlock[] {
  switch (notification.kind) {
    case "alerts":
      return alertsBlocks(notification, title, room);
    case "server":
      return serverBlocks(notification);
    case "summary":
      return summaryBlocks(notification, room.shown);
    case "silence":
      return silenceBlocks(notification, room.shown);
    case "report":
      return reportBlocks(notification, room.shown);
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function footOf(notification: Notification, shown: number): KnownBlock[] {
  const omitted = notification.kind === "report" ? notification.omittedEntries : 0;
  const hidden = listLengthOf(notification) - shown + omitted;
  const more = hidden === 0 ? [] : [text(`… ${moreNote(hidden)}`)];
  const label = hidden === 0 ? "Show in polarwatch" : `Show all ${formatCount(hidden + shown)} in polarwatch`;
  const linked = notification.link === null ? [] : link(notification.link, label);
  const line = more.length > 0 && linked.length > 0 ? [...more, text(" · "), ...linked] : [...more, ...linked];
  return [...(line.length === 0 ? [] : [richText([line])]), ...notesOf(notification).map((note) => contextBlock(note))];
}
