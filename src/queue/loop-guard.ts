import { setTimeout as pause } from "node:timers/promises";

const RETRY_MS = 500;

/** Told how each command went, to keep the one record of whether the backend is there. */
export type Reachability = { failed(error: unknown): void; recovered(): void };

/**
 * Wraps the commands of a worker's endless loop. BullMQ repeats a failed one at once, unless it was refused a connection:
 * a backend that starts, or is full, would be hammered. Here each failure costs a pause, and a stop cuts it short.
 */
export class LoopGuard {
  private readonly stopping = new AbortController();
  private readonly reachability: Reachability;

  constructor(reachability: Reachability) {
    this.reachability = reachability;
  }

  get isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  stop(): void {
    this.stopping.abort();
  }

  /** What `command` answers; `otherwise` when it fails or the loop was stopped before it began. Never rejects. */
  async attempt<T>(command: () => Promise<T>, otherwise: T): Promise<T> {
    if (this.isStopped) return otherwise;
    try {
      const answer = await command();
      this.reachability.recovered();
      return answer;
    } catch (error) {
      return this.giveUp(error, otherwise);
    }
  }

  /** The same for a wait, which may end without a word from the backend and so says nothing good about it. */
  async attemptWait<T>(wait: () => Promise<T>, otherwise: T): Promise<T> {
    if (this.isStopped) return otherwise;
    try {
      return await wait();
    } catch (error) {
      return this.giveUp(error, otherwise);
    }
  }

  /** Settles as `wait` does, or with `otherwise` as soon as the loop is stopped. */
  untilStopped<T>(wait: Promise<T>, otherwise: T): Promise<T> {
    const { signal } = this.stopping;
    return new Promise((resolve, reject) => {
      const onStop = () => resolve(otherwise);
      if (signal.aborted) onStop();
      signal.addEventListener("abort", onStop, { once: true });
      // Taken off again, for a signal that lives for months would collect a listener for every wait.
      const settle = () => signal.removeEventListener("abort", onStop);
      wait.then(resolve, reject).then(settle, settle);
    });
  }

  private async giveUp<T>(error: unknown, otherwise: T): Promise<T> {
    if (!this.isStopped) {
      this.reachability.failed(error);
      await pause(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
    return otherwise;
  }
}
