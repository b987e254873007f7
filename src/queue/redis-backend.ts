import { type QueueBaseOptions, QueueKeys, type RedisConnection, RedisQueueBackend } from "bullmq";
import type { NoOptions } from "./connection.js";
import { LoopGuard, type Reachability } from "./loop-guard.js";
import type { RedisClient } from "./redis-client.js";
import { NoAnswer } from "./within.js";

/** The socket on which a worker waits for a job: while it waits, nothing else can be sent there. */
export type BlockingSocket = { redis: RedisClient; connection: RedisConnection; release(): void };

/** A queue, or with a socket to wait on a worker, on commands that it shares with all others of this process. */
export class SharedRedisBackend extends RedisQueueBackend {
  private readonly guard: LoopGuard;
  private readonly socket: BlockingSocket | undefined;
  private readonly main: RedisClient;

  constructor(
    main: { redis: RedisClient; connection: RedisConnection },
    name: string,
    options: QueueBaseOptions<NoOptions>,
    prefix: string,
    reachability: Reachability,
    socket: BlockingSocket | undefined,
  ) {
    const keys = new QueueKeys(prefix);
    super(
      main.connection,
      name,
      keys.getKeys(name),
      (type) => keys.toKey(name, type),
      options,
      socket?.connection,
      false,
    );
    this.guard = new LoopGuard(reachability);
    this.socket = socket;
    this.main = main.redis;
  }

  override moveToActive(token: string, name?: string): Promise<unknown[]> {
    return this.guard.attempt(() => this.connected(() => super.moveToActive(token, name)), []);
  }

  override waitForJob(blockSeconds: number): ReturnType<RedisQueueBackend["waitForJob"]> {
    const wait = () => this.connected(() => super.waitForJob(blockSeconds));
    return this.guard.attemptWait(() => this.guard.untilStopped(wait(), null), null);
  }

  override moveStalledJobsToWait(): Promise<string[]> {
    return this.guard.attempt(() => this.connected(() => super.moveStalledJobsToWait()), []);
  }

  /** The end of a job, too, waits for this: a socket to wait on is not needed there. */
  override waitUntilReady(): Promise<void> {
    return this.guard.untilStopped(
      this.connection.client.then(() => undefined),
      undefined,
    );
  }

  override reconnectBlocking(): Promise<void> {
    return this.guard.untilStopped(super.reconnectBlocking(), undefined);
  }

  /** Only a worker that closes does this, so no job is taken any more. */
  override async disconnectBlocking(): Promise<void> {
    this.guard.stop();
    this.socket?.release();
  }

  override close(): Promise<void> {
    this.closing ??= this.disconnectBlocking();
    return this.closing;
  }

  /** BullMQ waits for a first connection without end; with this, a stop or a retry comes between. */
  private async connected<T>(command: () => Promise<T>): Promise<T> {
    if (this.main.status !== "ready") throw new NoAnswer("Redis is not connected");
    return command();
  }
}
