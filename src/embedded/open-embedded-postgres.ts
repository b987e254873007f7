import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { acquireDirectoryLock } from "./directory-lock.js";
import { EmbeddedPostgresError, expectedFileError } from "./embedded-postgres-error.js";
import { findRunningServer } from "./find-running-server.js";
import { isInside, prepareDataDir } from "./place.js";
import type { Postmaster } from "./postmaster.js";
import { prepareCluster } from "./prepare-cluster.js";
import { ownProcessMark } from "./process-mark.js";
import { databaseUrlOf } from "./readiness.js";
import { findAccess, type RunRecord, readRunRecord, storeRunRecord } from "./run-record.js";
import { startServer } from "./start-server.js";
import { stopOnExit, stopOpening } from "./stop-opening.js";

export type EmbeddedPostgres = {
  /** The address of the database `polarwatch`, as its superuser, with the password. */
  databaseUrl: string;
  /** This process has started the server, or has taken over one whose process was killed. */
  owner: boolean;
  /** For people, when something was taken over, recovered, or lies where they would not look. */
  note: string | null;
  /** Ends what this opening began. Safe to call twice. Takes about 100 ms; a server that does not react is killed after 3.4 s. */
  stop(): Promise<void>;
};

export type EmbeddedPostgresOptions = {
  dataDir: string;
  log: Logger;
  clock: Clock;
  /**
   * `serve`: this process owns the server until it stops, and no second one may serve from the directory.
   * `borrow`: uses the server that runs there, else starts one; the last one who uses it without an owner ends it.
   */
  mode: "serve" | "borrow";
  /** Settings of Postgres over ours. With `fsync: off` a new cluster is not flushed to disk either. */
  settings?: Readonly<Record<string, string>>;
};

const LOCK_MS_MAX = 30_000;

/**
 * Opens the embedded database in a directory, and makes it when there is none. There is never more than one server on a
 * directory. What can be expected to fail throws an EmbeddedPostgresError, whose message is for people.
 */
export async function openEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    const dataDir = await prepareDataDir(options.dataDir);
    const lock = await acquireDirectoryLock(dataDir, LOCK_MS_MAX);
    if (lock.kind === "held") throw inUseError(dataDir, lock.by.pid);
    try {
      return await openLocked(dataDir, options);
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw expectedFileError(error, options.dataDir);
  }
}

async function openLocked(dataDir: string, options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { clock, log, mode } = options;
  const begunAt = clock();
  const record = await readRunRecord(dataDir);
  if (mode === "serve" && record.serving !== null) throw inUseError(dataDir, record.serving.process.pid);
  const { server, password, owner, notes } = await joinOrStart(dataDir, record, options);

  const user = { id: randomUUID(), process: ownProcessMark() };
  const users = mode === "serve" ? { serving: user } : { borrowing: [...record.borrowing, user] };
  await storeRunRecord(dataDir, { ...record, server, ...users });
  const opening = { dataDir, server, user, mode, owner, log };
  const forgetExit = stopOnExit(opening);
  const elapsed_ms = clock().getTime() - begunAt.getTime();
  log.debug({ pid: server.process.pid, port: server.port, mode, owner, elapsed_ms }, "Embedded Postgres is ready");
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= stopOpening(opening).finally(forgetExit);
    return stopped;
  };
  return { databaseUrl: databaseUrlOf(server, password), owner, note: notes.join(" ") || null, stop };
}

type Joined = { server: Postmaster; password: string; owner: boolean; notes: string[] };

async function joinOrStart(dataDir: string, record: RunRecord, options: EmbeddedPostgresOptions): Promise<Joined> {
  const access = await findAccess(dataDir);
  const found = access === null ? null : await findRunningServer(dataDir, access, record);
  if (access !== null && found?.kind === "running") {
    const { server } = found;
    const inUse = record.serving !== null || record.borrowing.length > 0;
    const notes = inUse
      ? []
      : [`Took over the Postgres server (process ${server.process.pid}) of a polarwatch that was killed.`];
    return { server, password: access.password, owner: options.mode === "serve" || !inUse, notes };
  }

  const { settings = {}, clock, mode } = options;
  const durable = settings.fsync !== "off";
  const cluster = await prepareCluster({ dataDir, access, durable, now: clock() });
  const server = await startServer({
    ...cluster,
    dataDir,
    settings,
    logFile: join(dataDir, "postgres.log"),
    onLaunched: (launched) => storeRunRecord(dataDir, { ...record, server: launched }),
  });
  const notes = [...cluster.notes];
  if (found?.kind === "none" && found.crashed)
    notes.push("The database was not shut down last time; Postgres has recovered it.");
  const { clusterDir, password } = cluster.access;
  if (cluster.runAs !== null && !isInside(dataDir, clusterDir) && (cluster.created || mode === "serve")) {
    notes.push(
      `The database lies in ${clusterDir}, for the user ${cluster.runAs.name}, as whom Postgres runs instead of root, cannot enter ${dataDir}.`,
    );
  }
  return { server, password, owner: true, notes };
}

function inUseError(dataDir: string, pid: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    "in-use",
    `Another polarwatch (process ${pid}) already runs with the data directory ${dataDir}. ` +
      "Stop it first, or give this one a directory of its own with POLARWATCH_DATA_DIR.",
  );
}
