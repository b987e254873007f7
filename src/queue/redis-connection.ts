import { RedisConnection } from "bullmq";
import type { RedisOptions } from "ioredis";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import type { QueueConnection } from "./connection.js";
import { Outage } from "./outage.js";
import { type BlockingSocket, SharedRedisBackend } from "./redis-backend.js";
import { createRedisClient, type RedisClient } from "./redis-client.js";
import { type RedisServer, redisServerOf } from "./redis-server.js";
import type { QueueSettings } from "./settings.js";
import { NoAnswer, within } from "./within.js";

const FIRST_CONNECT_MS_MAX = 2000;
const COMMAND_MS_MAX = 5000;
/**
 * Opens the queue in Redis: one connection for all commands, and one more for each worker. Resolves also while Redis is
 * away, for it is then connected to in the background, without end.
 */
export async function openRedis(
  settings: Extract<QueueSettings, { kind: "redis" }>,
  deps: { log: Logger; clock: Clock },
): Promise<QueueConnection> {
  const prefix = `{${settings.prefix ?? "polarwatch"}}`;
  const outage = new Outage(deps.log, deps.clock);
  const sockets = new Set<BlockingSocket>();
  const disconnected = new WeakSet<RedisClient>();
  let server: RedisServer | null = null;

  const connect = (name: string, options: RedisOptions): RedisClient => {
    const redis = createRedisClient(settings.url, { ...options, connectionName: `polarwatch:${name}` });
    redis.on("error", (error: unknown) => {
      if (!disconnected.has(redis)) outage.failed(error);
    });
    return redis;
  };
  const disconnect = (redis: RedisClient): void => {
    if (disconnected.has(redis)) return;
    disconnected.add(redis); // what it was about to do fails now
    redis.disconnect();
  };
  // BullMQ's own check would ask again on every connection, and warn there on the console.
  const adopt = (redis: RedisClient, blocking: boolean): RedisConnection => {
    const connection = new RedisConnection(redis, { shared: true, blocking, skipVersionCheck: true });
    connection.on("error", () => undefined); // heard above
    return connection;
  };

  // To a cluster BullMQ would connect again for the wait that is cut off, and so keep the process from ending.
  const forget = (connection: RedisConnection): void => {
    const quiet = () => connection.on("error", () => undefined); // it takes all its listeners off
    connection.close().then(quiet, quiet);
  };

  const main = connect("main", { commandTimeout: COMMAND_MS_MAX });
  const mainConnection = adopt(main, false);
  const failed = (error: unknown) => {
    outage.failed(error);
    const isHung = error instanceof Error && error.message === "Command timed out";
    if (isHung && main.status === "ready") main.disconnect(true);
  };
  const recovered = () => outage.recovered();
  main.on("close", () => {
    outage.failed(new NoAnswer("Redis closed the connection"));
  });
  main.on("ready", () => {
    recovered();
    main.info().then((info) => {
      const found = redisServerOf(info);
      const known = server?.warnings ?? [];
      for (const warning of found.warnings) if (!known.includes(warning)) deps.log.warn(warning);
      server = found;
      for (const { connection } of sockets) connection.capabilities = found.capabilities;
    }, failed);
  });

  const openSocket = (name: string): BlockingSocket => {
    const redis = connect(name, {});
    const connection = adopt(redis, true);
    // Once it is connected, BullMQ assumes the least, and would round each wait up to a whole second.
    connection.client.then(
      () => {
        if (server !== null) connection.capabilities = server.capabilities;
      },
      () => undefined,
    );
    const socket = {
      redis,
      connection,
      release: () => {
        sockets.delete(socket);
        forget(connection);
        disconnect(redis);
      },
    };
    sockets.add(socket);
    return socket;
  };

  await within(FIRST_CONNECT_MS_MAX, mainConnection.client).catch(failed);
  return {
    failed,
    recovered,
    prefix,
    createBackend: (name, options, { withBlockingConnection = false } = {}) => {
      const socket = withBlockingConnection ? openSocket(name) : undefined;
      const shared = { redis: main, connection: mainConnection };
      return new SharedRedisBackend(shared, name, options, prefix, { failed, recovered }, socket);
    },
    unreachableReason: () => (main.status === "ready" ? null : (outage.reason ?? "not connected yet")),
    awayReason: () => outage.reason,
    close: async () => {
      outage.close();
      for (const socket of sockets) socket.release();
      disconnect(main);
    },
  };
}
