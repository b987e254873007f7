import type { ErrorId, SnapshotId } from "./ids.js";

/** One error as one snapshot saw it. It holds until the next observation of the same error. */
export type Observation = {
  errorId: ErrorId;
  /** When the snapshot was taken. */
  observedAt: Date;
  /** The snapshot that showed it first; its row may be gone, when the history before was deleted. */
  snapshotId: SnapshotId;
  /** What it said, a row of `error_text`. */
  textId: bigint;
  occurrences: number | null;
  lastOccurredAt: Date | null;
  /** False: the snapshot did not show it any more; the rest is what was shown last. */
  present: boolean;
};
