import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import type { QueueSettings } from "../../src/queue/settings.js";

const DIST = new URL("../../dist/", import.meta.url);

/**
 * Runs all of the compiled product, polling as fast as it can, and says after so many polls what it holds after a full
 * collection. What is under way comes and goes, so of each kind of resource the least of many looks counts.
 */
const SCRIPT = `
const settings = JSON.parse(process.argv[1]);
const load = (path) => import(new URL(path, settings.dist));
const { loadConfig } = await load("src/config/load-config.js");
const { Lifecycle } = await load("src/lib/lifecycle.js");
const { createLogger } = await load("src/lib/logger.js");
const { startPolarwatch } = await load("workers/main.js");
const loaded = loadConfig({ env: settings.env, cwd: "/", readFile: () => { throw Object.assign(new Error("none"), { code: "ENOENT" }); }, isTerminal: false });
if (loaded.kind === "invalid") throw new Error(JSON.stringify(loaded.problems));
const config = { ...loaded.config, servers: loaded.config.servers.map((server) => ({ ...server, intervalMs: settings.intervalMs })) };
let polls = 0;
let wanted = { polls: Infinity, resolve: () => {} };
const log = createLogger({ level: "info", format: "json" }, { write: (line) => {
  if (!line.includes('"outcome":"complete"')) return;
  polls += 1;
  if (polls === wanted.polls) wanted.resolve();
} });
const reach = (count) => new Promise((resolve) => { wanted = { polls: count, resolve }; });
const held = async () => {
  const least = new Map();
  for (let look = 0; look < settings.looks; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 11));
    const now = new Map();
    for (const kind of process.getActiveResourcesInfo()) now.set(kind, (now.get(kind) ?? 0) + 1);
    for (const kind of look === 0 ? now.keys() : [...least.keys()]) least.set(kind, Math.min(least.get(kind) ?? Infinity, now.get(kind) ?? 0));
  }
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return { polls, heapBytes: heapUsed, externalBytes: external, resources: Object.fromEntries([...least].filter(([, count]) => count > 0)) };
};
const life = new Lifecycle(log);
const started = reach(settings.warmUp);
await startPolarwatch({
  config, databaseUrl: settings.databaseUrl, queue: settings.queue, roles: new Set(["poll", "diff", "notify", "sweep", "http"]),
  clock: () => new Date(), random: Math.random, log, console: { write: () => {}, isColored: false, timeZone: "UTC" },
}, life);
await started;
const before = await held();
await reach(polls + settings.polls);
const after = await held();
await life.stop();
process.stdout.write(JSON.stringify({ before, after }) + "\\n");
`;

const held = z.object({
  polls: z.int(),
  heapBytes: z.int(),
  externalBytes: z.int(),
  /** How many of each kind node has, such as timers and sockets. */
  resources: z.record(z.string(), z.int()),
});
const measured = z.object({ before: held, after: held });

export type MeasuredSettings = {
  env: Readonly<Record<string, string>>;
  databaseUrl: string;
  queue: QueueSettings;
  intervalMs: number;
  /** Polls before the first measurement, and from then to the second. */
  warmUp: number;
  polls: number;
  looks: number;
};

/** Runs such a process to its end, which it has to find by itself once everything in it is stopped. */
export async function measureProcess(settings: MeasuredSettings): Promise<z.infer<typeof measured>> {
  const argument = JSON.stringify({ dist: DIST.href, ...settings });
  const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "-e", SCRIPT, argument], {
    cwd: fileURLToPath(DIST),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`The process ended with ${code}: ${lines.join("\n")}`);
  return measured.parse(JSON.parse(lines.at(-1) ?? ""));
}
