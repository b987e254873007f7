import type { Logger } from "./logger.js";

/**
 * What was opened and has to be closed. Each cleanup is named as soon as its thing exists; `stop` runs them in reverse,
 * each bounded in time, and goes on when one fails. What is opened while it stops is closed by a later `stop`.
 */
export class Lifecycle {
  private readonly cleanups: { name: string; run: () => Promise<unknown> | unknown }[] = [];
  private stopping: Promise<void> = Promise.resolve();
  private readonly log: Logger;
  private readonly cleanupMsMax: number;

  constructor(log: Logger, cleanupMsMax = 4000) {
    this.log = log;
    this.cleanupMsMax = cleanupMsMax;
  }

  onStop(name: string, run: () => Promise<unknown> | unknown): void {
    this.cleanups.push({ name, run });
  }

  stop(): Promise<void> {
    this.stopping = this.stopping.then(() => this.runCleanups());
    return this.stopping;
  }

  private async runCleanups(): Promise<void> {
    for (;;) {
      const cleanup = this.cleanups.pop();
      if (cleanup === undefined) return;
      try {
        await within(this.cleanupMsMax, async () => cleanup.run());
      } catch (error) {
        this.log.warn({ cleanup: cleanup.name, err: error }, "Cleanup failed");
      }
    }
  }
}

async function within(limitMs: number, work: () => Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished after ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
