import type { ErrorId } from "./ids.js";
import type { ErrorRead } from "./snapshot.js";

/** An error that is already on record, as it was last seen. */
export type KnownError = {
  id: ErrorId;
  integrationPolarityId: string;
  polarityId: string;
  fingerprint: string;
  textDigest: string;
  occurrences: number | null;
  lastOccurredAt: Date | null;
  present: boolean;
};

/** An error in the read at hand: all that decides which error it is, and whether it changed. */
export type SeenError = {
  read: Pick<ErrorRead, "polarityId" | "integrationPolarityId" | "occurrences" | "lastOccurredAt">;
  fingerprint: string;
  textDigest: string;
};

export type Matching<Seen extends SeenError = SeenError> = {
  /** Each pair is one problem: on record, and seen again. */
  same: readonly { known: KnownError; seen: Seen }[];
  /** Seen for the first time. */
  fresh: readonly Seen[];
  /** On record as present, but not in this read. */
  missing: readonly KnownError[];
};

/**
 * Decides which seen error is which known one, integration by integration; every error lands in exactly one place.
 *
 * The server's id is followed first, but not blindly: after a restart, ids may be given out anew. An id leads to its
 * error when the fingerprint agrees too; else a fingerprint that is missing from this read claims it; else the id is
 * followed if the total did not fall, because a text may change while a count goes on, but a new count under a new text
 * is a new problem. What is left is found by its fingerprint among what is missing, then among what is gone.
 */
export function matchErrors<Seen extends SeenError>(
  known: readonly KnownError[],
  seen: readonly Seen[],
): Matching<Seen> {
  const same: { known: KnownError; seen: Seen }[] = [];
  const openKnown = new Set(known);
  const openSeen = new Set(seen);
  const pair = (one: KnownError, other: Seen) => {
    same.push({ known: one, seen: other });
    openKnown.delete(one);
    openSeen.delete(other);
  };

  const presentById = new Map<string, KnownError>();
  for (const error of known) {
    if (error.present) presentById.set(keyOf(error.integrationPolarityId, error.polarityId), error);
  }
  const ownerOfId = (error: SeenError) => {
    if (presentById.size === 0) return undefined;
    const owner = presentById.get(keyOf(error.read.integrationPolarityId, error.read.polarityId));
    return owner !== undefined && openKnown.has(owner) ? owner : undefined;
  };

  for (const error of seen) {
    const owner = ownerOfId(error);
    if (owner?.fingerprint === error.fingerprint) pair(owner, error);
  }
  pairByFingerprint(openKnown, openSeen, (error) => error.present, pair);
  for (const error of [...openSeen]) {
    const owner = ownerOfId(error);
    if (owner !== undefined && !hasFallen(owner, error)) pair(owner, error);
  }
  pairByFingerprint(openKnown, openSeen, (error) => !error.present, pair);

  return { same, fresh: [...openSeen], missing: [...openKnown].filter((error) => error.present) };
}

/** Pairs equal fingerprints of one integration: those with the very same text first, then in the order of the ids. */
function pairByFingerprint<Seen extends SeenError>(
  openKnown: ReadonlySet<KnownError>,
  openSeen: ReadonlySet<Seen>,
  eligible: (error: KnownError) => boolean,
  pair: (known: KnownError, seen: Seen) => void,
): void {
  for (const withText of [true, false]) {
    const textOf = (error: { textDigest: string }) => (withText ? error.textDigest : "");
    const waiting = new Map<string, KnownError[]>();
    for (const error of openKnown) {
      if (!eligible(error)) continue;
      const key = keyOf(error.integrationPolarityId, error.fingerprint, textOf(error));
      const list = waiting.get(key);
      if (list === undefined) waiting.set(key, [error]);
      else list.push(error);
    }
    if (waiting.size === 0 || openSeen.size === 0) continue;
    for (const list of waiting.values()) list.reverse();
    for (const error of [...openSeen]) {
      const key = keyOf(error.read.integrationPolarityId, error.fingerprint, textOf(error));
      const match = waiting.get(key)?.pop();
      if (match !== undefined) pair(match, error);
    }
  }
}

function hasFallen(known: KnownError, seen: SeenError): boolean {
  return known.occurrences !== null && seen.read.occurrences !== null && seen.read.occurrences < known.occurrences;
}

const keyOf = (...parts: readonly string[]) => parts.join("\u0000");
