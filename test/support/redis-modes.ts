import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { eventually } from "./eventually.js";
import { freePort, startRedis } from "./redis-server.js";

export type RedisMode = { url: string; stop(): Promise<void> };
type RedisWithSentinel = RedisMode & {
  /** The follower is made the one that leads, and the other one follows it from then on. */
  failOver(): Promise<void>;
  /** The one that leads dies; resolves when the sentinel has made the follower lead. */
  killLead(): Promise<void>;
};

const SOON = { deadlineMs: 10_000 };
const FAILED_OVER = { deadlineMs: 30_000 };
const tlsFile = (name: string) => fileURLToPath(new URL(`./tls/${name}.pem`, import.meta.url));
const portOf = (url: string) => Number(new URL(url).port);

const tlsAlone = (port: number) => ({
  port: 0,
  "tls-port": port,
  "tls-cert-file": tlsFile("server"),
  "tls-key-file": tlsFile("server-key"),
  "tls-ca-cert-file": tlsFile("ca"),
  "tls-auth-clients": "no",
});

/** One that speaks TLS alone, with a certificate of the test authority. */
export async function startTlsRedis(): Promise<RedisMode> {
  const redis = await startRedis(tlsAlone);
  if (redis === null) throw new Error("redis-server is not installed");
  return { url: redis.redisUrl.replace("redis://127.0.0.1", "rediss://localhost"), stop: redis.stop };
}

/** A cluster of three, each with a third of the slots: a command about keys of two slots is refused. */
export const startRedisCluster = (): Promise<RedisMode> => startCluster(false);

/** The same by TLS alone; its nodes are known by the name in their certificate. */
export const startTlsRedisCluster = (): Promise<RedisMode> => startCluster(true);

async function startCluster(isTls: boolean): Promise<RedisMode> {
  // Among themselves they do without TLS, for which the certificate would have to be one of clients too.
  const byTls = (port: number) => ({
    ...tlsAlone(port),
    "cluster-announce-port": port,
    "cluster-announce-hostname": "localhost",
    "cluster-preferred-endpoint-type": "hostname",
  });
  const tls = isTls ? { tls: { ca: await readFile(tlsFile("ca")) } } : {};
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
        ...(isTls && byTls(port)),
      }));
      if (redis === null) throw new Error("redis-server is not installed");
      nodes.push({ url: redis.redisUrl, stop: redis.stop });
      const client = new Redis({ host: "127.0.0.1", port: portOf(redis.redisUrl), ...tls });
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
  } catch (error) {
    await Promise.all(nodes.map((node) => node.stop()));
    throw error;
  } finally {
    for (const client of clients) client.disconnect();
  }
  return {
    url: isTls
      ? `rediss+cluster://${nodes.map(({ url }) => `localhost:${portOf(url)}`).join(",")}`
      : `redis+cluster://${nodes.map(({ url }) => new URL(url).host).join(",")}`,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      await rm(place, { recursive: true, force: true });
    },
  };
}

/** Two Redis, of which one follows the other, and a sentinel that knows the one that leads as `lead`. */
export async function startRedisWithSentinel(): Promise<RedisWithSentinel> {
  const place = await mkdtemp(join(tmpdir(), "polarwatch-sentinel-"));
  const lead = await startRedis(() => ({ "repl-diskless-sync-delay": 0 }));
  if (lead === null) throw new Error("redis-server is not installed");
  const follower = await startRedis(() => ({ dir: place, replicaof: `127.0.0.1 ${portOf(lead.redisUrl)}` }));
  if (follower === null) throw new Error("redis-server is not installed");
  await isCopied(follower.redisUrl); // a sentinel that finds it before asks it again only after ten seconds
  const port = await freePort();
  const file = join(place, "sentinel.conf");
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${place}`,
    `sentinel monitor lead 127.0.0.1 ${portOf(lead.redisUrl)} 1`,
    "sentinel down-after-milliseconds lead 1000",
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const process = spawn("redis-server", [file, "--sentinel"], { stdio: "ignore" });
  const ended = once(process, "close");
  const sentinel = new Redis({ host: "127.0.0.1", port, maxRetriesPerRequest: null });
  sentinel.on("error", () => undefined); // it is tried again
  const followerLeads = () =>
    eventually(async () => {
      const [, leads] = (await sentinel.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "lead")) as string[];
      if (Number(leads) !== portOf(follower.redisUrl)) throw new Error("the first still leads");
    }, FAILED_OVER);
  await eventually(async () => {
    const known = (await sentinel.call("SENTINEL", "REPLICAS", "lead")) as string[][];
    if (!known.flat().includes("ok")) throw new Error("the sentinel knows no follower");
  }, FAILED_OVER);
  return {
    url: `redis+sentinel://127.0.0.1:1,127.0.0.1:${port}/lead`,
    failOver: async () => {
      await sentinel.call("SENTINEL", "FAILOVER", "lead");
      await followerLeads();
    },
    killLead: async () => {
      await lead.kill();
      await followerLeads();
    },
    stop: async () => {
      sentinel.disconnect();
      process.kill("SIGKILL");
      await ended;
      await Promise.all([lead.stop(), follower.stop()]);
      await rm(place, { recursive: true, force: true });
    },
  };
}

async function isCopied(url: string): Promise<void> {
  const client = new Redis(url);
  try {
    await eventually(async () => {
      if (!(await client.info("replication")).includes("master_link_status:up")) throw new Error("no copy yet");
    }, FAILED_OVER);
  } finally {
    client.disconnect();
  }
}
