import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Checkpoint } from "../../src/app/checkpoint.js";
import type { QueueSettings } from "../../src/queue/settings.js";
import { type SlackFailure, slackFailureOf, smtpFailureOf } from "./chaos-failures.js";
import { CAST, type Event, type Fault, type Schedule } from "./chaos-schedule.js";
import { type Truth, totalOf } from "./chaos-truth.js";
import { type FakeSlack, startFakeSlack } from "./fake-slack.js";
import { IMPATIENT, type StartedProcess, startProcess } from "./killed-process.js";
import { incompressible, lettersOf } from "./letters.js";
import type { RedisServer } from "./redis-server.js";
import type { RestartablePostgres } from "./restartable-postgres.js";
import type { SmallDisk } from "./small-disk.js";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.js";
import { openWorld, type World } from "./world.js";

/** Impatient through and through, so that what a fault left behind is found within a second. */
const POLICIES = {
  pollPolicy: { leaseMs: 1500, renewEveryMs: 300 },
  deliverPolicy: { ...IMPATIENT.deliverPolicy, leaseMs: 4000, sendMsMax: 2000 },
  rounds: { digestEveryMs: 30_000, sweepEveryMs: 1000, syncEveryMs: 1000 },
} as const;
const TIMEOUTS = { connectMs: 1000, headersMs: 2000, bodyMs: 2000 } as const;
const LINES_MAX = 12;
const RESTART_AFTER_MS = 100;
/** So that an error on a full disk does not fit into pages that Postgres has already. */
const LONG_TEXT = 20_000;

/** What a stage needs that nobody else uses meanwhile. `program`: as `startProcess` takes it. */
export type Requisites = {
  postgres: RestartablePostgres;
  redis: RedisServer | null;
  /** On which Postgres lies. */
  disk: SmallDisk | null;
  program: string;
};

/** Everything that a schedule plays on: servers, what stands between, and processes that come back when they end. */
export class ChaosStage {
  readonly raised: Truth[] = [];
  readonly slack: FakeSlack;
  readonly world: World;
  private readonly schedule: Schedule;
  private readonly database: TcpProxy;
  private readonly postgres: RestartablePostgres;
  private readonly redis: { proxy: TcpProxy; server: RedisServer } | null;
  private readonly disk: SmallDisk | null;
  private readonly program: string;
  private readonly databaseUrl: string;
  private readonly queue: QueueSettings;
  private readonly slots: { process: StartedProcess; keepsUp: Promise<void> }[] = [];
  private readonly processes: StartedProcess[] = [];
  private readonly crashes: string[] = [];
  /** Where a process is to kill itself when it is started the next time. */
  private readonly doomed = new Map<number, Checkpoint>();
  private readonly failing: { slack: SlackFailure };
  private isOver = false;
  private lasting: Promise<unknown>[] = [];

  private constructor(parts: {
    schedule: Schedule;
    world: World;
    slack: FakeSlack;
    database: TcpProxy;
    postgres: RestartablePostgres;
    redis: { proxy: TcpProxy; server: RedisServer } | null;
    disk: SmallDisk | null;
    failing: { slack: SlackFailure };
    program: string;
  }) {
    this.schedule = parts.schedule;
    this.world = parts.world;
    this.slack = parts.slack;
    this.database = parts.database;
    this.redis = parts.redis;
    this.disk = parts.disk;
    this.failing = parts.failing;
    this.program = parts.program;
    this.postgres = parts.postgres;
    this.databaseUrl = parts.database.through(parts.postgres.databaseUrl);
    this.queue =
      parts.redis === null
        ? { kind: "postgres", databaseUrl: this.databaseUrl }
        : {
            kind: "redis",
            url: parts.redis.proxy.through(parts.redis.server.redisUrl),
            prefix: `chaos-${parts.schedule.seed}`,
          };
  }

  static async open(schedule: Schedule, requisites: Requisites): Promise<ChaosStage> {
    const { postgres, redis, disk, program } = requisites;
    const failing: { slack: SlackFailure } = { slack: null };
    const slack = await startFakeSlack({ failWith: (method) => (method.startsWith("chat.") ? failing.slack : null) });
    const world = await openWorld({ integrations: 6, errors: 8, seed: schedule.seed });
    const server = schedule.queue === "redis" ? redis : null;
    const proxied = server === null ? null : { proxy: await startTcpProxy(server.redisUrl), server };
    const database = await startTcpProxy(postgres.databaseUrl);
    return new ChaosStage({ schedule, world, slack, database, postgres, redis: proxied, disk, failing, program });
  }

  /** Starts every process, and keeps each running until `settle`. */
  async start(): Promise<void> {
    for (const index of CAST.keys()) this.slots[index] = this.run(index);
    await Promise.all(this.slots.map(({ process }) => process.ready));
  }

  /** Plays the schedule to its end, and waits until all is well again. */
  async play(): Promise<void> {
    for (const { afterMs, does } of this.schedule.steps) {
      await delay(afterMs);
      await this.act(does);
    }
    await Promise.all(this.lasting);
    this.failing.slack = null;
    this.world.simulator.fail(null);
    await this.disk?.free();
    await this.postgres.start();
    await this.database.restore();
    await this.redis?.server.start();
    await this.redis?.proxy.restore();
  }

  /** Ends every process, and says which ended by themselves although they should not have. */
  async end(): Promise<readonly string[]> {
    this.isOver = true;
    for (const { process } of this.slots) process.terminate();
    await Promise.all(this.slots.map(({ keepsUp }) => keepsUp));
    return this.crashes;
  }

  async close(): Promise<void> {
    if (!this.isOver) await this.end();
    await Promise.all([this.database.close(), this.redis?.proxy.close(), this.slack.close(), this.world.close()]);
  }

  /** The end of what each process has logged, for whoever looks for a cause. */
  logged(): string {
    const ends = this.processes.map((process, index) => [`process ${index}:`, ...process.logged().slice(-LINES_MAX)]);
    return ends.flat().join("\n");
  }

  private run(index: number) {
    const dieAt = this.doomed.get(index) ?? null;
    this.doomed.delete(index);
    const env = {
      ...this.world.env,
      SLACK_API_URL: this.slack.apiUrl,
      SLACK_CHANNEL: this.slack.channel.id,
      SLACK_BOT_TOKEN: this.slack.token,
    };
    const { databaseUrl, queue } = this;
    const { clockJumpMs } = this.schedule;
    const patience = { policies: POLICIES, timeouts: TIMEOUTS };
    const settings = { env, databaseUrl, queue, dieAt, roles: CAST[index] ?? [], clockJumpMs, ...patience };
    const process = startProcess(settings, this.program);
    this.processes.push(process);
    return { process, keepsUp: this.keepUp(index, process) };
  }

  /** As what supervises it does: whatever ends is started again. */
  private async keepUp(index: number, process: StartedProcess): Promise<void> {
    const wasReady = process.ready;
    try {
      await process.ended;
    } catch (error) {
      // To give up while its database is away is what a process may do at its start, and never later.
      if (await wasReady) this.crashes.push(String(error));
      await delay(RESTART_AFTER_MS);
    }
    if (this.isOver) return;
    const next = this.run(index);
    this.slots[index] = next;
    await next.keepsUp;
  }

  private lasts(lastsMs: number, undo: () => unknown): void {
    this.lasting.push(delay(lastsMs).then(undo));
  }

  private async act(does: Fault | Event): Promise<void> {
    const { simulator, smtp } = this.world;
    switch (does.kind) {
      case "raise":
        return this.raise();
      case "grow":
        return this.change((id, total) => {
          simulator.grow(id, does.by);
          return total + does.by;
        });
      case "clear":
        return this.change((id) => {
          simulator.clear(id);
          return null;
        });
      case "kill":
        return this.slots[does.process]?.process.kill();
      case "terminate":
        return this.slots[does.process]?.process.terminate();
      case "die_at":
        this.doomed.set(does.process, does.checkpoint);
        return this.slots[does.process]?.process.kill();
      case "jump_clock": {
        const process = this.slots[does.process]?.process;
        if ((await process?.ready) !== true) return;
        process?.jumpClock();
        return this.lasts(does.lastsMs, () => process?.jumpClock());
      }
      case "cut_database":
        await this.database.cut();
        return this.lasts(does.lastsMs, () => this.database.restore());
      case "freeze_database":
        this.database.freeze();
        return this.lasts(does.lastsMs, () => this.database.restore());
      case "restart_database":
        await this.postgres.end(does.ending);
        return this.lasts(does.lastsMs, () => this.postgres.start());
      case "fill_disk":
        await this.disk?.fill();
        return this.lasts(does.lastsMs, () => this.disk?.free());
      case "cut_redis":
        await this.redis?.proxy.cut();
        return this.lasts(does.lastsMs, () => this.redis?.proxy.restore());
      case "freeze_redis":
        this.redis?.proxy.freeze();
        return this.lasts(does.lastsMs, () => this.redis?.proxy.restore());
      case "restart_redis":
        await this.redis?.server.kill();
        return this.lasts(does.lastsMs, () => this.redis?.server.start());
      case "flush_redis":
        return this.onRedis((redis) => redis.flushall());
      case "fill_redis":
        await this.onRedis((redis) => redis.config("SET", "maxmemory", "1"));
        return this.lasts(does.lastsMs, () => this.onRedis((redis) => redis.config("SET", "maxmemory", "0")));
      case "polarity":
        simulator.fail(does.mode, does.mode === "rate-limited" ? { retryAfterSeconds: 1 } : {});
        return this.lasts(does.lastsMs, () => simulator.fail(null));
      case "polarity_blind":
        return simulator.fail("blind", { times: 2 }); // the list, and the integrations that would contradict it
      case "restart_polarity":
        simulator.fail("unreachable");
        return this.lasts(does.lastsMs, () => {
          simulator.restart({ rekey: does.rekey, resetCounters: false });
          simulator.fail(null);
        });
      case "slack":
        this.failing.slack = slackFailureOf(does.failure);
        return this.lasts(does.lastsMs, () => {
          this.failing.slack = null;
        });
      case "smtp":
        return smtp.failNext(...Array.from({ length: does.mails }, () => smtpFailureOf(does.failure)));
      default:
        throw new Error(`Unknown step: ${JSON.stringify(does satisfies never)}`);
    }
  }

  private raise(): void {
    const title = `Broken ${lettersOf(this.raised.length)} ${lettersOf(this.schedule.seed)}`;
    const integrations = this.world.simulator.truth().integrations;
    const { id: integrationId } = integrations[this.raised.length % integrations.length] ?? { id: "" };
    const description = this.disk === null ? null : incompressible(title, LONG_TEXT);
    const texts = { title, detail: title, description, httpStatus: 401 };
    this.world.simulator.raise({ integrationId, ...texts, occurrences: 2 });
    this.raised.push({ title, past: [{ sinceMs: Date.now(), total: 2 }] });
  }

  /** Something happens to the error that was raised last of those that are still there; `apply` gives its new total. */
  private change(apply: (id: string, total: number) => number | null): void {
    const found = this.raised.findLast((truth) => totalOf(truth) !== null);
    const total = found === undefined ? null : totalOf(found);
    if (found === undefined || total === null) this.raise();
    else found.past.push({ sinceMs: Date.now(), total: apply(this.idOf(found.title), total) });
  }

  /** A restart gives new ones. */
  private idOf(title: string): string {
    const id = this.world.simulator.truth().errors.find((error) => error.title === title)?.id;
    if (id === undefined) throw new Error(`The server has no error ${title}`);
    return id;
  }

  private async onRedis(work: (redis: Redis) => Promise<unknown>): Promise<void> {
    if (this.redis === null) return;
    const redis = new Redis(this.redis.server.redisUrl, { maxRetriesPerRequest: 1 });
    try {
      await work(redis);
    } catch (error) {
      if (!(error instanceof Error) || !/ECONNREFUSED|max retries|Connection is closed/.test(String(error)))
        throw error;
      // It is away by another fault, and will come back empty and with all its room.
    } finally {
      redis.disconnect();
    }
  }
}
