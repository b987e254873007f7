import type { Notification } from "../../domain/notification.js";
import { digestExtract } from "../digest-wording.js";

/** How much of a notification is shown. */
export type Room = {
  /** So many entries of its list, which has `of`. */
  shown: number;
  of: number;
  /** Characters of the longest text of an only alert. */
  bodyMax: number;
  /** Characters of the headline of an entry of a report. */
  headlineMax: number;
};

const [ITEMS_MAX, SHORT_ITEMS_MAX] = [10, 5];
/** A report has a line for each. */
const ENTRIES_MAX = 60;
const [HEADLINE_MAX, HEADLINE_MIN] = [240, 60];

/** From the most to the least that is shown. A report shortens its lines before it leaves any out. */
export function roomsOf(notification: Notification, isVerbose: boolean): Room[] {
  const of = listLengthOf(notification);
  const room: Room = { shown: of, of, bodyMax: 0, headlineMax: HEADLINE_MAX };
  if (of <= 1) return isVerbose ? [1200, 400, 0].map((bodyMax) => ({ ...room, bodyMax })) : [room];
  if (notification.kind !== "report") {
    const itemsMax = notification.kind === "alerts" && !isVerbose ? SHORT_ITEMS_MAX : ITEMS_MAX;
    return fewer({ ...room, shown: Math.min(of, itemsMax) }, 1);
  }
  const all = { ...room, shown: Math.min(of, ENTRIES_MAX) };
  const shorter = [HEADLINE_MAX, 120].map((headlineMax) => ({ ...all, headlineMax }));
  return [...shorter, ...fewer({ ...all, headlineMax: HEADLINE_MIN }, 4)];
}

function fewer(room: Room, step: number): Room[] {
  const steps = Array.from({ length: Math.ceil(room.shown / step) }, (_, index) => room.shown - index * step);
  return steps.map((shown) => ({ ...room, shown }));
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
    case "digest":
      return digestExtract(notification).length;
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}
