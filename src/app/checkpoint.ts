/** The places between two commits, or between a send and its commit, where a process may die and nothing may be lost. */
export const CHECKPOINTS = [
  "poll_claimed",
  "snapshot_committed",
  "diff_committed",
  "delivery_claimed",
  "message_sent",
  "outcome_written",
  "paint_claimed",
  "message_painted",
] as const;
export type Checkpoint = (typeof CHECKPOINTS)[number];

/** Told at each checkpoint. In service it does nothing; a test of faults ends the process there. */
export type Probe = (checkpoint: Checkpoint) => void;

export const noProbe: Probe = () => {};
