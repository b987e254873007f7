import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Checkpoint } from "../../src/app/checkpoint.js";
import type { QueueSettings } from "../../src/queue/settings.js";
import type { Role } from "../../workers/main.js";

const DIST = new URL("../../dist/", import.meta.url);

/** Short of patience: what a process that died has claimed is another's within seconds. */
export const IMPATIENT = {
  pollPolicy: { leaseMs: 2000, renewEveryMs: 500 },
  deliverPolicy: { retry: { delayMsMin: 100, delayMsMax: 500 }, leaseMs: 10_000, sendMsMax: 5000 },
} as const;

/** Runs the compiled product as a real process does, but polls each 500 ms, and is short of patience. */
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
const unlimited = ({ kind, settings, ...rest }) => ({ kind, settings: kind === "slack" ? { ...settings, storm: { messages: 1000, window: 600000 } } : settings, ...rest });
const config = {
  ...loaded.config,
  servers: loaded.config.servers.map((server) => ({ ...server, intervalMs: 500 })),
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
};

/** Starts a process of the compiled product. */
export function startProcess(settings: ProcessSettings): StartedProcess {
  const argument = JSON.stringify({ dist: DIST.href, policies: IMPATIENT, ...settings });
  const child = spawn(process.execPath, ["--input-type=module", "-e", SCRIPT, argument], {
    cwd: fileURLToPath(DIST),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  let isTerminated = false;
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
  const exited = once(child, "exit");
  const isReady = new Promise<boolean>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => text.includes("ready\n") && resolve(true));
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
  };
}

/** Runs a process of the compiled product until it has killed itself. Throws, with what it said, when it ended otherwise. */
export async function runUntilKilled(settings: ProcessSettings): Promise<void> {
  const signal = await startProcess(settings).ended;
  if (signal !== "SIGKILL") throw new Error(`The process ended with ${signal}`);
}
