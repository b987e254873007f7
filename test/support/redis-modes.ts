import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { eventually } from "./eventually.js";
import { freePort, startRedis } from "./redis-server.js";

type RedisMode = { url: string; stop(): Promise<void> };

const SOON = { deadlineMs: 10_000 };
const tlsFile = (name: string) => fileURLToPath(new URL(`./tls/${name}.pem`, import.meta.url));
const portOf = (url: string) => Number(new URL(url).port);

/** One that speaks TLS alone, with a certificate of the test authority. */
export async function startTlsRedis(): Promise<RedisMode> {
  const redis = await startRedis((port) => ({
    port: 0,
    "tls-port": port,
    "tls-cert-file": tlsFile("server"),
    "tls-key-file": tlsFile("server-key"),
    "tls-ca-cert-file": tlsFile("ca"),
    "tls-auth-clients": "no",
  }));
  if (redis === null) throw new Error("redis-server is not installed");
  return { url: redis.redisUrl.replace("redis://127.0.0.1", "rediss://localhost"), stop: redis.stop };
}

/** A cluster of three, each with a third of the slots: a command about keys of two slots is refused. */
export async function startRedisCluster(): Promise<RedisMode> {
  const place = await mkdtemp(join(tmpdir(), "polarwatch-cluster-"));
  const nodes: { url: string; stop(): Promise<void> }[] = [];
  const clients: Redis[] = [];
  try {
    for (let node = 0; node < 3; node += 1) {
      const busPort = await freePort();
      const redis = await startRedis((port) => ({
        dir: place,
        "cluster-enabled": "yes",
        "cluster-config-file": `${port}.conf`,
        "cluster-port": busPort,
        "cluster-announce-ip": "127.0.0.1",
      }));
      if (redis === null) throw new Error("redis-server is not installed");
      nodes.push({ url: redis.redisUrl, stop: redis.stop });
      const client = new Redis(redis.redisUrl);
      clients.push(client);
      await client.call(
        "CLUSTER",
        "ADDSLOTSRANGE",
        Math.ceil((node * 16_384) / 3),
        Math.ceil(((node + 1) * 16_384) / 3) - 1,
      );
      if (node > 0) {
        const [first] = nodes;
        const bus = (await clients[0]?.call("CONFIG", "GET", "cluster-port")) as string[];
        await client.call("CLUSTER", "MEET", "127.0.0.1", portOf(first?.url ?? ""), Number(bus[1]));
      }
    }
    for (const client of clients) {
      await eventually(async () => {
        if (!String(await client.call("CLUSTER", "INFO")).includes("cluster_state:ok"))
          throw new Error("no cluster yet");
      }, SOON);
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
  return {
    url: `redis+cluster://${nodes.map(({ url }) => new URL(url).host).join(",")}`,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      await rm(place, { recursive: true, force: true });
    },
  };
}

/** One Redis, and a sentinel that knows it as `lead`. */
export async function startRedisWithSentinel(): Promise<RedisMode> {
  const redis = await startRedis();
  if (redis === null) throw new Error("redis-server is not installed");
  const place = await mkdtemp(join(tmpdir(), "polarwatch-sentinel-"));
  const port = await freePort();
  const file = join(place, "sentinel.conf");
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${place}`,
    `sentinel monitor lead 127.0.0.1 ${portOf(redis.redisUrl)} 1`,
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const sentinel = spawn("redis-server", [file, "--sentinel"], { stdio: "ignore" });
  const ended = once(sentinel, "close");
  return {
    url: `redis+sentinel://127.0.0.1:1,127.0.0.1:${port}/lead`,
    stop: async () => {
      sentinel.kill("SIGKILL");
      await ended;
      await redis.stop();
      await rm(place, { recursive: true, force: true });
    },
  };
}
