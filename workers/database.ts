import type { Config } from "../src/config/config.js";
import { openEmbeddedPostgres } from "../src/embedded/open-embedded-postgres.js";
import type { Clock } from "../src/lib/clock.js";
import type { Logger } from "../src/lib/logger.js";

export type OpenDatabase = { databaseUrl: string; stop: () => Promise<void> };

/**
 * The configured database, or the embedded one. `serve` keeps the embedded one for as long as this process runs;
 * `borrow` uses one that runs, or starts it for the length of one command.
 */
export async function openDatabase(
  config: Pick<Config, "databaseUrl" | "dataDir">,
  mode: "serve" | "borrow",
  deps: { log: Logger; clock: Clock },
): Promise<OpenDatabase> {
  if (config.databaseUrl !== null) return { databaseUrl: config.databaseUrl, stop: async () => {} };
  const embedded = await openEmbeddedPostgres({ dataDir: config.dataDir, mode, ...deps });
  if (embedded.note !== null) deps.log.warn(embedded.note);
  return { databaseUrl: embedded.databaseUrl, stop: () => embedded.stop() };
}
