import type { Notification } from "../../domain/notification.js";
import type { DeliveryContext } from "../notifier.js";
import { oneLine } from "../plain-text.js";
import { tagOf } from "../tag.js";
import { titleOf } from "../title.js";
import { inlinePictures } from "./digest-pictures.js";
import { htmlMessage } from "./html-message.js";
import type { InlineAttachment } from "./inline-attachment.js";
import { parseMailAddress } from "./mail-address.js";
import { textMessage } from "./text-message.js";

export type EmailMessage = {
  subject: string;
  text: string;
  html: string;
  /** What the HTML part shows; empty for most mails. */
  inline: readonly InlineAttachment[];
  messageId: string;
  /** Oldest first; empty for the first mail of a group. */
  references: readonly string[];
  headers: Record<string, string>;
};

const SUBJECT_LENGTH_MAX = 180;
/** The thread's first mail is what programs thread by; the latest ones are enough of the rest. */
const LATEST_REFERENCES_MAX = 20;

/**
 * The notification as a mail from `from`, after those that its group had before. `unsubscribeUrl`: where its reader ends
 * such mails, by one click; null when there is no such place.
 */
export function emailMessage(
  notification: Notification,
  context: DeliveryContext,
  from: string,
  unsubscribeUrl: string | null = null,
): EmailMessage {
  const host = hostOf(from);
  const subject = subjectOf(notification);
  return {
    subject,
    text: textMessage(notification, unsubscribeUrl),
    html: htmlMessage(notification, subject, unsubscribeUrl),
    inline: inlinePictures(notification),
    messageId: messageIdOf(notification.deliveryId, host),
    references: threadOf(context.earlierDeliveryIds).map((id) => messageIdOf(id, host)),
    headers: {
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
      "List-Id": `<${tokenOf(notification.server ?? "all")}.polarwatch.${host}>`,
      ...(unsubscribeUrl === null
        ? {}
        : { "List-Unsubscribe": `<${unsubscribeUrl}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }),
    },
  };
}

/** `[polarwatch] NEW  VirusTotal: invalid API key … and 3 more (prod)`; always one line. */
function subjectOf(notification: Notification): string {
  const head = `[polarwatch] ${tagOf(notification)}  `;
  return head + titleOf(notification, SUBJECT_LENGTH_MAX - head.length);
}

/** The same for every try of a delivery, so that a mailbox can tell a repeat. */
function messageIdOf(deliveryId: string, host: string): string {
  return `<${tokenOf(deliveryId)}@${host}>`;
}

function threadOf(deliveryIds: readonly string[]): readonly string[] {
  if (deliveryIds.length <= LATEST_REFERENCES_MAX) return deliveryIds;
  return [...deliveryIds.slice(0, 1), ...deliveryIds.slice(-LATEST_REFERENCES_MAX)];
}

function hostOf(from: string): string {
  const host = parseMailAddress(from)?.address.split("@").at(-1) ?? "";
  return host.replace(/[^A-Za-z0-9.-]/g, "-") || "localhost";
}

function tokenOf(text: string): string {
  return oneLine(text, 100).replace(/[^A-Za-z0-9_-]+/g, "-") || "unnamed";
}
