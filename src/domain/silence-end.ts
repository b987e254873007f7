import type { ErrorId } from "./ids.js";
import { type Silence, type SilenceEnd, silenceState } from "./silence.js";

export type HiddenErrorFacts = {
  /**
   * How often it occurred. At the first match: what the server showed, else the running sum of what was added. Later:
   * that, plus what was added since, so that a counter reset cannot hide a doubling. An unknown one, null, never doubles.
   */
  readonly count: number | null;
  /** Null where it has none: an unknown one is not a changed one. */
  readonly httpStatus: number | null;
  /** Of the text without its variable parts, else every new request id would be a new text. */
  readonly textDigest: string;
};

/** An error as it was when the silence first matched it, and as it is. */
export type HiddenError = {
  readonly errorId: ErrorId;
  readonly first: HiddenErrorFacts;
  readonly now: HiddenErrorFacts;
};

export type SilenceEvidence = {
  /** Good polls in a row, the latest among them, at which the silence was active and matched nothing. */
  readonly unmatchedPolls: number;
  readonly hidden: readonly HiddenError[];
};

export const SILENCE_ENDED_BY = ["unmatched", "count_doubled", "http_status_changed", "text_changed"] as const;
export type SilenceEndedBy = (typeof SILENCE_ENDED_BY)[number];

/** `errorId`: the first error that shows it; null when the reason is that nothing matched. */
export type SilenceVerdict =
  | { readonly ends: false }
  | {
      readonly ends: true;
      readonly endedBy: SilenceEndedBy;
      readonly errorId: ErrorId | null;
      readonly because: string;
    };

/**
 * Whether an active silence ends by itself, and why, in one sentence with its numbers. Where several reasons hold, the
 * first of `SILENCE_ENDED_BY` is given. One that is pending or over has nothing left to end.
 */
export function judgeSilence(silence: Silence, evidence: SilenceEvidence, at: Date): SilenceVerdict {
  if (silenceState(silence, at) !== "active") return { ends: false };
  for (const endedBy of SILENCE_ENDED_BY) {
    const verdict = verdictBy(endedBy, silence.endsWhen, evidence);
    if (verdict.ends) return verdict;
  }
  return { ends: false };
}

function verdictBy(endedBy: SilenceEndedBy, endsWhen: SilenceEnd, evidence: SilenceEvidence): SilenceVerdict {
  const { hidden, unmatchedPolls } = evidence;
  switch (endedBy) {
    case "unmatched": {
      const limit = endsWhen.unmatchedPolls;
      if (limit === null || unmatchedPolls < limit) return { ends: false };
      const because = `Nothing matched it at ${unmatchedPolls} good ${unmatchedPolls === 1 ? "poll" : "polls in a row"}; the limit is ${limit}`;
      return { ends: true, endedBy, errorId: null, because };
    }
    case "count_doubled":
      if (!endsWhen.countDoubles) return { ends: false };
      return verdictOn(endedBy, hidden, hasDoubled, ({ first, now }) => ({
        what: "at least doubled",
        detail: `from ${first.count} to ${now.count}`,
      }));
    case "http_status_changed":
      if (!endsWhen.httpStatusChanges) return { ends: false };
      return verdictOn(endedBy, hidden, hasOtherStatus, ({ first, now }) => ({
        what: "another HTTP status",
        detail: `${now.httpStatus} instead of ${first.httpStatus}`,
      }));
    case "text_changed":
      if (!endsWhen.textChanges) return { ends: false };
      return verdictOn(endedBy, hidden, hasOtherText, () => ({ what: "another text", detail: null }));
    default:
      throw new Error(`Unknown end of a silence: ${JSON.stringify(endedBy satisfies never)}`);
  }
}

function verdictOn(
  endedBy: SilenceEndedBy,
  hidden: readonly HiddenError[],
  differs: (error: HiddenError) => boolean,
  wording: (error: HiddenError) => { what: string; detail: string | null },
): SilenceVerdict {
  const different = hidden.filter(differs);
  const [one] = different;
  if (one === undefined) return { ends: false };
  const who =
    hidden.length === 1
      ? "The error that it hides"
      : `${different.length} of the ${hidden.length} errors that it hides`;
  const { what, detail } = wording(one);
  const example = detail === null ? "" : `, ${different.length === 1 ? "" : "one of them "}${detail}`;
  const because = `${who} ${different.length === 1 ? "has" : "have"} ${what}${example}`;
  return { ends: true, endedBy, errorId: one.errorId, because };
}

/** A count of zero doubles as one of one does: with the second occurrence. */
function hasDoubled({ first, now }: HiddenError): boolean {
  return first.count !== null && now.count !== null && now.count >= 2 * Math.max(first.count, 1);
}

function hasOtherStatus({ first, now }: HiddenError): boolean {
  return first.httpStatus !== null && now.httpStatus !== null && first.httpStatus !== now.httpStatus;
}

function hasOtherText({ first, now }: HiddenError): boolean {
  return first.textDigest !== now.textDigest;
}
