import { type DigestContent, isQuiet } from "../domain/digest.js";
import { countPeriods, type DigestTimes, type DigestWindow, decideTurn } from "../domain/digest-window.js";
import { type Matcher, matchesAll } from "../domain/matcher.js";
import type { ServerId } from "../domain/snapshot.js";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import {
  beginDigest,
  type DigestRecipient,
  findDigestCursors,
  findUntoldSince,
  foldDigests,
  lockDigestCursor,
  lockWaitingDigests,
  moveDigestCursor,
  oweDigest,
} from "../store/digest-cursors.js";
import { countUndiffedPolls, findWatchedServers } from "../store/digest-watch.js";
import { type Database, type Db, inTransaction } from "../store/prisma.js";
import { composeDigest } from "./digest-content.js";

/** One digest as it is configured now. */
export type DigestPlan = {
  readonly name: string;
  /** Five cron fields, for people. */
  readonly schedule: string;
  readonly times: DigestTimes;
  /** In whose local time its instants are shown. */
  readonly timeZone: string;
  readonly receiver: string;
  /** Ids of the destinations that get it, each with a cursor of its own. */
  readonly destinations: readonly string[];
  readonly whenEmpty: "skip" | "say";
  /** Of the servers it is about; an empty list matches all that are watched. */
  readonly servers: readonly Matcher[];
};

export type DigestDeps = {
  db: Database;
  clock: Clock;
  /** Asked each time, since the configuration may change. */
  digests: () => readonly DigestPlan[];
  wakeNotify: (destination: string, delayMs: number) => Promise<unknown>;
  log: Pick<Logger, "error">;
};

/** How many recipients were owed a digest, got none for it would have been empty, have to wait, and were seen first. */
export type DigestSummary = { owed: number; skipped: number; waiting: number; begun: number; failed: number };

/**
 * A digest tells what changed, so it waits until it is known of every poll of its window. After this long it says instead
 * how many there are of which it is not.
 */
const WAITED_MS_MAX = 10 * 60_000;

/**
 * Owes every digest that is due to each of its recipients: what it says and the move of the recipient's cursor are one
 * transaction, so that a crash loses none and two processes at once owe it once. A digest that cannot be made, which is a
 * bug, does not keep the others from being made; it is tried again the next time.
 */
export async function oweDigests(deps: DigestDeps): Promise<DigestSummary> {
  const summary: DigestSummary = { owed: 0, skipped: 0, waiting: 0, begun: 0, failed: 0 };
  const cursors = new Map((await findDigestCursors(deps.db)).map((one) => [keyOf(one), one.toldUntil]));
  for (const plan of deps.digests()) {
    const compose = createComposer(plan);
    for (const destination of plan.destinations) {
      const recipient = { digest: plan.name, destination };
      const toldUntil = cursors.get(keyOf(recipient)) ?? null;
      if (decideTurn(toldUntil, plan.times, deps.clock()).kind === "none") continue;
      try {
        summary[await takeTurn(deps, plan, recipient, compose)]++;
      } catch (error) {
        summary.failed++;
        deps.log.error({ err: error, ...recipient }, "A digest could not be made");
      }
    }
  }
  return summary;
}

/** The digests of which some recipient should have been owed one a while ago: nobody is doing it. */
export async function findOverdueDigests(
  { db, clock, digests }: Pick<DigestDeps, "db" | "clock" | "digests">,
  lateMs: number,
): Promise<string[]> {
  const plans = digests();
  if (plans.length === 0) return [];
  const cursors = new Map((await findDigestCursors(db)).map((one) => [keyOf(one), one.toldUntil]));
  const at = new Date(clock().getTime() - lateMs);
  return plans
    .filter(({ name, times, destinations }) =>
      destinations.some(
        (destination) =>
          decideTurn(cursors.get(keyOf({ digest: name, destination })) ?? null, times, at).kind !== "none",
      ),
    )
    .map(({ name }) => name);
}

/** The watched servers that a digest is about. */
export async function findDigestServers(db: Db, plan: Pick<DigestPlan, "servers">): Promise<ServerId[]> {
  const watched = await findWatchedServers(db);
  return watched.filter((server) => matchesAll(plan.servers, { server }));
}

type Compose = (tx: Db, servers: readonly ServerId[], window: DigestWindow) => Promise<DigestContent>;

/** Recipients that were told up to the same time get the same: it is made once. */
function createComposer(plan: DigestPlan): Compose {
  const made = new Map<string, DigestContent>();
  return async (tx, servers, window) => {
    const key = JSON.stringify([window, servers]);
    const periods = countPeriods(window, plan.times);
    const { name, timeZone } = plan;
    const content = made.get(key) ?? (await composeDigest(tx, { name, timeZone, servers, periods }, window));
    made.set(key, content);
    return content;
  };
}

/** With a hundred thousand errors that all grew, what is said takes seconds to find out, and more on a small machine. */
const WORK_MS_MAX = 120_000;

type Turn = Exclude<keyof DigestSummary, "failed">;

async function takeTurn(
  deps: DigestDeps,
  plan: DigestPlan,
  recipient: DigestRecipient,
  compose: Compose,
): Promise<Turn> {
  const now = deps.clock();
  const work = (tx: Db) => takeTurnIn(tx, { plan, recipient, now, compose });
  const turn = await inTransaction(deps.db, work, { workMsMax: WORK_MS_MAX });
  if (turn === "owed") await deps.wakeNotify(recipient.destination, 0); // may get lost: the sweep finds what is due
  return turn;
}

type TurnScene = { plan: DigestPlan; recipient: DigestRecipient; now: Date; compose: Compose };

async function takeTurnIn(tx: Db, { plan, recipient, now, compose }: TurnScene): Promise<Turn> {
  const first = decideTurn(null, plan.times, now);
  if (first.kind === "begin" && (await beginDigest(tx, recipient, first.at))) return "begun";
  const toldUntil = await lockDigestCursor(tx, recipient);
  if (toldUntil === null) return "waiting"; // another process has it
  const turn = decideTurn(toldUntil, plan.times, now);
  if (turn.kind !== "due") return "waiting"; // and it is done

  const waiting = await lockWaitingDigests(tx, recipient, now);
  if (waiting.some(({ isBeingSent }) => isBeingSent)) return "waiting";
  const servers = await findDigestServers(tx, plan);
  const { untilAt } = turn.window;
  const isPatient = now.getTime() - untilAt.getTime() < WAITED_MS_MAX;
  if (isPatient && (await countUndiffedPolls(tx, servers, untilAt)) > 0) return "waiting";

  const untold = await findUntoldSince(tx, recipient);
  const fromAt = earliest([toldUntil, ...waiting.map((one) => one.fromAt), ...(untold === null ? [] : [untold])]);
  const content = await compose(tx, servers, { fromAt, untilAt });
  await moveDigestCursor(tx, { ...recipient, toldUntil }, untilAt);
  if (plan.whenEmpty === "skip" && isQuiet(content)) return "skipped";
  const id = await oweDigest(tx, { destination: recipient.destination, receiver: plan.receiver }, content, now);
  await foldDigests(
    tx,
    waiting.map((one) => one.id),
    id,
    now,
  );
  return "owed";
}

function earliest(instants: readonly Date[]): Date {
  return new Date(Math.min(...instants.map((instant) => instant.getTime())));
}

function keyOf({ digest, destination }: DigestRecipient): string {
  return JSON.stringify([digest, destination]);
}
