import { spawn, spawnSync } from "node:child_process";
import { open, readFile, rm, stat, truncate } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Binaries } from "./binaries.js";
import { codeOf } from "./embedded-postgres-error.js";
import { findProcessMark, isAlive, type ProcessMark } from "./process-mark.js";
import { type RunAs, spawnOptionsFor } from "./run-program.js";
import { giveToOwnerOf } from "./write-private-file.js";

/** A server process, and where it listens on 127.0.0.1. */
export type Postmaster = { process: ProcessMark; port: number };

const LOG_BYTES_MAX = 10 * 1024 * 1024;
const LOOK_AGAIN_MS = 20;

/** What `postmaster.pid`, Postgres' own lock file, says; null when there is none. Its process may be long gone. */
export async function readPidFile(clusterDir: string): Promise<{ pid: number; port: number } | null> {
  try {
    const [pid, , , port] = (await readFile(pidFileOf(clusterDir), "utf8")).split("\n").map(Number);
    return { pid: Math.abs(pid ?? 0), port: port ?? 0 }; // negative: a server in single-user mode
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** For a file whose server is proved to be gone. */
export async function removePidFile(clusterDir: string): Promise<void> {
  await rm(pidFileOf(clusterDir), { force: true });
}

const pidFileOf = (clusterDir: string): string => join(clusterDir, "postmaster.pid");

/** A port that was free on 127.0.0.1 a moment ago. It can be taken before it is used, which whoever uses it has to expect. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port: 0, host: "127.0.0.1" }, () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

type Launch = {
  binaries: Binaries;
  runAs: RunAs | null;
  clusterDir: string;
  port: number;
  settings: Readonly<Record<string, string>>;
  logFile: string;
};

/**
 * Starts the server and does not wait until it is ready. It has a session of its own and outlives this process unless
 * it is stopped. Its log is cut to nothing first when it has grown above 10 MiB; `tail` gives what this start has added.
 */
export async function launchServer(launch: Launch): Promise<{ process: ProcessMark; tail(): Promise<string> }> {
  const { binaries, runAs, clusterDir, logFile } = launch;
  const logHandle = await open(logFile, "a", 0o600);
  try {
    await giveToOwnerOf(join(logFile, ".."), logFile);
    if ((await logHandle.stat()).size > LOG_BYTES_MAX) await truncate(logFile);
    const { size: logStart } = await stat(logFile);
    const options = Object.entries({ ...DEFAULTS, ...launch.settings, port: String(launch.port) });
    const child = spawn(
      binaries.postgres,
      ["-D", clusterDir, ...options.flatMap(([name, value]) => ["-c", `${name}=${value}`])],
      { ...spawnOptionsFor(binaries.postgres, runAs), stdio: ["ignore", logHandle.fd, logHandle.fd] },
    );
    await new Promise((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.unref();
    const pid = child.pid ?? 0;
    const process = findProcessMark(pid) ?? { pid, startedKey: null };
    return { process, tail: () => readTail(logFile, logStart) };
  } finally {
    await logHandle.close();
  }
}

const DEFAULTS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "100",
  shared_buffers: "128MB",
  timezone: "UTC",
  log_timezone: "UTC",
  log_line_prefix: "%m [%p] ",
  log_checkpoints: "off",
  log_min_error_statement: "panic", // a statement may hold what people wrote, and the log is for the server's own troubles
} as const;

async function readTail(path: string, fromByte: number): Promise<string> {
  const text = (await readFile(path)).subarray(fromByte).toString();
  return text.trim().split("\n").slice(-12).join("\n");
}

/** Whether the server ended before `waitMsMax` had passed. */
async function hasEnded(server: ProcessMark, waitMsMax: number): Promise<boolean> {
  const deadline = AbortSignal.timeout(waitMsMax);
  while (isAlive(server)) {
    if (deadline.aborted) return false;
    await delay(LOOK_AGAIN_MS);
  }
  return true;
}

/**
 * Ends the server and gives how it went: a fast shutdown, which writes everything down; after 3 s an immediate one,
 * and after 300 ms more a kill. Those two lose nothing that was committed, the next start only takes longer.
 */
export async function stopServer(server: ProcessMark): Promise<"fast" | "immediate" | "killed"> {
  signalServer(server, "SIGINT");
  if (await hasEnded(server, 3000)) return "fast";
  signalServer(server, "SIGQUIT");
  if (await hasEnded(server, 300)) return "immediate";
  signalServer(server, "SIGKILL");
  await hasEnded(server, 100);
  return "killed";
}

/** Asks the server to end, if that very server still runs. Does not wait, and so can be used while a process exits. */
export function signalServer(server: ProcessMark, signal: "SIGINT" | "SIGQUIT" | "SIGKILL"): void {
  if (!isAlive(server)) return;
  if (process.platform === "win32") {
    spawnSync("taskkill", ["/pid", String(server.pid), "/t", "/f"], { windowsHide: true }); // it has no such signals
    return;
  }
  try {
    process.kill(server.pid, signal);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error; // it ended meanwhile
  }
}
