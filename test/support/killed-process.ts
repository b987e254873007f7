import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Checkpoint } from "../../src/app/checkpoint.js";
import type { QueueSettings } from "../../src/queue/settings.js";

const DIST = new URL("../../dist/", import.meta.url);

/** Runs the compiled product as a real process does, but short of patience: 500 ms between polls, leases of seconds. */
const SCRIPT = `
const [settings] = process.argv.slice(1).map((text) => JSON.parse(text));
const load = (path) => import(new URL(path, settings.dist));
const { loadConfig } = await load("src/config/load-config.js");
const { Lifecycle } = await load("src/lib/lifecycle.js");
const { createLogger } = await load("src/lib/logger.js");
const { startPolarwatch } = await load("workers/main.js");
const { DEFAULT_DIFF_POLICY } = await load("src/domain/diff.js");
const loaded = loadConfig({ env: settings.env, cwd: "/", readFile: () => { throw Object.assign(new Error("none"), { code: "ENOENT" }); }, isTerminal: false });
if (loaded.kind === "invalid") throw new Error(JSON.stringify(loaded.problems));
const config = { ...loaded.config, servers: loaded.config.servers.map((server) => ({ ...server, intervalMs: 500 })) };
const log = createLogger({ level: "info", format: "json" });
const life = new Lifecycle(log);
const probe = (checkpoint) => {
  if (checkpoint === settings.dieAt) process.kill(process.pid, "SIGKILL");
};
process.on("SIGTERM", async () => { await life.stop(); process.exit(0); });
await startPolarwatch({
  config, databaseUrl: settings.databaseUrl, queue: settings.queue, roles: new Set(["poll", "diff", "notify", "sweep"]),
  clock: () => new Date(), random: Math.random, log, probe,
  console: { write: () => {}, isColored: false, timeZone: "UTC" },
  diffPolicy: { ...DEFAULT_DIFF_POLICY, blindIntervals: 1000, catchUpIntervals: 10000 },
  pollPolicy: { leaseMs: 2000, renewEveryMs: 500 },
  deliverPolicy: { retry: { delayMsMin: 100, delayMsMax: 500 }, leaseMs: 6000, sendMsMax: 5000 },
}, life);
process.stdout.write("ready\\n");
`;

export type ProcessSettings = {
  env: Readonly<Record<string, string>>;
  databaseUrl: string;
  queue: QueueSettings;
  /** Kills itself with SIGKILL when it first passes this place; lives on without it. */
  dieAt?: Checkpoint;
};

/** A process of the compiled product, with what it said on standard error. */
export class ProductProcess {
  readonly child: ChildProcess;
  private readonly said: string[] = [];
  private readonly ended: Promise<unknown[]>;

  constructor(settings: ProcessSettings) {
    const argument = JSON.stringify({ dist: DIST.href, ...settings });
    this.child = spawn(process.execPath, ["--input-type=module", "-e", SCRIPT, argument], {
      cwd: fileURLToPath(DIST),
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => this.said.push(text));
    this.ended = once(this.child, "exit");
  }

  /** The signal that ended it, or null when it exited by itself; then it says why. */
  async untilEnded(): Promise<NodeJS.Signals | null> {
    const [code, signal] = await this.ended;
    if (signal === null && code !== 0) throw new Error(`The process exited with ${code}:\n${this.said.join("")}`);
    return (signal ?? null) as NodeJS.Signals | null;
  }

  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    await this.ended;
  }

  get log(): string {
    return this.said.join("");
  }
}
