import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { type EmbeddedPostgres, openEmbeddedPostgres } from "../../src/embedded/open-embedded-postgres.js";
import { findProcessMark } from "../../src/embedded/process-mark.js";
import { systemClock } from "../../src/lib/clock.js";
import { createLogger } from "../../src/lib/logger.js";
import { type EmbeddedChild, type EmbeddedChildOptions, spawnEmbeddedChild } from "./embedded-child.js";
import { eventually } from "./eventually.js";
import { makeReachableTempDir, readClusterDir, removeSystemPlace, THROWAWAY_SETTINGS } from "./throwaway-postgres.js";

const run = promisify(execFile);
const log = createLogger({ level: "error", format: "json" });
type Settings = Readonly<Record<string, string>>;

// biome-ignore-start lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures one needs
/**
 * A test of the embedded Postgres, none of whose servers, processes and files outlive it.
 *
 * - `dir`: an empty directory that every user may pass through
 * - `sharedDir`: a data directory with a cluster that was shut down, for tests that leave it as they found it
 * - `dataDir`: a copy of it, in `dir`, to be damaged at will
 * - `open`: opens in this process
 * - `spawn`: opens in a process of its own; `start` does so too, and waits for what comes of it
 */
export const embeddedTest = test
  .extend("sharedDir", { scope: "file" }, async ({}, { onCleanup }) => {
    const dir = await makeReachableTempDir();
    onCleanup(() => rm(dir, { recursive: true, force: true }));
    const dataDir = join(dir, "data");
    const settings = THROWAWAY_SETTINGS;
    const db = await openEmbeddedPostgres({ dataDir, log, clock: systemClock, mode: "serve", settings });
    await db.stop();
    return dataDir;
  })
  .extend("dir", async ({}, { onCleanup }) => {
    const dir = await makeReachableTempDir();
    onCleanup(() => rm(dir, { recursive: true, force: true }));
    return dir;
  })
  .extend("dataDir", async ({ dir, sharedDir }) => {
    const dataDir = join(dir, "data");
    await run("cp", ["-a", sharedDir, dataDir]); // node's own copy does not keep the owners
    return dataDir;
  })
  .extend("open", async ({ dir: _dir }, { onCleanup }) => {
    const opened: EmbeddedPostgres[] = [];
    const dataDirs = new Set<string>();
    onCleanup(async () => {
      await Promise.all(opened.map((db) => db.stop()));
      await Promise.all([...dataDirs].map(removeSystemPlace));
    });
    return async (dataDir: string, mode: "serve" | "borrow", settings: Settings = THROWAWAY_SETTINGS) => {
      dataDirs.add(dataDir);
      const db = await openEmbeddedPostgres({ dataDir, log, clock: systemClock, mode, settings });
      opened.push(db);
      return db;
    };
  })
  .extend("spawn", async ({ dir: _dir }, { onCleanup }) => {
    const children: ReturnType<typeof spawnEmbeddedChild>["child"][] = [];
    const dataDirs = new Set<string>();
    onCleanup(async () => {
      for (const child of children) child.kill("SIGKILL");
      for (const dataDir of dataDirs) {
        await endServerOf(dataDir);
        await removeSystemPlace(dataDir);
      }
    });
    return (options: EmbeddedChildOptions) => {
      dataDirs.add(options.dataDir);
      const spawned = spawnEmbeddedChild({ settings: THROWAWAY_SETTINGS, ...options });
      children.push(spawned.child);
      return spawned;
    };
  })
  .extend("start", async ({ spawn }) => {
    return (options: EmbeddedChildOptions): Promise<EmbeddedChild> => spawn(options).opened;
  });

// biome-ignore-end lint/correctness/noEmptyPattern: see above

/** The pid of the server on a data directory, as Postgres itself wrote it down; null when none was left running. */
export async function findServerPid(dataDir: string): Promise<number | null> {
  const clusterDir = await readClusterDir(dataDir);
  if (clusterDir === null) return null;
  const text = await readFile(join(clusterDir, "postmaster.pid"), "utf8").catch(() => null);
  return text === null ? null : Number.parseInt(text, 10);
}

/** Whether a process runs. A dead one that its parent has not buried does not, though signals still reach it. */
export function isRunning(pid: number): boolean {
  return findProcessMark(pid) !== null;
}

async function endServerOf(dataDir: string): Promise<void> {
  const pid = await findServerPid(dataDir);
  if (pid === null || pid <= 0 || !isRunning(pid)) return;
  process.kill(pid, "SIGQUIT");
  await untilEnded(pid);
}

/** Resolves when a process has ended. */
export async function untilEnded(pid: number): Promise<void> {
  const check = () => expect(isRunning(pid), `process ${pid} runs`).toBe(false);
  await eventually(check, { deadlineMs: 10_000 });
}
