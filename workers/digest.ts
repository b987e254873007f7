import { type DigestDeps, type DigestPlan, oweDigests } from "../src/app/digest.js";
import type { Config, DigestConfig } from "../src/config/config.js";
import { parseSchedule } from "../src/lib/cron.js";
import type { Logger } from "../src/lib/logger.js";
import type { Handlers } from "../src/queue/consumer.js";

/** Owes the digests that are due; speaks only when there was one. */
export function digestWorker(deps: DigestDeps & { log: Logger }): NonNullable<Handlers["digest"]> {
  return async () => {
    const startedAt = deps.clock();
    const summary = await oweDigests(deps);
    const elapsed_ms = deps.clock().getTime() - startedAt.getTime();
    const found = summary.owed + summary.skipped > 0;
    deps.log[found ? "info" : "debug"]({ ...summary, elapsed_ms }, "Digests looked at");
  };
}

/** The digests of a configuration, ready to be asked when they are due. */
export function digestPlansOf({ digests }: Pick<Config, "digests">): DigestPlan[] {
  return digests.map(digestPlanOf);
}

function digestPlanOf(digest: DigestConfig): DigestPlan {
  const times = parseSchedule(digest.schedule, digest.timeZone);
  if (times === null) throw new Error(`The schedule of digest ${digest.name} was not validated`);
  return { ...digest, times };
}
