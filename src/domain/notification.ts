import type { Severity } from "./alert.js";
import type { Cause } from "./cause.js";
import type { DigestContent } from "./digest.js";
import type { ReadFailure } from "./snapshot.js";

/**
 * What people are told, before any medium gives it a form. Texts are masked for secrets and bounded in length, but not
 * escaped: each notifier escapes for its own medium. All of it is fixed when the transition is recorded, so that a
 * retry says what the first try said.
 */
export type Notification =
  | AlertsNotification
  | ServerNotification
  | SummaryNotification
  | SilenceNotification
  | ReportNotification
  | DigestNotification;

type Common = {
  /** The delivery's public id: the same for every retry, so that a receiver can recognise a repeat. */
  deliveryId: string;
  /** Null when it is about several servers. */
  server: string | null;
  /** Groups one thread or conversation: every notification of one group and destination carries the same. */
  groupKey: string;
  /** When the newest thing told here happened. */
  at: Date;
  /** Where the page shows more; null when no public address is configured. */
  link: string | null;
  severity: Severity;
  /** True when an earlier try may have arrived although its reply was lost. */
  possiblyRepeated: boolean;
};

/** Why alerts are told: they moved, they go on, nobody acknowledged them, or what hid them has ended. */
export const ALERT_OCCASIONS = ["change", "repeat", "escalation", "unhidden"] as const;
export type AlertOccasion = (typeof ALERT_OCCASIONS)[number];

/** What happened to the alerts of one group, all of one server. */
export type AlertsNotification = Common & {
  kind: "alerts";
  occasion: AlertOccasion;
  /** Firing ones first, then resolved; each alert once. Never empty; of one integration unless the group mixes several. */
  items: readonly AlertItem[];
  /** What there is to say about the whole, a plain sentence each: when it is told again, that it flips. */
  notes: readonly string[];
};

/** What made an alert fire. The last two are about an integration: it is not running, or one cause broke many of its errors. */
export const ALERT_REASONS = ["new", "growing", "returned", "gone", "not_running", "vendor_wide"] as const;
export type AlertReason = (typeof ALERT_REASONS)[number];

export type AlertItem = {
  alertId: string;
  /** Null when the alert is about an integration. */
  errorId: string | null;
  integration: { name: string; acronym: string };
  /** Where the alert stands: it fires, somebody has taken it on, or it is over. */
  state: "firing" | "acknowledged" | "resolved";
  /** Who has taken it on, and until when where that has an end; null unless it is acknowledged. */
  acknowledged: { by: string; at: Date; untilAt: Date | null } | null;
  reason: AlertReason;
  severity: Severity;
  /** Null when the alert is about an integration as a whole. */
  cause: Cause | null;
  headline: string;
  /** The longest other text, empty when there is none. */
  body: string;
  httpStatus: number | null;
  /** The server's running total; null when the server does not say. */
  occurrences: number | null;
  /** How much it truly rose, and over what time; null where a count is meaningless (a resolved alert). */
  added: { count: number; overMs: number } | null;
  /** Of an integration: since when it is so. */
  firstSeenAt: Date;
  lastOccurredAt: Date | null;
  /** Why it fired or was resolved, in one plain sentence with the numbers. */
  because: string;
  /** Length of the blind window in which this happened; null when the server was watched all along. */
  blindMs: number | null;
};

/** What a silence has hidden from this destination, told when it ends. */
export type SilenceNotification = Common & {
  kind: "silence";
  silenceId: string;
  author: string;
  reason: string;
  startedAt: Date;
  endedAt: Date;
  /** Why it ended, in one plain sentence. */
  because: string;
  hidden: {
    alerts: number;
    stillFiring: number;
    /** The most frequent first; at most ten. */
    top: readonly { integration: string; headline: string; messages: number }[];
  };
};

/** A server that cannot be read, or that can be read again. */
export type ServerNotification = Common & {
  kind: "server";
  state: "firing" | "resolved";
  occasion: AlertOccasion;
  /** What else there is to say, a plain sentence each. */
  notes: readonly string[];
  reason: ReadFailure;
  detail: string;
  failedPolls: number;
  lastGoodPollAt: Date | null;
};

/** The first look at a server, or the first look after nobody was looking for long: one summary, not one alert an error. */
export type SummaryNotification = Common & {
  kind: "summary";
  occasion: "baseline" | "catch-up";
  /** How long nobody was looking; null at the first look. */
  blindMs: number | null;
  integrations: { total: number; notRunning: number };
  errors: { present: number; new: number; growing: number; returned: number; gone: number };
  causes: readonly { cause: Cause; errors: number }[];
  /** The errors with the highest counts (baseline) or most added (catch-up); at most ten. */
  top: readonly { integration: string; headline: string; cause: Cause; occurrences: number | null; added: number }[];
};

/** What reports are about: more messages than fit, the rest of those, and messages that could not be delivered. */
export const REPORTS = ["storm", "storm_page", "undelivered"] as const;
export type ReportAbout = (typeof REPORTS)[number];

/** About many messages at once. Its title, sentences and facts are words of ours; its entries are from outside. */
export type ReportNotification = Common & {
  kind: "report";
  about: ReportAbout;
  /** At most 100 characters. */
  title: string;
  /** A plain sentence each; never empty. */
  sentences: readonly string[];
  facts: readonly { label: string; value: string | Date }[];
  heading: string;
  /** The worst first. `known` are words of ours. */
  entries: readonly { integration: string; headline: string; known: readonly string[] }[];
  /** How many more there are than `entries` shows. */
  omittedEntries: number;
};

/** What changed since the last digest that this destination got, and what goes on. */
export type DigestNotification = Common &
  DigestContent & {
    kind: "digest";
    /** Where the page shows each error, by its id; empty when no public address is configured. */
    errorLinks: Readonly<Record<string, string>>;
  };
