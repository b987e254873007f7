import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Checkpoint } from "../../src/app/checkpoint.js";
import type { QueueSettings } from "../../src/queue/settings.js";
import { CAST, type Event, type Fault, type Schedule } from "./chaos-schedule.js";
import { type FakeSlack, startFakeSlack } from "./fake-slack.js";
import { type StartedProcess, startProcess } from "./killed-process.js";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.js";
import { openWorld, type World } from "./world.js";

/** What the watched server truly had, whatever was seen of it. */
export type Seen = {
  title: string;
  isCleared: boolean;
  /** Every total that it ever showed. */
  totals: Set<number>;
  total: number;
};

type SlackFailure = ReturnType<NonNullable<NonNullable<Parameters<typeof startFakeSlack>[0]>["failWith"]>>;

/** Everything that a schedule plays on: servers, what stands between, and processes that come back when they end. */
export class ChaosStage {
  readonly raised = new Map<string, Seen>();
  readonly slack: FakeSlack;
  readonly world: World;
  private readonly schedule: Schedule;
  private readonly database: TcpProxy;
  private readonly redis: { proxy: TcpProxy; url: string } | null;
  private readonly databaseUrl: string;
  private readonly queue: QueueSettings;
  private readonly slots: { process: StartedProcess; keepsUp: Promise<void> }[] = [];
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
    databaseUrl: string;
    redis: { proxy: TcpProxy; url: string } | null;
    failing: { slack: SlackFailure };
  }) {
    this.schedule = parts.schedule;
    this.world = parts.world;
    this.slack = parts.slack;
    this.database = parts.database;
    this.redis = parts.redis;
    this.failing = parts.failing;
    this.databaseUrl = parts.database.through(parts.databaseUrl);
    this.queue =
      parts.redis === null
        ? { kind: "postgres", databaseUrl: this.databaseUrl }
        : { kind: "redis", url: parts.redis.proxy.through(parts.redis.url), prefix: `chaos-${parts.schedule.seed}` };
  }

  /** `redisUrl`: of a Redis that nobody else uses. */
  static async open(schedule: Schedule, databaseUrl: string, redisUrl: string | null): Promise<ChaosStage> {
    const failing: { slack: SlackFailure } = { slack: null };
    const slack = await startFakeSlack({ failWith: (method) => (method.startsWith("chat.") ? failing.slack : null) });
    const world = await openWorld({ integrations: 6, errors: 8, seed: schedule.seed });
    const redis =
      schedule.queue === "redis" && redisUrl !== null ? { proxy: await startTcpProxy(redisUrl), url: redisUrl } : null;
    const database = await startTcpProxy(databaseUrl);
    return new ChaosStage({ schedule, world, slack, database, databaseUrl, redis, failing });
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
    await this.database.restore();
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

  private run(index: number) {
    const dieAt = this.doomed.get(index) ?? null;
    this.doomed.delete(index);
    const process = startProcess({
      env: {
        ...this.world.env,
        SLACK_API_URL: this.slack.apiUrl,
        SLACK_CHANNEL: this.slack.channel.id,
        SLACK_BOT_TOKEN: this.slack.token,
      },
      databaseUrl: this.databaseUrl,
      queue: this.queue,
      dieAt,
      roles: CAST[index] ?? [],
      clockJumpMs: this.schedule.clockJumpMs,
    });
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
      await delay(200);
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
        return this.change((id, seen) => {
          simulator.grow(id, does.by);
          seen.total += does.by;
          seen.totals.add(seen.total);
        });
      case "clear":
        return this.change((id, seen) => {
          simulator.clear(id);
          seen.isCleared = true;
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
      case "cut_redis":
        await this.redis?.proxy.cut();
        return this.lasts(does.lastsMs, () => this.redis?.proxy.restore());
      case "freeze_redis":
        this.redis?.proxy.freeze();
        return this.lasts(does.lastsMs, () => this.redis?.proxy.restore());
      case "flush_redis":
        return this.onRedis((redis) => redis.flushall());
      case "fill_redis":
        await this.onRedis((redis) => redis.config("SET", "maxmemory", "1"));
        return this.lasts(does.lastsMs, () => this.onRedis((redis) => redis.config("SET", "maxmemory", "0")));
      case "polarity":
        simulator.fail(does.mode);
        return this.lasts(does.lastsMs, () => simulator.fail(null));
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
    const title = `Broken ${lettersOf(this.raised.size)} ${lettersOf(this.schedule.seed)}`;
    const integrations = this.world.simulator.truth().integrations;
    const { id: integrationId } = integrations[this.raised.size % integrations.length] ?? { id: "" };
    const texts = { title, detail: title, description: null, httpStatus: 401 };
    const id = this.world.simulator.raise({ integrationId, ...texts, occurrences: 2 });
    this.raised.set(id, { title, isCleared: false, totals: new Set([2]), total: 2 });
  }

  /** Something happens to the error that was raised last of those that are still there. */
  private change(apply: (id: string, seen: Seen) => void): void {
    const found = [...this.raised].findLast(([, seen]) => !seen.isCleared);
    if (found === undefined) this.raise();
    else apply(...found);
  }

  private async onRedis(work: (redis: Redis) => Promise<unknown>): Promise<void> {
    if (this.redis === null) return;
    const redis = new Redis(this.redis.url, { maxRetriesPerRequest: 1 });
    try {
      await work(redis);
    } finally {
      redis.disconnect();
    }
  }
}

/** A name of letters alone: digits would be masked, and all of these be one error. */
function lettersOf(number: number): string {
  return [...String(number)].map((digit) => "qwrtpsdfgh"[Number(digit)]).join("");
}

function slackFailureOf(failure: Extract<Fault, { kind: "slack" }>["failure"]): SlackFailure {
  switch (failure) {
    case "500":
      return { kind: "answer", httpStatus: 500 };
    case "429":
      return { kind: "answer", httpStatus: 429, headers: { "retry-after": "1" } };
    case "drop request":
      return { kind: "drop-request" };
    case "drop reply":
      return { kind: "drop-reply" };
    case "hang":
      return { kind: "hang" };
    default:
      throw new Error(`Unknown failure: ${JSON.stringify(failure satisfies never)}`);
  }
}

function smtpFailureOf(failure: Extract<Fault, { kind: "smtp" }>["failure"]) {
  switch (failure) {
    case "421":
      return { kind: "refuse-mail", code: 421 } as const;
    case "drop before":
      return { kind: "drop-before-data" } as const;
    case "drop after":
      return { kind: "drop-after-data" } as const;
    default:
      throw new Error(`Unknown failure: ${JSON.stringify(failure satisfies never)}`);
  }
}
