import { Cluster, Redis, type RedisOptions } from "ioredis";
import { parseRedisAddress } from "../lib/redis-address.js";

export type RedisClient = Redis | Cluster;

const COMMON = {
  connectTimeout: 5000,
  disconnectTimeout: 500,
  keepAlive: 10_000,
  retryStrategy: (attempt) => Math.min(100 * 2 ** Math.min(attempt, 10), 2000),
  // A command that has no connection fails at once: whoever sent it knows better than a queue in memory what to do then.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
} as const satisfies RedisOptions;

/** Connects to the address of one Redis, of one that sentinels know, or of a cluster, without end. */
export function createRedisClient(url: string, given: RedisOptions): RedisClient {
  const address = parseRedisAddress(url);
  const options = { ...COMMON, ...given };
  if (address === null) throw new Error("The address of Redis makes no sense");
  if (address.kind === "single") return new Redis(address.url, options);
  const { username, password, isTls } = address;
  const known = {
    ...options,
    ...(username !== null && { username }),
    ...(password !== null && { password }),
    ...(isTls && { tls: {} }),
  };
  switch (address.kind) {
    case "sentinel": {
      const { hosts, name } = address;
      const tls = isTls && { enableTLSForSentinelMode: true, sentinelTLS: {} };
      return new Redis({
        ...known,
        ...tls,
        sentinels: [...hosts],
        name,
        sentinelRetryStrategy: COMMON.retryStrategy,
        sentinelCommandTimeout: COMMON.connectTimeout,
      });
    }
    case "cluster":
      return new Cluster([...address.hosts], {
        redisOptions: known,
        clusterRetryStrategy: COMMON.retryStrategy,
        enableOfflineQueue: COMMON.enableOfflineQueue,
        // With TLS a node is known by the name in its certificate, which is the one that it announces.
        ...(isTls && { dnsLookup: (host, answer) => answer(null, host) }),
      });
    default:
      throw new Error(`Unknown address: ${JSON.stringify(address satisfies never)}`);
  }
}
