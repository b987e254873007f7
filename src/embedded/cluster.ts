import { randomUUID } from "node:crypto";
import { chown, mkdir, readdir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Binaries } from "./binaries.js";
import { codeOf, diskFullError, EmbeddedPostgresError } from "./embedded-postgres-error.js";
import { type RunAs, runProgram } from "./run-program.js";
import { createPrivateFile } from "./write-private-file.js";

/** The one role and the one database of an embedded cluster. */
export const DATABASE = "polarwatch";

export type ClusterState = { kind: "absent" } | { kind: "half-made" } | { kind: "complete"; major: number };

/** What lies in a directory. A complete cluster has what initdb writes at its beginning and what it writes at its end. */
export async function readClusterState(clusterDir: string): Promise<ClusterState> {
  const names = await unlessMissing(readdir(clusterDir));
  if (names === null || names.length === 0) return { kind: "absent" };
  const version = await unlessMissing(readFile(join(clusterDir, "PG_VERSION"), "utf8"));
  const control = await unlessMissing(stat(join(clusterDir, "global", "pg_control")));
  const major = Number.parseInt(version ?? "", 10);
  return control === null || control.size === 0 || Number.isNaN(major)
    ? { kind: "half-made" }
    : { kind: "complete", major };
}

type NewCluster = {
  clusterDir: string;
  binaries: Binaries;
  runAs: RunAs | null;
  password: string;
  /** False skips the flush to disk at the end. Only for clusters that nobody wants back after a power cut. */
  durable: boolean;
};

/**
 * Makes a cluster that needs nothing of the system's locales: UTF-8, sorted by code point, and Unicode's upper and lower
 * case from Postgres itself. It is made beside its place and renamed when it is whole, so that a process that dies
 * meanwhile leaves a draft, which the next start removes, and never half a cluster in the place of one.
 */
export async function createCluster({ clusterDir, binaries, runAs, password, durable }: NewCluster): Promise<void> {
  const draftDir = `${clusterDir}${DRAFT}${randomUUID()}`;
  const passwordFile = `${draftDir}.password`;
  try {
    await mkdir(draftDir, { mode: 0o700 });
    await createPrivateFile(passwordFile, password);
    if (runAs !== null) await Promise.all([draftDir, passwordFile].map((path) => chown(path, runAs.uid, runAs.gid)));
    const run = await runProgram(
      binaries.initdb,
      [
        ...["--pgdata", draftDir, "--username", DATABASE, "--pwfile", passwordFile, "--auth", "scram-sha-256"],
        ...["--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"],
        "--no-instructions",
        ...(durable ? [] : ["--no-sync"]),
      ],
      runAs,
    );
    if (run.kind === "not-started") throw run.error;
    if (run.exitCode !== 0) throw initdbError(clusterDir, run.output);
    await unlessMissing(rmdir(clusterDir)); // an empty directory may stand in the place, as a volume leaves it
    await rename(draftDir, clusterDir);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draftDir, { recursive: true, force: true });
  }
}

/** Removes drafts whose maker died. True when there was one. To be called under the lock of the data directory. */
export async function removeDrafts(clusterDir: string): Promise<boolean> {
  const prefix = `${basename(clusterDir)}${DRAFT}`;
  const names = ((await unlessMissing(readdir(dirname(clusterDir)))) ?? []).filter((name) => name.startsWith(prefix));
  // initdb may outlive its parent for a moment and write while we remove; the start after this one finds what is left
  const removals = names.map((name) => rm(join(dirname(clusterDir), name), { recursive: true, force: true }));
  await Promise.allSettled(removals);
  return names.length > 0;
}

/** Renames what is in the place of the cluster, and never deletes it: it may be all that somebody has. Gives the new path. */
export async function moveAside(clusterDir: string, now: Date): Promise<string> {
  const aside = `${clusterDir}.aside-${now.toISOString().replace(/[-:]|\.\d+/g, "")}`;
  await rename(clusterDir, aside);
  return aside;
}

const DRAFT = ".new-";

function initdbError(clusterDir: string, output: string): EmbeddedPostgresError {
  if (output.includes("No space left on device")) return diskFullError(dirname(clusterDir));
  const last = output.trim().split("\n").slice(-5).join("\n");
  return new EmbeddedPostgresError(
    "failed-to-start",
    `The embedded database could not be made in ${clusterDir}. Postgres' initdb said:\n${last}\n` +
      "Set DATABASE_URL to a Postgres server of your own if this cannot be mended.",
  );
}

async function unlessMissing<Found>(found: Promise<Found>): Promise<Found | null> {
  try {
    return await found;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}
