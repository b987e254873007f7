import { rmSync } from "node:fs";
import path from "node:path";
import { findAccess } from "../dist/src/embedded/run-record.js";

/** Removes a data folder with its cluster, whether there is one or not; its Postgres has to be stopped. */
export async function removeDataDir(dataDir) {
  const access = await findAccess(dataDir).catch(() => null);
  rmSync(dataDir, { recursive: true, force: true });
  // Root keeps the cluster elsewhere.
  if (access !== null) rmSync(path.dirname(access.clusterDir), { recursive: true, force: true });
}
