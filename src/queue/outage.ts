import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { NoAnswer } from "./within.js";

/** A backend that comes and goes is worth a line a minute, not a line a second. */
const WARN_EVERY_MS = 60_000;

const QUEUE_WORDS = { lost: "The queue cannot be reached", back: "The queue can be reached again" };

/** What a connection knows about its backend being away. It logs the first failure of an outage, and its end. */
export class Outage {
  private readonly log: Logger;
  private readonly clock: Clock;
  private readonly words: typeof QUEUE_WORDS;
  private current: { reason: string; beganAt: Date; warned: boolean } | null = null;
  private warnedAt: Date | null = null;
  private isClosed = false;

  constructor(log: Logger, clock: Clock, words = QUEUE_WORDS) {
    this.log = log;
    this.clock = clock;
    this.words = words;
  }

  /** Why the backend is thought to be away; null while it is not. */
  get reason(): string | null {
    return this.current?.reason ?? null;
  }

  /** From now on the connection is meant to be gone. */
  close(): void {
    this.isClosed = true;
  }

  failed(error: unknown): void {
    if (this.isClosed) return;
    const reason = reasonOf(error);
    if (this.current !== null) {
      if (!(error instanceof NoAnswer)) this.current.reason = reason;
      return;
    }
    const beganAt = this.clock();
    const warned = this.warnedAt === null || beganAt.getTime() - this.warnedAt.getTime() >= WARN_EVERY_MS;
    this.current = { reason, beganAt, warned };
    if (!warned) return;
    this.warnedAt = beganAt;
    this.log.warn({ reason }, this.words.lost);
  }

  recovered(): void {
    if (this.current === null) return;
    const { beganAt, warned } = this.current;
    this.current = null;
    if (warned) {
      this.log.info({ outage_ms: this.clock().getTime() - beganAt.getTime() }, this.words.back);
    }
  }
}

/**
 * One bounded sentence. Not the error itself, which in ioredis carries the command that failed with its arguments, and so
 * the password. An error that several addresses refused has an empty message of its own.
 */
export function reasonOf(error: unknown): string {
  const one = error instanceof AggregateError && error.message === "" ? error.errors[0] : error;
  return (one instanceof Error ? one.message : String(one)).slice(0, 200);
}
