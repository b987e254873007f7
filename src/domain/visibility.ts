import type { ErrorId } from "./ids.js";

/** Below this many errors, one or two that end together are no sign of lost rights. */
const MASS_VANISHING_MIN = 5;

export type VisibilityFacts = {
  /** Errors in the list at hand. */
  listed: number;
  /** Errors that the last snapshot showed, and those of them that the list at hand lacks. */
  presentBefore: number;
  missing: readonly ErrorId[];
  /** Those that the poll before this one lacked, when it was doubted; null when it was not. */
  missingBefore: readonly ErrorId[] | null;
  /** Ids to which integrations refer but which the list does not hold. */
  referredButUnlisted: number;
  /** Whether these credentials have ever been shown an error. */
  credentialsProved: boolean;
};

export type Visibility = { kind: "trusted" } | { kind: "doubted"; because: string };

/**
 * Whether a list may be believed. Too few rights look exactly like perfect health, so an empty list, or one from which
 * most errors vanished at once, is believed only when the next poll agrees, the integrations do not refer to errors
 * that it lacks, and these credentials have been shown errors before.
 */
export function judgeVisibility(facts: VisibilityFacts): Visibility {
  const doubt = (because: string): Visibility => ({ kind: "doubted", because });
  const isEmpty = facts.listed === 0;
  const isDecimated = facts.presentBefore >= MASS_VANISHING_MIN && facts.missing.length * 2 > facts.presentBefore;
  if (!isEmpty && !isDecimated) return { kind: "trusted" };

  const what = isEmpty
    ? "The server shows no errors at all"
    : `${facts.missing.length} of ${facts.presentBefore} errors vanished at once`;
  if (isEmpty && !facts.credentialsProved) {
    return doubt(`${what}, and it never showed these credentials one: they may lack the right to see errors`);
  }
  if (facts.referredButUnlisted > 0) {
    return doubt(`${what}, but its integrations refer to ${facts.referredButUnlisted} that the list lacks`);
  }
  if (facts.missing.length === 0) return { kind: "trusted" };
  if (facts.missingBefore === null || !agree(facts.missing, facts.missingBefore, facts.presentBefore)) {
    return doubt(`${what}: the next poll has to agree before this is believed`);
  }
  return { kind: "trusted" };
}

/** Two doubted lists agree when most of what was there is missing from both. */
function agree(missing: readonly ErrorId[], missingBefore: readonly ErrorId[], presentBefore: number): boolean {
  const before = new Set(missingBefore);
  return missing.filter((id) => before.has(id)).length * 2 > presentBefore;
}
