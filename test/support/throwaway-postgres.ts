import { chmod, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import * as z from "zod";
import { openEmbeddedPostgres } from "../../src/embedded/open-embedded-postgres.js";
import type { Clock } from "../../src/lib/clock.js";
import type { Logger } from "../../src/lib/logger.js";

/** What makes Postgres fast when nobody wants its data back. */
export const THROWAWAY_SETTINGS = {
  // It would take the statistics of tables just emptied, and the next test's storm be planned as for a table without rows.
  autovacuum: "off",
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
} as const;

/**
 * A Postgres server of one's own, empty, on a free port of 127.0.0.1; `stop` ends it and removes every trace. It is
 * fast and forgets everything in a crash of the machine.
 */
export async function startThrowawayPostgres(options: {
  log: Logger;
  clock: Clock;
  settings?: Readonly<Record<string, string>>;
}): Promise<{ databaseUrl: string; stop(): Promise<void> }> {
  const dir = await makeReachableTempDir();
  const dataDir = join(dir, "data");
  const settings = { ...THROWAWAY_SETTINGS, max_connections: "300", ...options.settings };
  try {
    const { databaseUrl, stop } = await openEmbeddedPostgres({ ...options, dataDir, mode: "serve", settings });
    return {
      databaseUrl,
      async stop() {
        await stop();
        await removeSystemPlace(dataDir);
        await rm(dir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await removeSystemPlace(dataDir);
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

/** A new directory that the user whom root runs Postgres as can pass through: mkdtemp alone closes it to all others. */
export async function makeReachableTempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "polarwatch-"));
  await chmod(dir, 0o755);
  return dir;
}

const access = z.object({ clusterDir: z.string() });

/** Where the cluster of a data directory lies, which may be a place of the system; null when none was made. */
export async function readClusterDir(dataDir: string): Promise<string | null> {
  const text = await readFile(join(dataDir, "postgres.json"), "utf8").catch(() => null);
  return text === null ? null : resolve(await realpath(dataDir), access.parse(JSON.parse(text)).clusterDir);
}

/** Removes a cluster that nobody uses any more from the place of the system that it may lie in. */
export async function removeSystemPlace(dataDir: string): Promise<void> {
  const clusterDir = await readClusterDir(dataDir);
  if (clusterDir === null || dirname(clusterDir) === (await realpath(dataDir))) return;
  await rm(dirname(clusterDir), { recursive: true, force: true });
}
