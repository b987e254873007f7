import type { BackendFactory, IQueueBackend } from "bullmq";
import type { Reachability } from "./loop-guard.js";

/** The backends below bring their own connections, so BullMQ is handed none. */
export type NoOptions = Record<string, never>;

/**
 * One process's connections to the backend of the queue. It owns them all; BullMQ's queues and workers share them, and
 * closing one of those leaves them open.
 */
export interface QueueConnection extends Reachability {
  readonly createBackend: BackendFactory<IQueueBackend, NoOptions>;
  /** The prefix of Redis keys. Postgres has a schema instead. */
  readonly prefix: string | undefined;
  /** Why a command is not worth a try; null while it is. To ask costs nothing. */
  unreachableReason(): string | null;
  /** Why the backend is away, as far as is known; null when the last that was heard of it was good. */
  awayReason(): string | null;
  /** Bounded in time, also when the backend hangs. */
  close(): Promise<void>;
}
