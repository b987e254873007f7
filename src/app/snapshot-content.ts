import { classifyCause } from "../domain/cause.js";
import { fingerprintOf } from "../domain/fingerprint.js";
import { bodyOf, headlineOf } from "../domain/headline.js";
import type { KnownError, Matching, SeenError } from "../domain/identity.js";
import type { ErrorId } from "../domain/ids.js";
import type { CompleteRead, ErrorRead } from "../domain/snapshot.js";
import { textDigestOf } from "../domain/text-digest.js";
import type { ChangedError, SnapshotContent } from "../store/snapshot-record.js";

/** The errors of a read, each once, with what identifies them. A list may name an error twice while it is being changed. */
export function seenErrorsOf(read: CompleteRead): SeenError[] {
  const byId = new Map<string, ErrorRead>();
  for (const error of read.errors) {
    const key = `${error.integrationPolarityId}\u0000${error.polarityId}`;
    if (!byId.has(key)) byId.set(key, error);
  }
  return [...byId.values()].map((error) => ({
    read: error,
    fingerprint: fingerprintOf(error),
    textDigest: textDigestOf(error),
  }));
}

/** What of a read has to be written: errors that are new, that differ from what is on record, or that are missing. */
export function contentOf(read: CompleteRead, matching: Matching): SnapshotContent {
  const changed: ChangedError[] = matching.fresh.map((seen) => describe(null, seen, true, true));
  for (const { known, seen } of matching.same) {
    const textChanged = known.textDigest !== seen.textDigest;
    const idChanged = known.polarityId !== seen.read.polarityId;
    if (textChanged || idChanged || !known.present || hasMoved(known, seen.read)) {
      changed.push(describe(known.id, seen, textChanged, idChanged));
    }
  }
  const listed = new Set(read.integrations.map((integration) => integration.polarityId));
  const referred = new Set(read.errors.map((error) => error.integrationPolarityId));
  return {
    names: read.names,
    integrations: read.integrations,
    unlistedIntegrations: [...referred].filter((id) => !listed.has(id)),
    errorsPresent: matching.same.length + matching.fresh.length,
    changed,
    missing: matching.missing.map((error) => error.id),
  };
}

function describe(id: ErrorId | null, seen: SeenError, textChanged: boolean, idChanged: boolean): ChangedError {
  const { cause, because } = classifyCause(seen.read);
  return {
    ...seen,
    id,
    textChanged,
    idChanged,
    headline: headlineOf(seen.read),
    body: bodyOf(seen.read),
    cause,
    causeBecause: because,
  };
}

function hasMoved(known: KnownError, read: ErrorRead): boolean {
  return known.occurrences !== read.occurrences || known.lastOccurredAt?.getTime() !== read.lastOccurredAt?.getTime();
}
