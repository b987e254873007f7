import { setInterval } from "node:timers";
import type { KnownError, Matching } from "../domain/identity.js";
import type { ErrorId, PollId } from "../domain/ids.js";
import { takenAtOf } from "../domain/poll.js";
import type { AttributeNames, FailedRead, ReadFailure, ServerId, ServerRead } from "../domain/snapshot.js";
import { type Ending, type Survey, type Surveyed, SurveyLostError } from "../domain/survey.js";
import { judgeVisibility } from "../domain/visibility.js";
import type { Clock } from "../lib/clock.js";
import { findGoneErrors, findPresentErrors } from "../store/known-errors.js";
import { abandonPoll, renewPollLease, storeFailedPoll } from "../store/polls.js";
import type { Database } from "../store/prisma.js";
import { findServerRecord, type ServerRecord } from "../store/servers.js";
import type { SnapshotRecord } from "../store/snapshot-record.js";
import { storeSnapshot, storeUnchangedSnapshot } from "../store/snapshots.js";
import type { Probe } from "./checkpoint.js";
import { matchInTurns } from "./match-in-turns.js";
import { claimTurn, skippedBefore, type Turn } from "./poll-turn.js";
import { contentOf, endingOf, surveyOf } from "./snapshot-content.js";

/** Reads a server once: its integrations and errors, or why not. */
export type ReadServer = (
  known: { digest: string | null; names: AttributeNames | null },
  signal: AbortSignal,
) => Promise<ServerRead | Survey>;

export type PollDeps = {
  db: Database;
  clock: Clock;
  workerId: string;
  wakeDiff: (serverId: ServerId) => Promise<unknown>;
  probe: Probe;
  policy?: PollPolicy;
};

export type PollSummary =
  | { outcome: "complete"; errors: number; changed: number; unchanged: boolean }
  | { outcome: "failed"; reason: ReadFailure; detail: string }
  /** Another worker has this slot, or another poll of this server is still under way. */
  | { outcome: "already_polled" }
  /** The lease ran out before the poll could be stored; whoever polls next decides. */
  | { outcome: "lost" };

/** A poll is held by a lease that is renewed while it lasts: a dead worker blinds its server for no longer than that. */
export type PollPolicy = { leaseMs: number; renewEveryMs: number };

export const DEFAULT_POLL_POLICY: PollPolicy = { leaseMs: 20_000, renewEveryMs: 5_000 };

export type PollReport = PollSummary & {
  /** The id of the poll, by which what followed from it can be found; null when none was made. */
  poll: string | null;
  /** How many turns got no poll between this one and the one before it. None is due between polls that are asked for. */
  skipped: number;
};

/**
 * One poll: facts only. What the server said is stored before anything is decided about it, and a failed read is stored
 * as one; the snapshot before it stays the one that the next diff compares with. Throws when `signal` ends it.
 */
export async function pollServer(
  deps: PollDeps,
  server: { id: ServerId; read: ReadServer },
  turn: Turn,
  signal: AbortSignal,
): Promise<PollReport> {
  const startedAt = deps.clock();
  const claim = { serverId: server.id, workerId: deps.workerId, now: startedAt, leasedUntil: leaseOf(deps) };
  const claimed = await claimTurn(deps.db, claim, turn);
  if (claimed === null) return { poll: null, skipped: 0, outcome: "already_polled" };
  deps.probe("poll_claimed");

  const pollId = claimed.id;
  const skipped = skippedBefore(turn, claimed, startedAt);
  const { renewEveryMs } = deps.policy ?? DEFAULT_POLL_POLICY;
  const renewal = setInterval(() => {
    renewPollLease(deps.db, pollId, deps.workerId, leaseOf(deps)).catch(() => {
      // The next renewal may succeed; a lease that ran out is noticed when the poll is stored.
    });
  }, renewEveryMs);
  try {
    return { poll: String(pollId), skipped, ...(await readAndStore(deps, server, pollId, signal)) };
  } catch (error) {
    await abandonPoll(deps.db, pollId, deps.workerId, deps.clock()).catch(() => {
      // Its lease runs out by itself; the error that brought us here is the one to report.
    });
    throw error;
  } finally {
    clearInterval(renewal);
  }
}

async function readAndStore(
  deps: PollDeps,
  server: { id: ServerId; read: ReadServer },
  pollId: PollId,
  signal: AbortSignal,
): Promise<PollSummary> {
  const record = await findServerRecord(deps.db, server.id);
  if (record === null) throw new Error(`Server ${server.id} is not on record`);
  // Under credentials that have proved nothing, even an answer known from before has to be looked at.
  const known = {
    digest: record.credentialsProved ? (record.last?.digest ?? null) : null,
    names: record.attributeNames,
  };
  const read = await server.read(known, signal);
  const readAt = deps.clock();
  if (read.kind === "failed") return storeFailure(deps, server.id, pollId, read, [], readAt);

  const snapshot: SnapshotRecord = {
    pollId,
    serverId: server.id,
    workerId: deps.workerId,
    takenAt: takenAtOf(readAt, record.last?.takenAt ?? null),
    serverTime: read.serverTime,
    digest: read.digest,
    bytes: read.bytes,
  };
  if (read.kind === "unchanged") {
    const stored = await storeUnchangedSnapshot(deps.db, snapshot);
    if (stored === null) return { outcome: "lost" };
    await afterCommit(deps, server.id);
    return { outcome: "complete", errors: record.last?.errors ?? 0, changed: 0, unchanged: true };
  }
  return storeSurvey(deps, snapshot, record, read.kind === "complete" ? surveyOf(read) : read);
}

/** Stores what a survey showed, or why it could not be looked at to its end. */
async function storeSurvey(
  deps: PollDeps,
  snapshot: SnapshotRecord,
  record: ServerRecord,
  survey: Survey,
): Promise<PollSummary> {
  let ending: Ending = { kind: "distrusted" };
  try {
    const stored = await storeContent(deps, snapshot, record, survey);
    ending = stored.ending;
    return stored.summary;
  } catch (error) {
    if (!(error instanceof SurveyLostError)) throw error;
    return storeFailure(deps, snapshot.serverId, snapshot.pollId, error.failure, [], snapshot.takenAt);
  } finally {
    survey.release(ending);
  }
}

const DROPPED: Ending = { kind: "dropped" };

async function storeContent(
  deps: PollDeps,
  snapshot: SnapshotRecord,
  record: ServerRecord,
  survey: Survey,
): Promise<{ summary: PollSummary; ending: Ending }> {
  const { serverId, pollId } = snapshot;
  const seen = await survey.differing();
  const present = await presentOf(deps, serverId, survey);
  const matching = await matchWithRecord(deps, serverId, present, seen);

  const doubt = await doubtAbout(survey, record, present, matching);
  if (doubt !== null) {
    const missing = matching.missing.map((error) => error.id);
    const summary = await storeFailure(deps, serverId, pollId, doubt, missing, snapshot.takenAt);
    return { summary, ending: DROPPED };
  }

  const content = contentOf(survey, matching);
  const stored = await storeSnapshot(deps.db, snapshot, content);
  if (stored === null) return { summary: { outcome: "lost" }, ending: DROPPED };
  await afterCommit(deps, serverId);
  const changed = content.changed.length + content.missing.length;
  const summary: PollSummary = { outcome: "complete", errors: survey.errors, changed, unchanged: false };
  return { summary, ending: endingOf(matching, stored.fresh) };
}

/** The present errors to compare with, in the order of their ids. */
async function presentOf(deps: PollDeps, serverId: ServerId, { comparison }: Survey): Promise<readonly KnownError[]> {
  if (comparison.kind === "all") return findPresentErrors(deps.db, serverId);
  return [...comparison.present].sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** Errors that are gone are looked up for what would otherwise be new only: nothing else could be one of them. */
async function matchWithRecord(
  deps: PollDeps,
  serverId: ServerId,
  present: readonly KnownError[],
  seen: readonly Surveyed[],
): Promise<Matching<Surveyed>> {
  const matching = await matchInTurns(present, seen);
  if (matching.fresh.length === 0) return matching;
  const fingerprints = [...new Set(matching.fresh.map((error) => error.fingerprint))];
  const gone = await findGoneErrors(deps.db, serverId, fingerprints);
  return gone.length === 0 ? matching : matchInTurns([...present, ...gone], seen);
}

async function storeFailure(
  deps: PollDeps,
  serverId: ServerId,
  pollId: PollId,
  read: FailedRead,
  missing: readonly ErrorId[],
  now: Date,
): Promise<PollSummary> {
  if (!(await storeFailedPoll(deps.db, pollId, deps.workerId, read, missing, now))) return { outcome: "lost" };
  await afterCommit(deps, serverId);
  return { outcome: "failed", reason: read.reason, detail: read.detail };
}

async function afterCommit(deps: PollDeps, serverId: ServerId): Promise<void> {
  deps.probe("snapshot_committed");
  await deps.wakeDiff(serverId); // may get lost: the sweep finds what it missed
}

async function doubtAbout(
  survey: Survey,
  record: ServerRecord,
  present: readonly KnownError[],
  matching: Matching<Surveyed>,
): Promise<FailedRead | null> {
  const presentBefore = survey.comparison.kind === "these" ? (record.last?.errors ?? 0) : present.length;
  const missing = matching.missing.map((error) => error.id);
  // Where errors are listed and none is missing, there is nothing that references could contradict.
  const asksReferences = survey.errors === 0 || missing.length > 0;
  const referred = asksReferences ? new Set(survey.integrations.flatMap(({ errorIds }) => errorIds)) : [];
  const visibility = judgeVisibility({
    listed: survey.errors,
    presentBefore,
    missing,
    missingBefore: record.missingBefore as readonly ErrorId[] | null,
    referredButUnlisted: asksReferences ? await survey.countUnlisted([...referred]) : 0,
    credentialsProved: record.credentialsProved,
  });
  if (visibility.kind === "trusted") return null;
  const detail = `${visibility.because}.`;
  return { kind: "failed", reason: "visibility-unproved", detail, httpStatus: null, retryAfterMs: null };
}

function leaseOf({ clock, policy = DEFAULT_POLL_POLICY }: PollDeps): Date {
  return new Date(clock().getTime() + policy.leaseMs);
}
