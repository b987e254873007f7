import type {
  AlertItem,
  AlertOccasion,
  AlertsNotification,
  Notification,
  ReportAbout,
} from "../domain/notification.js";

/** The few words by which every medium says what happened. */
export type Tag =
  | "NEW"
  | "GROWING"
  | "RETURNED"
  | "GONE"
  | "NOT RUNNING"
  | "VENDOR-WIDE"
  | "RESOLVED"
  | "STILL FIRING"
  | "NOT ACKNOWLEDGED"
  | "NO LONGER HIDDEN"
  | "SILENCE ENDED"
  | "UNREADABLE"
  | "RECOVERED"
  | "STORM"
  | "MORE OF THE STORM"
  | "UNDELIVERED"
  | "ACKNOWLEDGED"
  | "BASELINE"
  | "DIGEST"
  | "CATCH-UP";

/** What kind of news each is: somebody has to look, somebody does, it is over, or it is for the record. */
export const TAG_TONES = {
  NEW: "problem",
  GROWING: "problem",
  RETURNED: "problem",
  GONE: "problem",
  "NOT RUNNING": "problem",
  "VENDOR-WIDE": "problem",
  RESOLVED: "over",
  "STILL FIRING": "problem",
  "NOT ACKNOWLEDGED": "problem",
  "NO LONGER HIDDEN": "problem",
  "SILENCE ENDED": "report",
  UNREADABLE: "problem",
  RECOVERED: "over",
  STORM: "problem",
  "MORE OF THE STORM": "report",
  UNDELIVERED: "problem",
  ACKNOWLEDGED: "taken",
  BASELINE: "report",
  DIGEST: "report",
  "CATCH-UP": "report",
} as const satisfies Record<Tag, "problem" | "taken" | "over" | "report">;

const REPORT_TAGS = {
  storm: "STORM",
  storm_page: "MORE OF THE STORM",
  undelivered: "UNDELIVERED",
} as const satisfies Record<ReportAbout, Tag>;

/** What happened to one alert, whyever it is told now. */
export function tagOfItem(item: Pick<AlertItem, "state" | "reason">): Tag {
  if (item.state === "resolved") return "RESOLVED";
  if (item.state === "acknowledged") return "ACKNOWLEDGED";
  switch (item.reason) {
    case "new":
      return "NEW";
    case "growing":
      return "GROWING";
    case "returned":
      return "RETURNED";
    case "gone":
      return "GONE";
    case "not_running":
      return "NOT RUNNING";
    case "vendor_wide":
      return "VENDOR-WIDE";
    default:
      throw new Error(`Unknown reason: ${JSON.stringify(item.reason satisfies never)}`);
  }
}

/** The tag of the whole. */
export function tagOf(notification: Notification): Tag {
  switch (notification.kind) {
    case "alerts":
      return tagOfAlerts(notification);
    case "server":
      return notification.state === "firing" ? (occasionTag(notification.occasion) ?? "UNREADABLE") : "RECOVERED";
    case "summary":
      return notification.occasion === "baseline" ? "BASELINE" : "CATCH-UP";
    case "silence":
      return "SILENCE ENDED";
    case "report":
      return REPORT_TAGS[notification.about];
    case "digest":
      return "DIGEST";
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

/** That of its first item when alerts moved, or when none fires any more: firing ones come first. */
function tagOfAlerts({ occasion, items }: AlertsNotification): Tag {
  const [first] = items;
  if (first === undefined) throw new Error("A notification about alerts has no item");
  if (first.state !== "firing") return tagOfItem(first);
  return occasionTag(occasion) ?? tagOfItem(first);
}

/** Why what fires is told again; null when it moved. */
function occasionTag(occasion: AlertOccasion): Tag | null {
  switch (occasion) {
    case "change":
      return null;
    case "repeat":
      return "STILL FIRING";
    case "escalation":
      return "NOT ACKNOWLEDGED";
    case "unhidden":
      return "NO LONGER HIDDEN";
    default:
      throw new Error(`Unknown occasion: ${JSON.stringify(occasion satisfies never)}`);
  }
}
