import type { ErrorText } from "./snapshot.js";
import { textDigestOf } from "./text-digest.js";

/** In what an error can differ between two moments of its server. */
export const ERROR_DIFFERENCES = [
  "appeared",
  "gone",
  "passed",
  "grew",
  "last_seen_moved",
  "http_status_changed",
  "text_changed",
  "id_changed",
] as const;
export type ErrorDifference = (typeof ERROR_DIFFERENCES)[number];

/** An error as its server showed it at a moment. */
export type ShownError = {
  polarityId: string;
  occurrences: number | null;
  lastOccurredAt: Date | null;
  text: ErrorText;
};

/** An error at two moments: null where it was not shown. `added`: how much it rose in between, resets corrected. */
export type ErrorPair = {
  before: ShownError | null;
  after: ShownError | null;
  added: number;
  /** Whether it was shown at some time after the first moment, up to the second. */
  shownBetween: boolean;
};

/**
 * In what an error differs between two moments; nothing when it does not. What it says, when it was last seen and its id
 * are compared only where both moments show it. One that neither shows, though it was there in between, has passed.
 */
export function compareError({ before, after, added, shownBetween }: ErrorPair): ErrorDifference[] {
  const grew: ErrorDifference[] = added > 0 ? ["grew"] : [];
  if (before === null) {
    if (after !== null) return ["appeared", ...grew];
    return shownBetween ? ["passed", ...grew] : grew;
  }
  if (after === null) return ["gone", ...grew];
  return [
    ...grew,
    ...differing("last_seen_moved", before.lastOccurredAt?.getTime() !== after.lastOccurredAt?.getTime()),
    ...differing("http_status_changed", before.text.httpStatus !== after.text.httpStatus),
    ...differing("text_changed", wordsOf(before.text) !== wordsOf(after.text)),
    ...differing("id_changed", before.polarityId !== after.polarityId),
  ];
}

/** All that an error says but its HTTP status, which is a difference of its own. */
function wordsOf(text: ErrorText): string {
  return textDigestOf({ ...text, httpStatus: null });
}

function differing<const Difference extends string>(difference: Difference, isSo: boolean): Difference[] {
  return isSo ? [difference] : [];
}

/** In what an integration can differ between two moments of its server. */
export const INTEGRATION_DIFFERENCES = [
  "appeared",
  "vanished",
  "stopped",
  "started",
  "status_changed",
  "renamed",
] as const;
export type IntegrationDifference = (typeof INTEGRATION_DIFFERENCES)[number];

/** An integration as its server listed it at a moment. */
export type ShownIntegration = {
  id: string;
  polarityId: string;
  name: string;
  acronym: string;
  integrationStatus: string;
};

export type ComparedIntegration = {
  id: string;
  differences: readonly IntegrationDifference[];
  /** Null where it was not listed. */
  before: ShownIntegration | null;
  after: ShownIntegration | null;
};

/** The integrations that differ between two moments, by their name as it was last. */
export function compareIntegrations(
  before: readonly ShownIntegration[],
  after: readonly ShownIntegration[],
): ComparedIntegration[] {
  const [was, is] = [before, after].map((listed) => new Map(listed.map((one) => [one.id, one])));
  const ids = new Set([...before, ...after].map(({ id }) => id));
  return [...ids]
    .map((id) => comparedIntegration(id, was?.get(id) ?? null, is?.get(id) ?? null))
    .filter(({ differences }) => differences.length > 0)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function comparedIntegration(
  id: string,
  before: ShownIntegration | null,
  after: ShownIntegration | null,
): ComparedIntegration {
  if (before === null) return { id, differences: ["appeared"], before, after };
  if (after === null) return { id, differences: ["vanished"], before, after };
  const ranBefore = before.integrationStatus === "running";
  const runsAfter = after.integrationStatus === "running";
  const differences = [
    ...differing("stopped", ranBefore && !runsAfter),
    ...differing("started", !ranBefore && runsAfter),
    ...differing("status_changed", !ranBefore && !runsAfter && before.integrationStatus !== after.integrationStatus),
    ...differing("renamed", before.name !== after.name || before.acronym !== after.acronym),
  ];
  return { id, differences, before, after };
}

function nameOf({ before, after }: ComparedIntegration): string {
  return (after ?? before)?.name ?? "";
}
