import type { KnownBlock } from "@slack/web-api";
import type { Notification } from "../../domain/notification.js";
import { oneLine, unlinked } from "../plain-text.js";
import { tagOf } from "../tag.js";
import { titleOf } from "../title.js";
import { formatCount, moreNote, notesOf } from "../wording.js";
import { alertsBlocks } from "./alert-blocks.js";
import { contextBlock, escapeMarkup, HEADER_LENGTH_MAX, headerBlock, link, richText, text } from "./blocks.js";
import { buttonBlocks } from "./buttons.js";
import type { SlackChoices } from "./config.js";
import { digestSlackBlocks } from "./digest-blocks.js";
import { markOf } from "./marks.js";
import { mentionBlocks } from "./mentions.js";
import { reportBlocks, serverBlocks, silenceBlocks, summaryBlocks } from "./report-blocks.js";
import { type Room, roomsOf } from "./room.js";
import { shortAlertsBlocks, shortServerBlocks } from "./short-blocks.js";

/** `text` is what shows where blocks cannot: in a phone's notification, in a screen reader. */
export type SlackMessage = { text: string; blocks: KnownBlock[] };

/** How a notification is to look. */
export type SlackForm = {
  /** `message` stands in the channel on its own, `reply` under a message that says what it is about. */
  as: "message" | "reply";
  isVerbose: boolean;
  hasButtons: boolean;
  mentions: SlackChoices["mentions"];
  /** How many other messages for this channel wait for their turn. */
  waiting: number;
};

/** Slack refuses blocks of more than about 13,000 characters in all; what has the least room stays below this. */
const BLOCKS_BYTES_MAX = 12_000;

/**
 * The notification as Block Kit. Within Slack's limits, and without effect beyond its own text, whatever it is made of:
 * only the configuration mentions anybody.
 */
export function slackMessage(notification: Notification, form: SlackForm): SlackMessage {
  const tag = tagOf(notification);
  const head = `${markOf(notification)} ${tag} `;
  const title = titleOf(notification, HEADER_LENGTH_MAX - head.length);
  const plain = escapeMarkup(unlinked(`${tag} ${title}${becauseOf(notification)}`));
  const first = form.as === "message" ? headerBlock(head + title) : richText([[text(head + title, { bold: true })]]);
  let blocks: KnownBlock[] = [];
  for (const room of roomsOf(notification, form.isVerbose)) {
    blocks = [
      first,
      ...mentionBlocks(notification, form.mentions),
      ...bodyOf(notification, title, room, form.isVerbose),
      ...footOf(notification, room),
      ...(form.hasButtons ? buttonBlocks(notification) : []),
      ...[...notesOf(notification), ...waitingNotes(form.waiting)].map((note) => contextBlock(note)),
    ];
    if (Buffer.byteLength(JSON.stringify(blocks)) <= BLOCKS_BYTES_MAX) break;
  }
  return { text: plain, blocks };
}

function becauseOf(notification: Notification): string {
  const because = notification.kind === "alerts" ? oneLine(notification.items[0]?.because ?? "", 300) : "";
  return because === "" ? "" : `. ${because}`;
}

function bodyOf(notification: Notification, title: string, room: Room, isVerbose: boolean): KnownBlock[] {
  switch (notification.kind) {
    case "alerts":
      return isVerbose ? alertsBlocks(notification, title, room) : shortAlertsBlocks(notification, title, room.shown);
    case "server":
      return isVerbose ? serverBlocks(notification) : shortServerBlocks(notification);
    case "summary":
      return summaryBlocks(notification, room);
    case "silence":
      return silenceBlocks(notification, room);
    case "report":
      return reportBlocks(notification, room);
    case "digest":
      return digestSlackBlocks(notification, room.shown);
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

/** What is left out, and where all of it is. */
function footOf(notification: Notification, { shown, of }: Room): KnownBlock[] {
  const omitted = notification.kind === "report" ? notification.omittedEntries : 0;
  const hidden = of - shown + omitted;
  const more = hidden === 0 ? [] : [text(`… ${moreNote(hidden)}`)];
  const label = hidden === 0 ? "Show in polarwatch" : `Show all ${formatCount(hidden + shown)} in polarwatch`;
  const linked = notification.link === null ? [] : link(notification.link, label);
  const line = more.length > 0 && linked.length > 0 ? [...more, text(" · "), ...linked] : [...more, ...linked];
  return line.length === 0 ? [] : [richText([line])];
}

function waitingNotes(waiting: number): readonly string[] {
  if (waiting <= 0) return [];
  return waiting === 1
    ? ["When this was sent, 1 more message for this channel waited for its turn."]
    : [`When this was sent, ${formatCount(waiting)} more messages for this channel waited for their turn.`];
}
