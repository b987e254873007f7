import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openEmbeddedPostgres } from "../dist/src/embedded/open-embedded-postgres.js";
import { findAccess } from "../dist/src/embedded/run-record.js";
import { systemClock } from "../dist/src/lib/clock.js";

/** Runs the work with a database of its own, of which nothing is left afterwards. */
export async function withThrowawayPostgres({ log, settings }, work) {
  const place = mkdtempSync(path.join(tmpdir(), "polarwatch-bench-"));
  chmodSync(place, 0o755); // Postgres may run as another user, who has to pass through
  const dataDir = path.join(place, "data");
  const postgres = await openEmbeddedPostgres({ dataDir, log, clock: systemClock, mode: "serve", settings });
  const access = await findAccess(dataDir);
  try {
    return await work(postgres.databaseUrl);
  } finally {
    await postgres.stop();
    rmSync(place, { recursive: true, force: true });
    // Root keeps the cluster elsewhere.
    if (access !== null) rmSync(path.dirname(access.clusterDir), { recursive: true, force: true });
  }
}
