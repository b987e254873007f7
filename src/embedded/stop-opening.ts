import type { Logger } from "../lib/logger.js";
import { acquireDirectoryLock } from "./directory-lock.js";
import { type Postmaster, signalServer, stopServer } from "./postmaster.js";
import { type RunRecord, readRunRecord, readRunRecordSync, storeRunRecord, type User } from "./run-record.js";

/** One opening of the database that goes on. `owner`: it has started its server, or taken it over. */
export type Opening = {
  dataDir: string;
  server: Postmaster;
  user: User;
  mode: "serve" | "borrow";
  owner: boolean;
  log: Logger;
};

/** Held by others for as long as they open the database, which may be a while when the machine is busy. */
const LOCK_MS_MAX = { serve: 500, borrow: 3000 } as const;

/**
 * Ends an opening. Its server ends with it when it served, for whoever stops polarwatch expects it to be gone; else the
 * last one to leave ends it. When somebody keeps the lock they are opening right now, and will be the last to leave.
 */
export async function stopOpening(opening: Opening): Promise<void> {
  const { dataDir, log, mode, user } = opening;
  if (mode === "serve") await end(opening.server, log);
  try {
    const lock = await acquireDirectoryLock(dataDir, LOCK_MS_MAX[mode]);
    if (lock.kind === "held") return; // what is recorded of us ends with this process
    try {
      const record = without(user, await readRunRecord(dataDir));
      if (mode === "borrow" && !isNeeded(record, opening)) await end(record.server ?? opening.server, log);
      await storeRunRecord(dataDir, record);
    } finally {
      await lock.release();
    }
  } catch (error) {
    log.warn({ err: error }, "The data directory of the embedded Postgres cannot be used any more");
    if (opening.owner) await end(opening.server, log); // somebody has removed the directory, and the server goes too
  }
}

/**
 * Asks the server to end when this process exits without having stopped the opening, as after an uncaught error. Gives
 * a function that takes this back. A process that is killed leaves its server behind, and the next start takes it over.
 */
export function stopOnExit(opening: Opening): () => void {
  const onExit = () => {
    if (!opening.owner) return;
    const record = readRunRecordSync(opening.dataDir);
    if (record !== null && isNeeded(without(opening.user, record), opening)) return;
    signalServer(opening.server.process, "SIGINT");
  };
  process.once("exit", onExit);
  return () => {
    process.off("exit", onExit);
  };
}

function without(user: User, record: RunRecord): RunRecord {
  return {
    ...record,
    serving: record.serving?.id === user.id ? null : record.serving,
    borrowing: record.borrowing.filter(({ id }) => id !== user.id),
  };
}

/** Whether the server has to go on when this opening ends: `record` is without it. */
function isNeeded({ serving, borrowing }: RunRecord, { mode }: Opening): boolean {
  return serving !== null || (mode === "borrow" && borrowing.length > 0);
}

async function end(server: Postmaster, log: Logger): Promise<void> {
  const how = await stopServer(server.process);
  if (how !== "fast") log.warn({ how, pid: server.process.pid }, "Embedded Postgres had to be stopped by force");
}
