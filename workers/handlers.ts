import { noProbe, type Probe } from "../src/app/checkpoint.js";
import { DEFAULT_DELIVER_POLICY, type DeliverPolicy } from "../src/app/delivering.js";
import type { Policy } from "../src/app/diff-work.js";
import type { Meter, Step } from "../src/app/meter.js";
import type { Links } from "../src/app/notification.js";
import { DEFAULT_POLL_POLICY, type PollPolicy } from "../src/app/poll.js";
import type { Config } from "../src/config/config.js";
import { DEFAULT_DIFF_POLICY, type DiffPolicy } from "../src/domain/diff.js";
import { DRILL_RULES, DRILL_SERVER } from "../src/domain/drill.js";
import type { ServerId } from "../src/domain/snapshot.js";
import type { Clock } from "../src/lib/clock.js";
import type { Logger } from "../src/lib/logger.js";
import { Places } from "../src/lib/places.js";
import type { Handlers } from "../src/queue/consumer.js";
import type { JobName } from "../src/queue/jobs.js";
import type { JobQueue } from "../src/queue/queue.js";
import type { SpanNotes } from "../src/queue/traces.js";
import type { Database } from "../src/store/prisma.js";
import { timeTransactions } from "../src/store/timed.js";
import { diffWorker } from "./diff.js";
import { digestWorker } from "./digest.js";
import type { Live } from "./live.js";
import { notifyWorker } from "./notify.js";
import { pollWorker } from "./poll.js";
import type { Role } from "./roles.js";
import { sweepWorker } from "./sweep.js";

/** How many jobs of a step one process does at a time, besides those that wait for a slow server or destination. */
export const CONCURRENCY = { poll: 4, diff: 4, notify: 8, digest: 1, sweep: 1 } as const satisfies Record<
  JobName,
  number
>;
/** What is not answered by then waits aside: forty servers that hang begin to do so each second. */
const PATIENCE_MS = 100;

/** Left out, each is what it usually is. */
export type StepPolicies = {
  probe?: Probe;
  diffPolicy?: DiffPolicy;
  pollPolicy?: PollPolicy;
  deliverPolicy?: DeliverPolicy;
};

export type Shared = {
  db: Database;
  pollsDb: Database;
  deliveriesDb: Database;
  queue: JobQueue;
  live: Live;
  workerId: string;
  links: Links;
  meter: Meter;
  notes: SpanNotes;
};

/** What this process does when it is woken for a step. */
export function buildHandlers(
  parts: StepPolicies & { roles: ReadonlySet<Role>; clock: Clock; random: () => number; log: Logger },
  shared: Shared,
): Handlers {
  const { live } = shared;
  const { roles, clock, random, log } = parts;
  const { wakePoll, wakeDiff, wakeNotify, wakeDigest } = shared.queue.producer;
  const wakes = { wakePoll, wakeDiff, wakeNotify, wakeDigest };
  const dbOf = (step: Step, db = shared.db) =>
    timeTransactions(db, (elapsedMs) => shared.meter.transactionEnded(step, elapsedMs));
  const deps = {
    ...shared,
    ...wakes,
    clock,
    random,
    log,
    probe: parts.probe ?? noProbe,
    digests: live.digests,
    drillTimes: live.drillTimes,
  };
  return {
    ...(roles.has("poll") && {
      poll: pollWorker(
        {
          ...deps,
          db: dbOf("poll", shared.pollsDb),
          places: new Places(CONCURRENCY.poll, PATIENCE_MS),
          policy: parts.pollPolicy ?? DEFAULT_POLL_POLICY,
        },
        live.serverOf,
      ),
    }),
    ...(roles.has("diff") && {
      diff: diffWorker({
        ...deps,
        db: dbOf("diff", shared.pollsDb),
        routing: live.routing,
        policyOf: (serverId) => policyOf(live.config, parts.diffPolicy, serverId),
      }),
    }),
    ...(roles.has("notify") && {
      notify: notifyWorker({
        ...deps,
        db: dbOf("notify", shared.deliveriesDb),
        notifierOf: live.notifierOf,
        telling: () => live.telling,
        patienceMs: PATIENCE_MS,
        policy: parts.deliverPolicy ?? DEFAULT_DELIVER_POLICY,
      }),
    }),
    ...(roles.has("digest") && { digest: digestWorker({ ...deps, db: dbOf("digest") }) }),
    ...(roles.has("sweep") && {
      sweep: sweepWorker({
        ...deps,
        db: dbOf("sweep"),
        telling: () => live.telling,
        backlog: () => backlogOf(shared.queue),
        retention: () => live.config.retention,
      }),
    }),
  };
}

/** A queue that cannot be asked cannot be woken either. */
async function backlogOf(queue: JobQueue): Promise<{ polls: number; diffs: number }> {
  try {
    const { poll, diff } = await queue.depth();
    return { polls: poll.waiting, diffs: diff.waiting };
  } catch {
    return { polls: 0, diffs: 0 };
  }
}

/** By what the diff decides, as the configuration has it now. */
export function policyOf({ rules, vendorWide }: Config, diff = DEFAULT_DIFF_POLICY, serverId?: ServerId): Policy {
  return { diff, rules: serverId === DRILL_SERVER ? DRILL_RULES : rules, vendorWide };
}
