import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Checkpoint } from "../../src/app/checkpoint.js";
import type { DeliverPolicy } from "../../src/app/delivering.js";
import type { PollPolicy } from "../../src/app/poll.js";
import type { Timeouts } from "../../src/polarity/transport.js";
import type { QueueSettings } from "../../src/queue/settings.js";
import type { Role } from "../../workers/roles.js";
import type { RoundsPolicy } from "../../workers/schedules.js";

const DIST = new URL("../../dist/", import.meta.url);

/** Short of patience: what a process that died has claimed is another's within seconds. */
export const IMPATIENT = {
  pollPolicy: { leaseMs: 2000, renewEveryMs: 500 },
  deliverPolicy: { retry: { delayMsMin: 100, delayMsMax: 500 }, leaseMs: 10_000, sendMsMax: 5000 },
} as const;

/** What the program of a process takes from the compiled product. */
export const PROCESS_MODULES = [
  "src/config/load-config.js",
  "src/lib/lifecycle.js",
  "src/lib/logger.js",
  "workers/main.js",
  "src/domain/diff.js",
] as const;

/** Who lives for seconds wins nothing by optimized WebAssembly, and making it is half of a start. */
export const PROCESS_FLAGS = ["--liftoff-only"] as const;

/** Runs the compiled product as a real process does, but polls each 500 ms, and is short of patience. */
export const PROCESS_MAIN = `async (product, argument) => {
  const { loadConfig, Lifecycle, createLogger, startPolarwatch, DEFAULT_DIFF_POLICY } = product;
  const settings = JSON.parse(argument);
  const loaded = loadConfig({ env: settings.env, cwd: "/", readFile: () => { throw Object.assign(new Error("none"), { code: "ENOENT" }); }, isTerminal: false });
  if (loaded.kind === "invalid") throw new Error(JSON.stringify(loaded.problems));
  const unlimited = ({ kind, settings, ...rest }) => ({ kind, settings: kind === "slack" ? { ...settings, storm: { messages: 1000, window: 600000 } } : settings, ...rest });
  const config = {
    ...loaded.config,
    servers: loaded.config.servers.map((server) => ({ ...server, intervalMs: 500, timeouts: settings.timeouts ?? server.timeouts })),
    receivers: loaded.config.receivers.map((receiver) => ({ ...receiver, destinations: receiver.destinations.map(unlimited) })),
  };
  const log = createLogger({ level: "info", format: "json" });
  const life = new Lifecycle(log);
  process.on("SIGTERM", () => void life.stop().then(() => process.exit(0)));
  let offsetMs = 0;
  process.on("SIGUSR2", () => { offsetMs = offsetMs === 0 ? (settings.clockJumpMs ?? 0) : 0; });
  let passes = 0;
  const probe = (checkpoint) => {
    if (checkpoint !== settings.dieAt) return;
    passes += 1;
    if (passes === (settings.onPass ?? 1)) process.kill(process.pid, "SIGKILL");
  };
  await startPolarwatch({
    config, databaseUrl: settings.databaseUrl, queue: settings.queue, roles: new Set(settings.roles ?? ["poll", "diff", "notify", "sweep"]),
    clock: () => new Date(Date.now() + offsetMs), random: Math.random, log, probe,
    console: { write: () => {}, isColored: false, timeZone: "UTC" },
    diffPolicy: { ...DEFAULT_DIFF_POLICY, blindIntervals: 1000, catchUpIntervals: 10000 },
    ...settings.policies,
  }, life);
  process.stdout.write("ready\\n");
}`;

const FROM_DIST = `
const { dist, modules } = JSON.parse(process.argv[1]);
const loaded = await Promise.all(modules.map((path) => import(new URL(path, dist))));
await (${PROCESS_MAIN})(Object.assign({}, ...loaded), process.argv[2]);
`;

export type ProcessSettings = {
  env: Readonly<Record<string, string>>;
  databaseUrl: string;
  queue: QueueSettings;
  /** Kills itself with SIGKILL when it passes this place; null: never. */
  dieAt: Checkpoint | null;
  /** The first time unless told. */
  onPass?: number;
  /** All but the page unless told. */
  roles?: readonly Role[];
  /** By how much `jumpClock` sets its clock off. */
  clockJumpMs?: number;
  /** Of reading the watched server; the product's own unless told. */
  timeouts?: Timeouts;
  /** `IMPATIENT` unless told. */
  policies?: { pollPolicy: PollPolicy; deliverPolicy: DeliverPolicy; rounds?: RoundsPolicy };
};

export type StartedProcess = {
  /** Ends it with SIGKILL, wherever it is. */
  kill(): void;
  /** Asks it to end. */
  terminate(): void;
  /** Sets its clock off by `clockJumpMs`, or right again. */
  jumpClock(): void;
  /** Whether it has started; false for one that ended before it had. */
  ready: Promise<boolean>;
  /** The signal that ended it, `SIGTERM` also where it obeyed; rejects, with what it said, when it ended by itself. */
  ended: Promise<NodeJS.Signals>;
  /** What it has said so far, line by line. */
  logged(): readonly string[];
};

/**
 * Starts a process of the compiled product, from `program` where that was made of `PROCESS_MODULES`, `PROCESS_MAIN` and
 * `PROCESS_FLAGS`.
 */
export function startProcess(settings: ProcessSettings, program: string | null = null): StartedProcess {
  const argument = JSON.stringify({ policies: IMPATIENT, ...settings });
  const from = JSON.stringify({ dist: DIST.href, modules: PROCESS_MODULES });
  const args = program === null ? ["--input-type=module", "-e", FROM_DIST, from, argument] : [program, argument];
  const child = spawn(process.execPath, [...PROCESS_FLAGS, ...args], {
    cwd: fileURLToPath(DIST),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  const logged: string[] = [];
  let isTerminated = false;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.push(text);
    logged.push(text);
  });
  const exited = once(child, "exit");
  const isReady = new Promise<boolean>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      logged.push(text);
      if (text.includes("ready\n")) resolve(true);
    });
    void exited.then(() => resolve(false));
  });
  const ended = exited.then(([code, signal]): NodeJS.Signals => {
    if (signal !== null) return signal;
    if (code === 0 && isTerminated) return "SIGTERM";
    throw new Error(`The process ended with ${code}:\n${said.join("")}`);
  });
  const terminate = () => {
    isTerminated = true;
    child.kill("SIGTERM");
  };
  return {
    kill: () => child.kill("SIGKILL"),
    terminate,
    jumpClock: () => child.kill("SIGUSR2"),
    ready: isReady,
    ended,
    logged: () => logged.join("").split("\n"),
  };
}

/** Runs a process of the compiled product until it has killed itself. Throws, with what it said, when it ended otherwise. */
export async function runUntilKilled(settings: ProcessSettings): Promise<void> {
  const signal = await startProcess(settings).ended;
  if (signal !== "SIGKILL") throw new Error(`The process ended with ${signal}`);
}
