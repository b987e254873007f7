import type { ServerNotification } from "../domain/notification.js";
import { READ_FAILURE_TEXTS } from "../domain/snapshot.js";
import { type Fact, formatCount } from "./wording.js";

/** What became of reading a server, as one clause without its name. */
export function serverSentence(notification: ServerNotification): string {
  return notification.state === "firing"
    ? `cannot be read: ${READ_FAILURE_TEXTS[notification.reason]}`
    : "can be read again";
}

export function serverFactsOf(notification: ServerNotification): readonly Fact[] {
  return [
    { label: "Failed polls", value: formatCount(notification.failedPolls) },
    { label: "Last good poll", value: notification.lastGoodPollAt ?? "never" },
  ];
}

/** What being unread means for the reader. */
export function serverConsequence(notification: ServerNotification): string {
  return notification.state === "firing"
    ? "Until it can be read again, nothing that happens there is seen. Alerts about its errors stay as they are."
    : "Its errors are watched again. What happened in between is found with the next poll and says so.";
}
