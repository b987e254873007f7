import type { DigestNotification } from "../../domain/notification.js";
import { inlinePictures } from "./digest-pictures.js";
import { emailMessage } from "./message.js";

/** A digest as a mail to look at: its text part, and its HTML part with the pictures in it. */
export function digestPage(digest: DigestNotification): { text: string; html: string } {
  const context = { earlierMessageIds: [], earlierDeliveryIds: [], livingMessageId: null, waiting: 0 };
  const { text, html } = emailMessage(digest, context, "polarwatch@localhost");
  const shown = inlinePictures(digest).reduce((page, { cid, contentType, bytes }) => {
    const data = `data:${contentType};base64,${Buffer.from(bytes).toString("base64")}`;
    return page.replaceAll(`"cid:${cid}"`, `"${data}"`);
  }, html);
  return { text, html: shown };
}
