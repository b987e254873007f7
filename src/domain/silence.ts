import { formatDuration } from "./duration.js";
import { type Labels, type Matcher, matchesAll } from "./matcher.js";
import { oneLine } from "./plain-text.js";

export type SilenceId = bigint & { readonly __brand: "SilenceId" };

/** What ends a silence before its time, besides a person. */
export type SilenceEnd = {
  /** After this many good polls in a row at which nothing matched it; null: never. */
  readonly unmatchedPolls: number | null;
  readonly countDoubles: boolean;
  readonly httpStatusChanges: boolean;
  readonly textChanges: boolean;
};

/** Hides alerts from its start up to, and not including, its end. Empty matchers match every alert. */
export type Silence = {
  readonly id: SilenceId;
  readonly matchers: readonly Matcher[];
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly author: string;
  readonly reason: string;
  readonly endsWhen: SilenceEnd;
};

export type NewSilence = Omit<Silence, "id">;
export type SilenceProblem = { readonly field: keyof NewSilence; readonly problem: string };

const DAY_MS = 86_400_000;
/** A leap year, so that "the same day next year" is always allowed. */
const LENGTH_MS_MAX = 366 * DAY_MS;
/** For how long an active silence may match nothing before it is called stale. */
export const STALE_AFTER_MS = DAY_MS;

/** Everything that is wrong with a silence which is to be added at `at`, in the order of its fields; empty when it may be. */
export function silenceProblems(silence: NewSilence, at: Date): readonly SilenceProblem[] {
  const problems: SilenceProblem[] = [];
  const refuse = (field: keyof NewSilence, problem: string) => problems.push({ field, problem });
  const { matchers, startsAt, endsAt, author, reason, endsWhen } = silence;
  if (!matchers.some((matcher) => !matchesAll([matcher], {}))) {
    refuse("matchers", "At least one matcher has to ask for something: these also match an alert without any label");
  }
  if (Number.isNaN(startsAt.getTime())) refuse("startsAt", "It has to be a time");
  const lengthMs = endsAt.getTime() - startsAt.getTime();
  if (Number.isNaN(endsAt.getTime())) refuse("endsAt", "It has to be a time");
  else if (endsAt <= startsAt) refuse("endsAt", "It has to end after it starts");
  else if (endsAt <= at)
    refuse("endsAt", `It would have been over ${formatDuration(at.getTime() - endsAt.getTime())} ago`);
  if (lengthMs > LENGTH_MS_MAX) {
    refuse("endsAt", `It lasts ${formatDuration(lengthMs)}; at most ${formatDuration(LENGTH_MS_MAX)} are allowed`);
  }
  if (oneLine(author) === "") refuse("author", "It has to say who silences");
  if (oneLine(reason) === "") refuse("reason", "It has to say why");
  const { unmatchedPolls } = endsWhen;
  if (unmatchedPolls !== null && !(Number.isSafeInteger(unmatchedPolls) && unmatchedPolls >= 1)) {
    refuse("endsWhen", "The polls without a match have to be a whole number from 1");
  }
  return problems;
}

export const SILENCE_STATES = ["pending", "active", "expired"] as const;
export type SilenceState = (typeof SILENCE_STATES)[number];

/** Where a silence stands; at the very instant of its end it is over. */
export function silenceState(silence: Pick<Silence, "startsAt" | "endsAt">, at: Date): SilenceState {
  if (at >= silence.endsAt) return "expired";
  return at >= silence.startsAt ? "active" : "pending";
}

/** The active silence that hides these labels longest, among equals the oldest; null when none does. */
export function silencedBy(silences: readonly Silence[], labels: Labels, at: Date): Silence | null {
  let longest: Silence | null = null;
  for (const silence of silences) {
    if (silenceState(silence, at) !== "active" || !matchesAll(silence.matchers, labels)) continue;
    if (longest === null || hidesLonger(silence, longest)) longest = silence;
  }
  return longest;
}

function hidesLonger(one: Silence, other: Silence): boolean {
  const aheadMs = one.endsAt.getTime() - other.endsAt.getTime();
  return aheadMs === 0 ? one.id < other.id : aheadMs > 0;
}

/** Whether a silence hides nothing any more: it has been active for over 24 h, and nothing matched it in the last 24 h. */
export function isStale(silence: Pick<Silence, "startsAt" | "endsAt">, lastMatchedAt: Date | null, at: Date): boolean {
  const sinceMs = Math.max(silence.startsAt.getTime(), lastMatchedAt?.getTime() ?? 0);
  return silenceState(silence, at) === "active" && at.getTime() - sinceMs > STALE_AFTER_MS;
}
