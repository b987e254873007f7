import type { PollId, SnapshotId } from "../domain/ids.js";
import type { PollOutcome } from "../domain/poll.js";
import type { ReadFailure, ServerId } from "../domain/snapshot.js";
import type { Db } from "./prisma.js";

/** The oldest settled poll of a server that was not diffed yet, with what its diff has to know. */
export type UndiffedPoll = {
  pollId: PollId;
  outcome: PollOutcome;
  failure: ReadFailure | null;
  detail: string | null;
  finishedAt: Date;
  snapshot: { id: SnapshotId; takenAt: Date; serverTime: Date | null; unchanged: boolean } | null;
  previousTakenAt: Date | null;
  intervalMs: number;
  /** Failed polls in a row before this one, as the diffs so far have counted them. */
  failedPolls: number;
  lastGoodPollAt: Date | null;
  /** When the first snapshot of the server was taken; null before. */
  baselineAt: Date | null;
  /** When a long blind window was last told in one summary. */
  caughtUpAt: Date | null;
  /** Whether others waited behind it when it was taken. Those that came later have a wake-up of their own. */
  hasMore: boolean;
  /** What its diff may have to look at besides what the snapshot shows: false where there is surely none. */
  besides: { openAlerts: boolean; downIntegrations: boolean; silences: boolean };
};

/**
 * Takes the server's row lock, then the oldest undiffed poll: polls of one server are diffed one at a time, each once,
 * in their order, by however many workers. Null when all are diffed. Also makes room for what changed in its month.
 */
export async function lockNextUndiffed(tx: Db, serverId: ServerId): Promise<UndiffedPoll | null> {
  await tx.$queryRaw`SELECT FROM server WHERE id = ${serverId} FOR NO KEY UPDATE`;
  const [row] = await tx.$queryRaw<
    (Omit<UndiffedPoll, "snapshot" | "besides"> & {
      snapshotId: SnapshotId | null;
      takenAt: Date | null;
      serverTime: Date | null;
      unchanged: boolean | null;
      openAlerts: boolean;
      downIntegrations: boolean;
      silences: boolean;
    })[]
  >`
    SELECT p.id AS "pollId", p.outcome, p.failure, p.detail, p.finished_at AS "finishedAt",
           n.id AS "snapshotId", n.taken_at AS "takenAt", n.server_time AS "serverTime", n.unchanged,
           before.taken_at AS "previousTakenAt", s.interval_ms AS "intervalMs", s.failed_polls AS "failedPolls",
           s.last_good_poll_at AS "lastGoodPollAt", s.baseline_at AS "baselineAt", s.caught_up_at AS "caughtUpAt",
           EXISTS (SELECT FROM poll AS later WHERE later.server_id = p.server_id AND later.id > p.id
                      AND later.outcome IS NOT NULL AND later.diffed_at IS NULL) AS "hasMore",
           EXISTS (SELECT FROM alert AS a WHERE a.server_id = s.id AND a.state <> 'resolved') AS "openAlerts",
           EXISTS (SELECT FROM integration AS i WHERE i.server_id = s.id
                      AND (i.present AND i.status <> 'running' OR i.observed_at > n.taken_at)) AS "downIntegrations",
           EXISTS (SELECT FROM silence WHERE ended_at IS NULL) AS silences,
           CASE WHEN NOT n.unchanged THEN ensure_month_partitions(n.taken_at) END AS made
      FROM poll AS p
      JOIN server AS s ON s.id = p.server_id
      LEFT JOIN snapshot AS n ON n.poll_id = p.id
      LEFT JOIN snapshot AS before ON before.id = n.previous_id
     WHERE p.server_id = ${serverId} AND p.outcome IS NOT NULL AND p.diffed_at IS NULL
     ORDER BY p.id LIMIT 1`;
  if (row === undefined) return null;
  const { snapshotId, takenAt, serverTime, unchanged, openAlerts, downIntegrations, silences, ...poll } = row;
  const snapshot =
    snapshotId === null || takenAt === null || unchanged === null
      ? null
      : { id: snapshotId, takenAt, serverTime, unchanged };
  return { ...poll, snapshot, besides: { openAlerts, downIntegrations, silences } };
}

export type DiffedPoll = {
  pollId: PollId;
  now: Date;
  failedPolls: number;
  /** The time of its snapshot; null when the poll brought none. */
  takenAt: Date | null;
  /** Whether it caught up with a long blind window. */
  caughtUp: boolean;
};

/** Ends the diff of a poll. Throws when it was diffed before: the row lock of the server makes that impossible. */
export async function markDiffed(tx: Db, diffed: DiffedPoll): Promise<void> {
  const rows = await tx.$executeRaw`
    WITH ended AS (
      UPDATE poll SET diffed_at = ${diffed.now}
       WHERE id = ${diffed.pollId} AND outcome IS NOT NULL AND diffed_at IS NULL
      RETURNING server_id)
    UPDATE server AS s
       SET failed_polls = ${diffed.failedPolls},
           last_good_poll_at = coalesce(${diffed.takenAt}::timestamptz, last_good_poll_at),
           baseline_at = coalesce(baseline_at, ${diffed.takenAt}::timestamptz),
           caught_up_at = CASE WHEN ${diffed.caughtUp} THEN ${diffed.takenAt}::timestamptz ELSE caught_up_at END
      FROM ended WHERE s.id = ended.server_id`;
  if (rows !== 1) throw new Error(`Poll ${diffed.pollId} was diffed twice`);
}
