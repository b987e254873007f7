// The database that seed.js leaves for others to ask: in a data folder beside the benchmarks, which git ignores.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openEmbeddedPostgres } from "../dist/src/embedded/open-embedded-postgres.js";
import { systemClock } from "../dist/src/lib/clock.js";
import { removeDataDir } from "./remove-data-dir.js";

const DATA_DIR = fileURLToPath(new URL("./seeded", import.meta.url));
const FACTS_FILE = path.join(DATA_DIR, "seeded.json");
/** As a server of that size would have them. */
export const SETTINGS = { shared_buffers: "512MB", max_wal_size: "4GB" };

/** What is in it; null when there is none, or one whose making was cut short. */
export function seededFacts() {
  return existsSync(FACTS_FILE) ? JSON.parse(readFileSync(FACTS_FILE, "utf8")) : null;
}

/** Runs the work with the database open, and leaves it as the work leaves it. */
export async function withSeededPostgres({ log }, work) {
  const options = { dataDir: DATA_DIR, log, clock: systemClock, mode: "serve", settings: SETTINGS };
  const postgres = await openEmbeddedPostgres(options);
  try {
    return await work(postgres.databaseUrl);
  } finally {
    await postgres.stop();
  }
}

/** From then on the database is whole. */
export function storeSeededFacts(facts) {
  writeFileSync(FACTS_FILE, `${JSON.stringify(facts)}\n`);
}

export const removeSeeded = () => removeDataDir(DATA_DIR);
