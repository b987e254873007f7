import type { SectionBlock } from "@slack/web-api";
import type { Severity } from "../../domain/alert.js";
import type { Notification } from "../../domain/notification.js";
import { TAG_TONES, tagOf } from "../tag.js";
import type { SlackChoices } from "./config.js";

/**
 * Mentions whom the configuration names for what fires here, by its worst severity; empty when nobody has to look. Made
 * of checked ids alone: the one place where Slack's markup mentions anybody.
 */
export function mentionBlocks(notification: Notification, mentions: SlackChoices["mentions"]): SectionBlock[] {
  if (TAG_TONES[tagOf(notification)] !== "problem") return [];
  const severity = firingSeverityOf(notification);
  const named = mentions.filter(({ severities }) => severities.includes(severity)).map(({ who }) => markupOf(who));
  return named.length === 0 ? [] : [{ type: "section", text: { type: "mrkdwn", text: named.join(" ") } }];
}

/** The worst of a notification may be over already. */
function firingSeverityOf(notification: Notification): Severity {
  if (notification.kind !== "alerts") return notification.severity;
  const firing = new Set(notification.items.filter(({ state }) => state === "firing").map((item) => item.severity));
  if (firing.has("critical")) return "critical";
  return firing.has("warning") ? "warning" : "info";
}

function markupOf(who: string): string {
  if (who === "here" || who === "channel") return `<!${who}>`;
  return who.startsWith("S") ? `<!subteam^${who}>` : `<@${who}>`;
}
