import type {
  AcknowledgedEntry,
  EndedEntry,
  MovedEntry,
  NotRunningEntry,
  SilencedEntry,
} from "../../src/domain/digest.js";
import type { DigestNotification } from "../../src/domain/notification.js";

const FROM = new Date("2026-03-01T07:00:00.000Z");
const UNTIL = new Date("2026-03-02T07:00:00.000Z");
const at = (hoursBefore: number) => new Date(UNTIL.getTime() - hoursBefore * 3_600_000);

/** Thirty days that begin quietly and end with this. */
export function days(...last: readonly number[]): number[] {
  return [...Array.from({ length: 30 - last.length }, () => 0), ...last];
}

const ABOUT = {
  server: "prod",
  integration: "VirusTotal",
  headline: "Invalid API key",
  errorId: "12",
  cause: "credential",
} as const;

export function aMovedEntry(overrides: Partial<MovedEntry> = {}): MovedEntry {
  return {
    ...ABOUT,
    daily: days(120),
    isReturned: false,
    ending: null,
    added: 120,
    addedBefore: 0,
    occurrences: 1234,
    firstSeenAt: at(12),
    ...overrides,
  };
}

export function anEndedEntry(overrides: Partial<EndedEntry> = {}): EndedEntry {
  return {
    ...ABOUT,
    integration: "Shodan",
    headline: "Request timed out after 30 s",
    cause: "timeout",
    daily: days(40, 800, 20),
    endedAt: at(3),
    because: "It has not grown for 30 min of watching",
    added: 20,
    ...overrides,
  };
}

export function anAcknowledgedEntry(overrides: Partial<AcknowledgedEntry> = {}): AcknowledgedEntry {
  return {
    ...ABOUT,
    daily: days(5, 5, 5),
    by: "Jo Field",
    sinceAt: at(40),
    untilAt: at(-40),
    note: "New key is ordered",
    ...overrides,
  };
}

export function aSilencedEntry(overrides: Partial<SilencedEntry> = {}): SilencedEntry {
  const headline = "Vendor maintenance";
  return {
    server: "prod",
    integration: "",
    headline,
    daily: days(9),
    silenceId: "7",
    author: "Jo Field",
    endsAt: at(-8),
    errors: 3,
    ...overrides,
  };
}

export function aNotRunningEntry(overrides: Partial<NotRunningEntry> = {}): NotRunningEntry {
  return { server: "prod", integration: "MISP", headline: "stopped", daily: days(0), sinceAt: at(60), ...overrides };
}

/** A busy day of one server, with something in every section. */
export function aDigestNotification(overrides: Partial<DigestNotification> = {}): DigestNotification {
  const section = <Entry>(...entries: Entry[]) => ({ entries, total: entries.length });
  const wave = (height: number) => Array.from({ length: 30 }, (_, day) => Math.round(height * (1 + Math.sin(day / 2))));
  return {
    kind: "digest",
    deliveryId: "delivery-41",
    server: "prod",
    groupKey: "digest/daily",
    at: UNTIL,
    link: "https://polarwatch.example.com/servers/prod",
    severity: "info",
    possiblyRepeated: false,
    name: "daily",
    timeZone: "Europe/Berlin",
    fromAt: FROM,
    untilAt: UNTIL,
    periods: 1,
    servers: ["prod"],
    totals: {
      now: { new: 2, returned: 1, grown: 14, added: 12_431, fired: 6, ended: 4 },
      before: { new: 5, returned: 0, grown: 11, added: 9_002, fired: 9, ended: 7 },
    },
    new: section(
      aMovedEntry(),
      aMovedEntry({
        errorId: "13",
        headline: "certificate has expired",
        integration: "MISP",
        cause: "tls",
        daily: days(3),
        added: 3,
        occurrences: 3,
        ending: "resolved",
      }),
      aMovedEntry({
        errorId: "14",
        headline: "Rate limit reached",
        integration: "Shodan",
        cause: "quota",
        isReturned: true,
        daily: days(80, 0, 0, 0, 0, 0, 0, 0, 0, 66),
        added: 66,
        occurrences: null,
      }),
    ),
    growing: {
      entries: Array.from({ length: 10 }, (_, index) =>
        aMovedEntry({
          errorId: String(20 + index),
          integration:
            ["Microsoft Defender for Endpoint", "Ticket Lookup", "IBM X-Force", "AbuseIPDB"][index % 4] ?? "",
          headline:
            ["The access token could not be fetched", "HTTP 502 from the vendor's gateway", "Not authorized."][
              index % 3
            ] ?? "",
          cause: "vendor",
          daily: wave(400 - index * 35),
          added: 4000 - index * 300,
          addedBefore: 1500 + index * 10,
          occurrences: 90_000 + index,
        }),
      ),
      total: 14,
    },
    calmed: section(anEndedEntry()),
    resolved: section(
      anEndedEntry({
        errorId: "31",
        headline: "Connection refused",
        cause: "network",
        because: "It has been off the list for 30 min of watching",
      }),
    ),
    acknowledged: section(anAcknowledgedEntry()),
    silenced: section(aSilencedEntry()),
    notRunning: section(aNotRunningEntry()),
    undelivered: section({
      destination: "secops/slack:#polarity",
      messages: 4,
      lastAt: at(2),
      because: "Slack answered channel_not_found",
    }),
    polling: {
      servers: 1,
      expected: 1440,
      good: 1391,
      complete: 0,
      worst: [
        {
          server: "prod",
          expected: 1440,
          good: 1391,
          failures: [{ reason: "timeout", polls: 49 }],
          blind: { windows: 2, ms: 2_940_000, longestMs: 2_700_000 },
        },
      ],
    },
    undiffedPolls: 0,
    errorLinks: { "12": "https://polarwatch.example.com/errors/12", "20": "https://polarwatch.example.com/errors/20" },
    ...overrides,
  };
}
