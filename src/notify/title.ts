import type { AlertsNotification, Notification } from "../domain/notification.js";
import { READ_FAILURE_TEXTS } from "../domain/snapshot.js";
import { itemHeadlineOf, otherIntegrations } from "./alert-wording.js";
import { digestOverview } from "./digest-wording.js";
import { oneLine } from "./plain-text.js";
import { silenceCounts, silenceNameOf } from "./silence-wording.js";
import { summaryCounts } from "./summary-wording.js";
import { formatCount, integrationNameOf, serverNameOf } from "./wording.js";

const NAMES_LENGTH_MAX = 55;

/**
 * The whole in one line of at most `lengthMax` (120 or more), without the tag:
 * `VirusTotal: invalid API key … and 3 more (prod)`.
 */
export function titleOf(notification: Notification, lengthMax: number): string {
  const server = serverNameOf(notification, 40);
  switch (notification.kind) {
    case "alerts":
      return alertsTitle(notification, server, lengthMax);
    case "server":
      return `${server}: ${notification.state === "firing" ? READ_FAILURE_TEXTS[notification.reason] : "can be read again"}`;
    case "summary":
      return `${server}: ${summaryCounts(notification)}`;
    case "silence": {
      const tail = `: ${silenceCounts(notification)} (${server})`;
      return silenceNameOf(notification, lengthMax - tail.length) + tail;
    }
    case "report":
      return oneLine(notification.title, lengthMax);
    case "digest": {
      const tail = notification.server === null ? "" : ` (${server})`;
      return oneLine(`${notification.name}: ${digestOverview(notification)}`, lengthMax - tail.length) + tail;
    }
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function alertsTitle(notification: AlertsNotification, server: string, lengthMax: number): string {
  const [first, ...others] = notification.items;
  if (first === undefined) throw new Error("A notification about alerts has no item");
  const tail = `${others.length > 0 ? ` … and ${formatCount(others.length)} more` : ""} (${server})`;
  const otherNames = otherIntegrations(notification);
  const names = integrationNameOf(first.integration.name, NAMES_LENGTH_MAX - otherNames.length) + otherNames;
  return `${names}: ${itemHeadlineOf(first, lengthMax - tail.length - names.length - 2)}${tail}`;
}
