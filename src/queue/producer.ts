import type { QueueConnection } from "./connection.js";
import type { JobName } from "./jobs.js";
import { ask, type Queues } from "./queues.js";

/**
 * Wakes the steps. True: the queue has it. False: the queue could not be reached, or did not answer within 2 s, and the
 * sweep will find what was missed. Never rejects.
 */
export interface Producer {
  wakePoll(server: string): Promise<boolean>;
  wakeDiff(server: string): Promise<boolean>;
  /** Not before `delayMs` are over. */
  wakeNotify(destination: string, delayMs: number): Promise<boolean>;
  wakeDigest(): Promise<boolean>;
}

export function createProducer(connection: QueueConnection, queues: Queues): Producer {
  const wake = async (job: JobName, data: Record<string, string>, delayMs = 0): Promise<boolean> => {
    const delay = Math.max(0, Math.ceil(delayMs));
    try {
      await ask(connection, () => queues[job].add(job, data, { delay }));
      return true;
    } catch {
      return false; // the connection logs it, once for each outage
    }
  };
  return {
    wakePoll: (server) => wake("poll", { server }),
    wakeDiff: (server) => wake("diff", { server }),
    wakeNotify: (destination, delayMs) => wake("notify", { destination }, delayMs),
    wakeDigest: () => wake("digest", {}),
  };
}
