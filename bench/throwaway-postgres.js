import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openEmbeddedPostgres } from "../dist/src/embedded/open-embedded-postgres.js";
import { systemClock } from "../dist/src/lib/clock.js";
import { removeDataDir } from "./remove-data-dir.js";

/** Runs the work with a database of its own, of which nothing is left afterwards. */
export async function withThrowawayPostgres({ log, settings }, work) {
  const place = mkdtempSync(path.join(tmpdir(), "polarwatch-bench-"));
  chmodSync(place, 0o755); // Postgres may run as another user, who has to pass through
  const dataDir = path.join(place, "data");
  const postgres = await openEmbeddedPostgres({ dataDir, log, clock: systemClock, mode: "serve", settings });
  try {
    return await work(postgres.databaseUrl);
  } finally {
    await postgres.stop();
    await removeDataDir(dataDir);
    rmSync(place, { recursive: true, force: true });
  }
}
