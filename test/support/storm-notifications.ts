import type { ReportNotification } from "../../src/domain/notification.js";
import { AT } from "./notifications.js";

/** A storm of 230 messages in one, with the worst 20. */
export function aStormNotification(overrides: Partial<ReportNotification> = {}): ReportNotification {
  return {
    kind: "report",
    about: "storm",
    deliveryId: "delivery-40",
    server: "prod",
    groupKey: "storm/1",
    at: AT,
    link: "https://polarwatch.example.com/servers/prod",
    severity: "critical",
    possiblyRepeated: false,
    title: "230 messages in 10 min are told here instead",
    sentences: ["More happens than this channel can take, so it is told in one message. The rest is in its thread."],
    facts: [
      { label: "Alerts", value: "412, of which 398 fire" },
      { label: "Since", value: AT },
    ],
    heading: "Grown most",
    entries: stormEntries(20),
    omittedEntries: 210,
    ...overrides,
  };
}

/** The rest of a storm: a line for each message. */
export function aStormPage(overrides: Partial<ReportNotification> = {}): ReportNotification {
  return aStormNotification({
    about: "storm_page",
    deliveryId: "delivery-41",
    severity: "info",
    title: "60 messages that are told here instead",
    sentences: ["Each line is a message that was not sent by itself; the worst of its alerts is named."],
    facts: [],
    heading: "Folded",
    entries: stormEntries(60),
    omittedEntries: 0,
    ...overrides,
  });
}

function stormEntries(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    integration: `Integration ${index + 1}`,
    headline: `Request ${index + 1} timed out after 30 s while looking up an indicator at the vendor's service`,
    known: ["3 alerts", `${(1000 - index).toLocaleString("en-US")} added`],
  }));
}
