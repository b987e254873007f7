import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { prepareDataDir } from "../../src/embedded/place.js";
import {
  findFreePort,
  launchServer,
  type Postmaster,
  signalServer,
  stopServer,
} from "../../src/embedded/postmaster.js";
import { prepareCluster } from "../../src/embedded/prepare-cluster.js";
import { isAlive } from "../../src/embedded/process-mark.js";
import { awaitReadiness, databaseUrlOf } from "../../src/embedded/readiness.js";
import { untilEnded } from "./embedded-test.js";
import { makeReachableTempDir, removeSystemPlace } from "./throwaway-postgres.js";

/**
 * The machine lives through every test, so that what was handed to its kernel is as safe as on disk. What a killed server
 * still has in its own memory is not: commits are written out, and pages are kept whole.
 */
const SETTINGS = { fsync: "off", synchronous_commit: "on", full_page_writes: "on", max_connections: "120" };
const READY_MS_MAX = 60_000;
/** Children of a killed postmaster hold on to its memory until they notice. */
const LAUNCHES_MAX = 200;
const LOOK_AGAIN_MS = 50;

/** How a server ends: it cuts every connection and writes everything down, it does not even do that, or it is killed. */
export const ENDINGS = { fast: "SIGINT", immediate: "SIGQUIT", killed: "SIGKILL" } as const;
export type Ending = keyof typeof ENDINGS;

export type RestartablePostgres = {
  databaseUrl: string;
  /** Ends it, if it has not ended by itself for want of room; `start` brings it back with what was committed, at the same address. */
  end(how: Ending): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes every trace. */
  remove(): Promise<void>;
};

/** A Postgres server of one's own that can go and come back. `place`: the directory to lie in, a new one unless told. */
export async function startRestartablePostgres(place: string | null = null): Promise<RestartablePostgres> {
  const dir = place ?? (await makeReachableTempDir());
  await mkdir(dir, { recursive: true });
  const dataDir = await prepareDataDir(join(dir, "data"));
  const cluster = await prepareCluster({ dataDir, access: null, durable: false, now: new Date() });
  const { access } = cluster;
  const { clusterDir } = access;
  const launch = { ...cluster, clusterDir, settings: SETTINGS, logFile: join(dataDir, "postgres.log") };
  const port = await findFreePort();
  let running: Postmaster | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };

  const launchIt = async () => {
    if (running !== null && isAlive(running.process)) return;
    running = null;
    for (let launches = 1; ; launches += 1) {
      const { process, tail } = await launchServer({ ...launch, port });
      const server = { process, port };
      const readiness = await awaitReadiness(server, access, READY_MS_MAX);
      if (readiness.kind === "ready") {
        running = server;
        return;
      }
      await stopServer(process);
      if (launches === LAUNCHES_MAX) throw new Error(`Postgres did not come back: ${await tail()}`);
      await delay(LOOK_AGAIN_MS);
    }
  };
  await launchIt();
  return {
    databaseUrl: databaseUrlOf({ port }, access.password),
    start: () => inTurn(launchIt),
    end: (how) =>
      inTurn(async () => {
        if (running === null) return;
        const { process } = running;
        running = null;
        signalServer(process, ENDINGS[how]);
        await untilEnded(process.pid);
      }),
    remove: () =>
      inTurn(async () => {
        if (running !== null) await stopServer(running.process);
        running = null;
        await removeSystemPlace(dataDir);
        await rm(place === null ? dir : dataDir, { recursive: true, force: true });
      }),
  };
}
