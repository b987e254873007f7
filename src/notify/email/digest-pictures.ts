import type { DigestNotification, Notification } from "../../domain/notification.js";
import { shownBlocks } from "./digest-shown.js";
import type { InlineAttachment } from "./inline-attachment.js";
import { drawSparkline } from "./sparkline.js";

/** What has no picture beyond these says its numbers in words alone. */
const PICTURES_MAX = 40;

/** The content id of each picture in a digest, by its numbers: the same numbers are one picture. */
export function digestPictures(
  digest: DigestNotification,
): ReadonlyMap<string, { cid: string; daily: readonly number[] }> {
  const pictures = new Map<string, { cid: string; daily: readonly number[] }>();
  const message = digest.deliveryId.replace(/[^A-Za-z0-9-]+/g, "-").slice(0, 40);
  for (const { daily } of shownBlocks(digest).flatMap(({ lines }) => lines)) {
    if (daily === null || pictures.size === PICTURES_MAX) continue;
    const key = pictureKey(daily);
    if (!pictures.has(key)) pictures.set(key, { cid: `days-${pictures.size + 1}.${message}@polarwatch`, daily });
  }
  return pictures;
}

export function pictureKey(daily: readonly number[]): string {
  return daily.join(",");
}

/** The pictures that the HTML of a mail shows; only a digest has any. */
export function inlinePictures(notification: Notification): InlineAttachment[] {
  if (notification.kind !== "digest") return [];
  return [...digestPictures(notification).values()].map(({ cid, daily }, index) => ({
    cid,
    contentType: "image/png",
    bytes: drawSparkline(daily),
    filename: `days-${index + 1}.png`,
  }));
}
