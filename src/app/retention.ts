import { cutoffOf, isToBePacked, type Month, type Retained, type RetentionPolicy } from "../domain/retention.js";
import type { Clock } from "../lib/clock.js";
import { isDiffOwedBefore, NOTHING_PACKED, packObservations, trimPacks } from "../store/packing.js";
import { type Database, type Db, inTransaction } from "../store/prisma.js";
import {
  askForUpkeep,
  claimUpkeep,
  deleteAttempts,
  deleteDecisions,
  deletePolls,
  deleteSnapshots,
  dropChanges,
  dropEmptyMonth,
  findMonths,
  type Look,
  type Looked,
  tryUpkeepLock,
  vacuumMonth,
} from "../store/retention.js";

export type RetentionDeps = {
  db: Database;
  clock: Clock;
  policy: () => RetentionPolicy;
  limits?: RetentionLimits;
};

/** How much one run does: no more than a moment's work at a time, and none that others wait for. */
export type RetentionLimits = {
  /** Observations that are packed in one transaction, and rows that are looked at in one. */
  rowsMax: number;
  /** Transactions of each kind. */
  stepsMax: number;
};

const DEFAULT_LIMITS: RetentionLimits = { rowsMax: 5_000, stepsMax: 20 };
const EVERY_MS = 3_600_000;
/** How much longer than needed a packed observation may be kept. */
const TRIM_SLACK_MS = 7 * 86_400_000;
const TRIMMED_MAX = 500;

export type RetentionSummary = {
  packedObservations: number;
  observationMonths: number;
  trimmedPacks: number;
  changeMonths: number;
  attempts: number;
  decisions: number;
  polls: number;
  snapshots: number;
  /** There is more to do: the next run does not wait for its hour. */
  leftWork: boolean;
};

/**
 * Packs old months and deletes what is older than its retention, a bounded part of it at a time. Each step is one
 * transaction that leaves everything readable, so a crash between two costs nothing; one process at a time does a step.
 * Null when the last run is less than an hour ago.
 */
export async function retain(deps: RetentionDeps): Promise<RetentionSummary | null> {
  const { db } = deps;
  const now = deps.clock();
  if (!(await claimUpkeep(db, now, EVERY_MS))) return null;
  const policy = deps.policy();
  const limits = deps.limits ?? DEFAULT_LIMITS;
  const run = new BoundedRun(db, limits);

  const packed = await packMonths(run, policy, now);
  const observationsCutoff = cutoffOf(policy, "observations", now);
  const trimmedPacks =
    observationsCutoff === null
      ? 0
      : await run.repeat((tx) => trimPacks(tx, observationsCutoff, TRIM_SLACK_MS, TRIMMED_MAX));
  const deleted = (what: Retained, work: (tx: Db, cutoff: Date, look: Look) => Promise<Looked>) => {
    const cutoff = cutoffOf(policy, what, now);
    return cutoff === null ? 0 : run.walk((tx, look) => work(tx, cutoff, look));
  };
  const summary = {
    ...packed,
    trimmedPacks,
    changeMonths: await dropOldChanges(db, policy, now),
    attempts: await deleted("attempts", deleteAttempts),
    decisions: await deleted("decisions", deleteDecisions),
    polls: await deleted("polls", deletePolls),
    snapshots: await deleted("observations", async (tx, cutoff, look) =>
      (await isDiffOwedBefore(tx, cutoff)) ? NOTHING_LOOKED_AT : deleteSnapshots(tx, cutoff, look),
    ),
    leftWork: run.leftWork,
  };
  if (run.leftWork) await askForUpkeep(db);
  return summary;
}

/** Does steps, each alone in a transaction of its own, until they find nothing more or are enough for one run. */
class BoundedRun {
  readonly db: Database;
  readonly limits: RetentionLimits;
  leftWork = false;

  constructor(db: Database, limits: RetentionLimits) {
    this.db = db;
    this.limits = limits;
  }

  /** Gives how much all steps have done; a step that did nothing is the last. */
  async repeat(work: (tx: Db) => Promise<number>): Promise<number> {
    let done = 0;
    for (let step = 0; step < this.limits.stepsMax; step += 1) {
      const did = await inTransaction(this.db, async (tx) => ((await tryUpkeepLock(tx)) ? work(tx) : 0));
      if (did === 0) return done;
      done += did;
    }
    this.leftWork = true;
    return done;
  }

  /** As `repeat`, for steps that go through rows: each looks on where the one before it ended. */
  async walk(work: (tx: Db, look: Look) => Promise<Looked>): Promise<number> {
    let deleted = 0;
    let after = 0n;
    for (let step = 0; step < this.limits.stepsMax; step += 1) {
      const look = { after, rowsMax: this.limits.rowsMax };
      const looked = await inTransaction(this.db, async (tx) =>
        (await tryUpkeepLock(tx)) ? work(tx, look) : NOTHING_LOOKED_AT,
      );
      deleted += looked.deleted;
      if (looked.next === null) return deleted;
      after = looked.next;
    }
    // Where all that was looked at is kept, to begin again would find the same.
    this.leftWork ||= deleted > 0;
    return deleted;
  }
}

const NOTHING_LOOKED_AT: Looked = { deleted: 0, next: null };

/** What is packed leaves a month empty, which then goes as a whole: its table, and with it what the deleted rows took up. */
async function packMonths(run: BoundedRun, policy: RetentionPolicy, now: Date) {
  const { db } = run;
  let packedObservations = 0;
  let observationMonths = 0;
  for (const month of await findMonths(db, "observation")) {
    if (!isToBePacked(month, policy, now) || (await isDiffOwedBefore(db, month.endsAt))) continue;
    packedObservations += await packMonth(run, month);
    if (run.leftWork) break;
    await vacuumMonth(db, month);
    if (await dropEmptyMonth(db, month)) observationMonths += 1;
  }
  return { packedObservations, observationMonths };
}

function packMonth(run: BoundedRun, month: Month): Promise<number> {
  let from = NOTHING_PACKED;
  return run.repeat(async (tx) => {
    const done = await packObservations(tx, month, from, run.limits.rowsMax);
    if (done === null) return 0;
    from = done.place;
    return done.packed;
  });
}

async function dropOldChanges(db: Database, policy: RetentionPolicy, now: Date): Promise<number> {
  const cutoff = cutoffOf(policy, "changes", now);
  if (cutoff === null) return 0;
  let dropped = 0;
  for (const month of await findMonths(db, "change")) {
    if (month.endsAt <= cutoff && (await dropChanges(db, month))) dropped += 1;
  }
  return dropped;
}
