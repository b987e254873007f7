import type { RichTextElement } from "@slack/web-api";
import type { AlertItem } from "../../domain/notification.js";
import { blindNote } from "../alert-wording.js";
import { oneLine } from "../plain-text.js";
import { date, text } from "./blocks.js";

/** Who has taken an alert on, since when, and until when where that has an end; no line when nobody has. */
export function takenLines({ acknowledged }: AlertItem): RichTextElement[][] {
  if (acknowledged === null) return [];
  const until = acknowledged.untilAt === null ? [] : [text(", until "), date(acknowledged.untilAt)];
  const by = oneLine(acknowledged.by, 100) || "somebody";
  return [[text(`Acknowledged by ${by} `), date(acknowledged.at), ...until]];
}

/** That nobody was looking when it happened; no line when somebody was. */
export function blindLines(item: AlertItem): RichTextElement[][] {
  const note = blindNote(item.blindMs);
  return note === null ? [] : [[text(note, { italic: true })]];
}
