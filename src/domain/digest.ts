import type { Cause } from "./cause.js";
import type { Ending, ErrorTotals } from "./digest-moves.js";
import type { PollingSummary } from "./digest-polling.js";
import type { DigestWindow } from "./digest-window.js";

/** The first of a section, and how many there are in all. */
export type DigestSection<Entry> = { readonly entries: readonly Entry[]; readonly total: number };

/** Texts are from outside: masked for secrets and bounded, but not escaped. */
type Subject = {
  readonly server: string;
  readonly integration: string;
  readonly headline: string;
  /** How much was added on each of thirty days, the last one ending with the window; null where that is too much to sum up. */
  readonly daily: readonly number[] | null;
};
type AboutError = Subject & { readonly errorId: string | null; readonly cause: Cause | null };

export type MovedEntry = AboutError & {
  readonly errorId: string;
  readonly isReturned: boolean;
  /** How a new one ended already; null while it has not. */
  readonly ending: Ending | null;
  readonly added: number;
  readonly addedBefore: number;
  readonly occurrences: number | null;
  readonly firstSeenAt: Date;
};
export type EndedEntry = AboutError & {
  readonly endedAt: Date;
  readonly because: string;
  readonly added: number;
};
export type AcknowledgedEntry = AboutError & {
  readonly by: string;
  readonly sinceAt: Date;
  readonly untilAt: Date | null;
  readonly note: string;
};
/** Its headline is the reason that was given. */
export type SilencedEntry = Subject & {
  readonly silenceId: string;
  readonly author: string;
  readonly endsAt: Date;
  readonly errors: number;
};
/** Its headline is the state in the server's words. */
export type NotRunningEntry = Subject & { readonly sinceAt: Date | null };
/** Not of one server. */
export type UndeliveredEntry = {
  readonly destination: string;
  readonly messages: number;
  readonly lastAt: Date;
  readonly because: string;
};

export type DigestTotals = ErrorTotals & { readonly fired: number; readonly ended: number };

/** All that a digest says, fixed when it is owed. */
export type DigestContent = DigestWindow & {
  readonly name: string;
  /** In whose local time instants are shown. */
  readonly timeZone: string;
  /** How many times it fell due within its window: more than one when some were missed. */
  readonly periods: number;
  /** The names of the first servers it is about; at most twenty. */
  readonly servers: readonly string[];
  readonly totals: { readonly now: DigestTotals; readonly before: DigestTotals };
  readonly new: DigestSection<MovedEntry>;
  readonly growing: DigestSection<MovedEntry>;
  readonly calmed: DigestSection<EndedEntry>;
  readonly resolved: DigestSection<EndedEntry>;
  readonly acknowledged: DigestSection<AcknowledgedEntry>;
  readonly silenced: DigestSection<SilencedEntry>;
  readonly notRunning: DigestSection<NotRunningEntry>;
  readonly undelivered: DigestSection<UndeliveredEntry>;
  readonly polling: PollingSummary;
  /** Polls of the window of which nobody could say yet what changed. */
  readonly undiffedPolls: number;
};

export const DIGEST_SECTIONS = [
  "new",
  "growing",
  "calmed",
  "resolved",
  "acknowledged",
  "silenced",
  "notRunning",
  "undelivered",
] as const;
export type DigestSectionName = (typeof DIGEST_SECTIONS)[number];

/** How many entries each section shows; with a picture for each, a mail stays within forty. */
export const DIGEST_ENTRIES_MAX = {
  new: 8,
  growing: 10,
  calmed: 5,
  resolved: 5,
  acknowledged: 4,
  silenced: 3,
  notRunning: 5,
  undelivered: 5,
} as const satisfies Record<DigestSectionName, number>;

/** How many servers a digest names. */
export const DIGEST_SERVERS_MAX = 20;

/** Days of a sparkline. */
export const DIGEST_DAYS = 30;

/** Whether there is nothing to say: nothing happened, nothing goes on, and the servers were watched throughout. */
export function isQuiet(content: DigestContent): boolean {
  const nothingToList = DIGEST_SECTIONS.every((name) => content[name].total === 0);
  return nothingToList && content.undiffedPolls === 0 && content.polling.worst.length === 0;
}
