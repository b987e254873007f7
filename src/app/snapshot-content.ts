import { fingerprintOf } from "../domain/fingerprint.js";
import type { KnownError, Matching } from "../domain/identity.js";
import type { ErrorId } from "../domain/ids.js";
import type { CompleteRead, ErrorRead } from "../domain/snapshot.js";
import type { Ending, Survey, Surveyed } from "../domain/survey.js";
import { textDigestOf } from "../domain/text-digest.js";
import { wordingOf } from "../domain/wording.js";
import type { FreshError } from "../store/snapshot-errors.js";
import type { ChangedError, SnapshotContent } from "../store/snapshot-record.js";

/** A read whose errors are all at hand, as a survey. A list may name an error twice while it is being changed. */
export function surveyOf(read: CompleteRead): Survey {
  const byId = new Map<string, ErrorRead>();
  for (const error of read.errors) {
    const key = `${error.integrationPolarityId}\u0000${error.polarityId}`;
    if (!byId.has(key)) byId.set(key, error);
  }
  const errors = [...byId.values()];
  const { digest, bytes, serverTime, names, integrations } = read;
  return {
    kind: "surveyed",
    digest,
    bytes,
    serverTime,
    names,
    integrations,
    integrationsUnchanged: false,
    errors: errors.length,
    comparison: { kind: "all" },
    differing: async () =>
      errors.map((error, at) => ({
        at,
        read: error,
        fingerprint: fingerprintOf(error),
        textDigest: textDigestOf(error),
      })),
    countUnlisted: async (polarityIds) => {
      const listed = new Set(errors.map((error) => error.polarityId));
      return polarityIds.filter((id) => !listed.has(id)).length;
    },
    wordings: async (at) =>
      at.flatMap((index) => {
        const error = errors[index];
        return error === undefined ? [] : [JSON.stringify(wordingOf(error))];
      }),
    release: () => {},
  };
}

/** What of a survey has to be written: errors that are new, that differ from what is on record, or that are missing. */
export function contentOf(survey: Survey, matching: Matching<Surveyed>): SnapshotContent {
  const changed = matching.fresh.map((seen) => changeOf(seen, { id: null, textChanged: true, idChanged: true }));
  for (const { known, seen } of matching.same) {
    const textChanged = known.textDigest !== seen.textDigest;
    const idChanged = known.polarityId !== seen.read.polarityId;
    if (textChanged || idChanged || !known.present || hasMoved(known, seen)) {
      changed.push(changeOf(seen, { id: known.id, textChanged, idChanged }));
    }
  }
  const listed = new Set(survey.integrations.map((integration) => integration.polarityId));
  const referred = new Set(matching.fresh.map(({ read }) => read.integrationPolarityId));
  return {
    names: survey.names,
    integrations: survey.integrations,
    integrationsUnchanged: survey.integrationsUnchanged,
    unlistedIntegrations: [...referred].filter((id) => !listed.has(id)),
    errorsPresent: survey.errors,
    changed,
    missing: matching.missing.map((error): ErrorId => error.id),
    wordings: survey.wordings,
  };
}

/** Spelled out: to spread objects that came from a thread takes V8 dozens of times as long. */
function changeOf(
  { at, read, fingerprint, textDigest }: Surveyed,
  { id, textChanged, idChanged }: Pick<ChangedError, "id" | "textChanged" | "idChanged">,
): ChangedError {
  return { at, read, fingerprint, textDigest, id, textChanged, idChanged };
}

/** Under which ids the errors of a survey are on record once it is stored. */
export function endingOf(matching: Matching<Surveyed>, fresh: readonly FreshError[]): Ending {
  const { same } = matching;
  const at = new Int32Array(same.length + fresh.length);
  const ids = new BigInt64Array(at.length);
  for (const [index, { known, seen }] of same.entries()) {
    at[index] = seen.at;
    ids[index] = known.id;
  }
  for (const [index, error] of fresh.entries()) {
    at[same.length + index] = error.at;
    ids[same.length + index] = error.id;
  }
  return { kind: "stored", at, ids };
}

function hasMoved(known: KnownError, { read }: Surveyed): boolean {
  return known.occurrences !== read.occurrences || known.lastOccurredAt?.getTime() !== read.lastOccurredAt?.getTime();
}
