import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

type MoreSettings = (port: number) => Readonly<Record<string, string | number>>;

export type RedisServer = {
  redisUrl: string;
  /** Ends it with SIGKILL; `start` brings it back, empty, at the same address. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** Ends one process of it. */
type Stop = () => Promise<void>;

const ATTEMPTS_MAX = 5;

/**
 * Starts an empty Redis that keeps nothing on disk, on a free port of the loopback; null where there is none. What it
 * needs besides can be chosen by its port.
 */
export async function startRedis(more: MoreSettings = () => ({})): Promise<RedisServer | null> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const started = await startRedisOn(port, more);
    if (started === "not installed") return null;
    if (started !== "port taken") return restartable(port, started, more);
    if (attempt === ATTEMPTS_MAX) throw new Error("redis-server found each of five ports taken");
  }
}

function restartable(port: number, first: Stop, more: MoreSettings): RedisServer {
  let stop: Stop | null = first;
  const kill = async () => {
    await stop?.();
    stop = null;
  };
  const start = async () => {
    if (stop !== null) return;
    const started = await startRedisOn(port, more);
    if (typeof started === "string") throw new Error(`redis-server did not come back: ${started}`);
    stop = started;
  };
  return { redisUrl: `redis://127.0.0.1:${port}`, kill, start, stop: kill };
}

async function startRedisOn(port: number, more: MoreSettings): Promise<Stop | "not installed" | "port taken"> {
  const common = { port, bind: "127.0.0.1", save: "", appendonly: "no", "maxmemory-policy": "noeviction" };
  const settings = { ...common, ...more(port) };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "pipe"] });
  const exited = new Promise<void>((resolve) => server.once("close", () => resolve()));
  const kill = () => server.kill("SIGKILL"); // it holds nothing worth a clean end
  process.once("exit", kill);
  const stop = async () => {
    process.off("exit", kill);
    kill();
    await exited;
  };

  let output = "";
  const outcome = await new Promise<"ready" | "missing" | "ended">((resolve) => {
    server.once("error", (error) => resolve("code" in error && error.code === "ENOENT" ? "missing" : "ended"));
    server.once("close", () => resolve("ended"));
    for (const stream of [server.stdout, server.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-10_000);
        if (output.includes("Ready to accept connections")) resolve("ready");
      });
    }
  });
  if (outcome === "ready") return stop;
  process.off("exit", kill);
  if (outcome === "missing") return "not installed";
  if (/address already in use/i.test(output)) return "port taken";
  throw new Error(`redis-server did not start: ${output}`);
}

/** Below what Linux gives to outgoing connections, so that it is still free when its server comes back. */
const PORTS = { from: 20_000, to: 32_000 };
const PORTS_TRIED_MAX = 100;

export async function freePort(): Promise<number> {
  for (let tried = 0; tried < PORTS_TRIED_MAX; tried += 1) {
    const port = randomInt(PORTS.from, PORTS.to);
    if (await isFree(port)) return port;
  }
  throw new Error(`None of ${PORTS_TRIED_MAX} ports is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = new Promise<boolean>((resolve) => {
    server.once("listening", () => resolve(true));
    server.once("error", () => resolve(false));
  });
  server.listen(port, "127.0.0.1");
  if (!(await listens)) return false;
  server.close();
  await once(server, "close");
  return true;
}
