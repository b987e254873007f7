import { type PostgresConnection, PostgresQueueBackend, type QueueBaseOptions } from "bullmq";
import type { NoOptions } from "./connection.js";
import { LoopGuard, type Reachability } from "./loop-guard.js";

/** A queue or a worker on a connection that it shares with all others of this process. */
export class SharedPostgresBackend extends PostgresQueueBackend {
  private readonly guard: LoopGuard;
  /** Interrupted and allowed again, it listens anew: BullMQ does so itself only on a connection that is not shared. */
  private readonly onListenerLost = () => {
    if (this.guard.isStopped) return;
    void super.disconnectBlocking();
    void super.reconnectBlocking();
  };

  constructor(
    connection: PostgresConnection,
    name: string,
    options: QueueBaseOptions<NoOptions>,
    reachability: Reachability,
    isWorker: boolean,
  ) {
    super(connection, name, options, false);
    this.guard = new LoopGuard(reachability);
    if (isWorker) connection.on("listenerinvalidated", this.onListenerLost);
  }

  override moveToActive(token: string, name?: string): Promise<unknown[]> {
    return this.guard.attempt(() => super.moveToActive(token, name), []);
  }

  override waitForJob(blockSeconds: number): ReturnType<PostgresQueueBackend["waitForJob"]> {
    return this.guard.attemptWait(() => super.waitForJob(blockSeconds), null);
  }

  override moveStalledJobsToWait(): Promise<string[]> {
    return this.guard.attempt(() => super.moveStalledJobsToWait(), []);
  }

  /** Only a worker that closes does this, so no job is taken any more. */
  override disconnectBlocking(): Promise<void> {
    this.guard.stop();
    this.connection.off("listenerinvalidated", this.onListenerLost);
    return super.disconnectBlocking();
  }

  override close(): Promise<void> {
    this.closing ??= this.disconnectBlocking();
    return this.closing;
  }
}
