import type { Severity } from "../../domain/alert.js";
import type { AlertItem, Notification } from "../../domain/notification.js";
import { TAG_TONES, type Tag, tagOf, tagOfItem } from "../tag.js";

const PROBLEM_MARKS = { critical: "🔴", warning: "🟠", info: "🔵" } as const satisfies Record<Severity, string>;

/** The one sign by which a reader tells at a glance whether somebody has to look, somebody does, or it is over. */
export function markOf(notification: Notification): string {
  return markOfTag(tagOf(notification), notification.severity);
}

/** That of one alert in a list. */
export function markOfItem(item: AlertItem): string {
  return markOfTag(tagOfItem(item), item.severity);
}

function markOfTag(tag: Tag, severity: Severity): string {
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
