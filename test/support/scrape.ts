import { createProcessMetrics } from "../../src/http/process-metrics.js";
import { createLogger } from "../../src/lib/logger.js";
import { Places } from "../../src/lib/places.js";
import { NO_TRACES } from "../../src/queue/traces.js";
import type { Database } from "../../src/store/prisma.js";
import { timeTransactions } from "../../src/store/timed.js";
import { diffWorker } from "../../workers/diff.js";
import { notifyWorker } from "../../workers/notify.js";
import { pollWorker } from "../../workers/poll.js";
import { type Family, parseExposition } from "./exposition.js";
import { ask, startHttp } from "./http-server.js";
import { aFailure, anError, aRead, MINUTE, ONCALL, PROD, someErrors, Watch } from "./watch.js";

/** What `/metrics` says after two good polls and a failed one, by the workers that a process runs. */
export async function scrapeAfterThreePolls(db: Database): Promise<Map<string, Family>> {
  const watch = await Watch.open(db);
  const { registry, meter } = createProcessMetrics();
  const { notes } = NO_TRACES;
  const log = createLogger({ level: "silent", format: "json" });
  const timed = timeTransactions(db, (elapsedMs) => meter.transactionEnded("diff", elapsedMs));
  const answers = [aRead(someErrors()), aRead([...someErrors(), anError({ polarityId: "new" })]), aFailure("timeout")];
  const read = async () => answers.shift() ?? aFailure("timeout");
  const poll = pollWorker({ ...watch.pollDeps, log, meter, notes, places: new Places(1, 1000) }, (id) => ({
    id,
    intervalMs: MINUTE,
    read,
  }));
  const diff = diffWorker({ ...watch.diffDeps, db: timed, log, meter, notes });
  const notify = notifyWorker({ ...watch.deliverDeps, meter, notes, patienceMs: 1000 });
  const signal = new AbortController().signal;
  const handBack = () => {};
  for (const _ of [...answers]) {
    watch.clock.advance(MINUTE);
    await poll({ server: PROD }, signal, handBack);
    await diff({ server: PROD }, signal, handBack);
    await notify({ destination: ONCALL }, signal, handBack);
  }
  const depth = { waiting: 2, delayed: 1, active: 0, oldestAt: new Date(watch.clock().getTime() - 5000) };
  const server = await startHttp({ ...watch, queue: { depth: async () => ({ notify: depth }) }, ownMetrics: registry });
  return parseExposition((await ask(server, "/metrics")).text);
}
