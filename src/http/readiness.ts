import { formatDuration } from "../domain/duration.js";
import { overdueMs } from "../domain/overdue.js";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { findPollAges } from "../store/history/poll-ages.js";
import type { Database } from "../store/prisma.js";
import type { Problem } from "./problem.js";
import { within } from "./within.js";

/** What is asked of the queue: whether it answers. */
export type QueueHealth = { health(): Promise<{ reachable: true } | { reachable: false; reason: string }> };

type ReadinessDeps = { db: Database; queue: QueueHealth; clock: Clock; log: Logger };

const CHECK_MS_MAX = 2000;

/**
 * Gives what keeps polarwatch from doing its work; nothing when all is well. Each check takes at most two seconds, and
 * whoever asks while one is under way shares its answer.
 */
export function createReadiness(deps: ReadinessDeps): () => Promise<Problem[]> {
  let underWay: Promise<Problem[]> | null = null;
  return () => {
    underWay ??= checkAll(deps).finally(() => {
      underWay = null;
    });
    return underWay;
  };
}

async function checkAll(deps: ReadinessDeps): Promise<Problem[]> {
  const [servers, queue] = await Promise.all([checkServers(deps), checkQueue(deps)]);
  return [...servers, ...queue];
}

async function checkServers({ db, clock, log }: ReadinessDeps): Promise<Problem[]> {
  try {
    const ages = await within(CHECK_MS_MAX, findPollAges(db));
    const now = clock();
    return ages.flatMap((age) => {
      const ms = overdueMs(age, now);
      return ms === null ? [] : [unreadServer(age.server, age.lastGoodPollAt, ms)];
    });
  } catch (error) {
    log.debug({ err: error }, "Postgres was not ready");
    return [
      notReady("postgres", "Postgres does not answer", `It did not answer a query within ${CHECK_MS_MAX / 1000} s.`),
    ];
  }
}

function unreadServer(server: string, lastGoodPollAt: Date | null, ms: number): Problem {
  const detail =
    lastGoodPollAt === null
      ? `${server} has not been read since it was configured, ${formatDuration(ms)} ago.`
      : `${server} was last read ${formatDuration(ms)} ago, at ${lastGoodPollAt.toISOString()}.`;
  return notReady("server", "A server is not being read", detail);
}

async function checkQueue({ queue, log }: ReadinessDeps): Promise<Problem[]> {
  const title = "The queue does not answer";
  try {
    const health = await within(CHECK_MS_MAX, queue.health());
    return health.reachable ? [] : [notReady("queue", title, `It cannot be reached: ${health.reason}.`)];
  } catch (error) {
    log.debug({ err: error }, "The queue was not ready");
    return [notReady("queue", title, `It did not answer within ${CHECK_MS_MAX / 1000} s.`)];
  }
}

/** For those who may not know more. */
export const NOT_READY: Problem = notReady("not-ready", "Not ready", "Ask with a token to learn why.");

function notReady(code: string, title: string, detail: string): Problem {
  return { httpStatus: 503, code, title, detail, parameter: null };
}
