import { createHash } from "node:crypto";
import { chmod, chown, mkdir, realpath, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { codeOf } from "./embedded-postgres-error.js";
import { canEnter, chooseRunAs } from "./run-as.js";
import type { RunAs } from "./run-program.js";

/** Where root keeps what an ordinary user has to reach and cannot reach where it is. */
const SYSTEM_DIR = "/var/lib/polarwatch";

/**
 * Makes the data directory if there is none, closed to everybody else, and gives its real path. Root lets the group of
 * Postgres' user pass through, no more: it can neither list the directory nor read a file of root's in it.
 */
export async function prepareDataDir(dataDir: string): Promise<string> {
  const path = resolve(dataDir);
  await mkdir(dirname(path), { recursive: true });
  if (await makeDir(path, 0o700)) {
    const runAs = await chooseRunAs([]);
    if (runAs !== null) {
      await chown(path, 0, runAs.gid);
      await chmod(path, 0o710);
    }
  }
  return realpath(path);
}

/** Where a new cluster goes: into the data directory, or, when its user cannot go there, into a place of the system. */
export async function chooseClusterDir(dataDir: string, runAs: RunAs | null): Promise<string> {
  if (runAs === null || (await canEnter(dataDir, runAs))) return join(dataDir, "postgres");
  const place = join(await makeSystemDir(), createHash("sha256").update(dataDir).digest("hex").slice(0, 16));
  if (await makeDir(place, 0o755)) await chmod(place, 0o755); // whatever the umask says
  await writeFile(join(place, "data-dir.txt"), `${dataDir}\n`); // so that people find out whose it is
  return join(place, "postgres");
}

/** The system's place for polarwatch, open to all: what lies in it is closed where it has to be. */
export async function makeSystemDir(): Promise<string> {
  if (await makeDir(SYSTEM_DIR, 0o755)) await chmod(SYSTEM_DIR, 0o755);
  return SYSTEM_DIR;
}

/** True when it was made, false when it was there. */
async function makeDir(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Whether a path lies in a directory, by its name. */
export function isInside(dir: string, path: string): boolean {
  const way = relative(dir, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
