import type { KnownError, SeenError } from "./identity.js";
import type { AttributeNames, FailedRead, IntegrationRead } from "./snapshot.js";

/** An error of a survey; `at` is its place there. */
export type Surveyed = SeenError & { at: number };

/** What the errors of a survey that may differ have to be compared with. */
export type Comparison =
  /** All that are present: it is not known what the snapshot before showed. */
  | { kind: "all" }
  /** Nothing but these, as the snapshot before showed them; every other present error is unchanged. */
  | { kind: "these"; present: readonly KnownError[] };

/** What became of a survey. */
export type Ending =
  /** On record; of every error that may have differed, its place and under which id it is on record. */
  | { kind: "stored"; at: Int32Array; ids: BigInt64Array }
  | { kind: "dropped" }
  /** It could not be stored, perhaps since what was remembered is not what is on record. */
  | { kind: "distrusted" };

/**
 * A good read whose errors stay where they were decoded, which may be another thread: what is wanted of them is asked
 * for. `release` has to be called once, whatever happened.
 */
export type Survey = {
  kind: "surveyed";
  digest: string;
  bytes: number;
  serverTime: Date | null;
  names: AttributeNames;
  integrations: readonly IntegrationRead[];
  /** The integrations are, byte for byte, those of the snapshot before. */
  integrationsUnchanged: boolean;
  /** How many errors the list has. */
  errors: number;
  comparison: Comparison;
  /** Every error that may differ from what is on record, in the order of the list. */
  differing(): Promise<readonly Surveyed[]>;
  /** How many of these ids the list lacks. */
  countUnlisted(polarityIds: readonly string[]): Promise<number>;
  /** The `Wording` of each of these errors as JSON, in their order. */
  wordings(at: readonly number[]): Promise<readonly string[]>;
  /** Gives up what it holds; what was stored is remembered for the next read, with what is distrusted all is forgotten. */
  release(ending: Ending): void;
};

/** What a survey throws when it cannot go on: what holds it ended, or ran out of memory. The poll fails then. */
export class SurveyLostError extends Error {
  readonly failure: FailedRead;

  constructor(failure: FailedRead, cause?: unknown) {
    super(failure.detail, { cause });
    this.name = "SurveyLostError";
    this.failure = failure;
  }
}
