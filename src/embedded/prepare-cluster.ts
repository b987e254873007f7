import { randomBytes } from "node:crypto";
import { type Binaries, provideBinaries } from "./binaries.js";
import { createCluster, moveAside, readClusterState, removeDrafts } from "./cluster.js";
import { EmbeddedPostgresError } from "./embedded-postgres-error.js";
import { chooseClusterDir, isInside } from "./place.js";
import { chooseRunAs } from "./run-as.js";
import type { RunAs } from "./run-program.js";
import { type Access, accessFileOf, storeAccess } from "./run-record.js";

export type PreparedCluster = {
  access: Access;
  binaries: Binaries;
  runAs: RunAs | null;
  created: boolean;
  /** Sentences for people about what was found amiss and what was done about it. */
  notes: string[];
};

/** A whole cluster that these binaries can run: the one there is, or a new one where there was none. */
export async function prepareCluster(options: {
  dataDir: string;
  access: Access | null;
  durable: boolean;
  now: Date;
}): Promise<PreparedCluster> {
  const { dataDir, access } = options;
  const runAs = await chooseRunAs(access === null ? [dataDir] : [access.clusterDir, dataDir]);
  const binaries = await provideBinaries(runAs);
  const state = access === null ? null : await readClusterState(access.clusterDir);
  if (access !== null && state?.kind === "complete") {
    if (state.major !== binaries.major) throw majorVersionError(access.clusterDir, state.major, binaries.major);
    return { access, binaries, runAs, created: false, notes: [] };
  }
  if (access !== null && state?.kind === "half-made") {
    throw new EmbeddedPostgresError(
      "failed-to-start",
      `The embedded database in ${access.clusterDir} is damaged: it lacks files without which Postgres cannot start. ` +
        "Restore the directory from a backup, or move it away to begin with an empty database.",
    );
  }

  const clusterDir = await chooseClusterDir(dataDir, runAs);
  const notes = await makeRoom(dataDir, clusterDir, options.now);
  if (access !== null && notes.length === 0) {
    notes.push(`The database that was in ${access.clusterDir} is gone; an empty one was made.`);
  }
  const fresh = { password: randomBytes(24).toString("base64url"), clusterDir };
  // The password first: a cluster without it would be locked for ever, a password without a cluster is made anew
  await storeAccess(dataDir, fresh);
  await createCluster({ ...fresh, binaries, runAs, durable: options.durable });
  return { access: fresh, binaries, runAs, created: true, notes };
}

/** Clears the place of a new cluster, and gives the notes about what was there. */
async function makeRoom(dataDir: string, clusterDir: string, now: Date): Promise<string[]> {
  const notes: string[] = [];
  if (await removeDrafts(clusterDir)) notes.push("An unfinished database of an interrupted start was removed.");
  const state = await readClusterState(clusterDir);
  if (state.kind === "absent") return notes;
  if (state.kind === "complete" && isInside(dataDir, clusterDir)) {
    throw new EmbeddedPostgresError(
      "failed-to-start",
      `There is an embedded database in ${clusterDir}, but its password, ${accessFileOf(dataDir)}, is missing. ` +
        `Restore that file from a backup, or move ${clusterDir} away to begin with an empty database.`,
    );
  }
  const aside = await moveAside(clusterDir, now);
  const what = state.kind === "complete" ? "A database of an earlier data directory" : "An unfinished database";
  return [...notes, `${what} was in the way and is now in ${aside}; a new one was made.`];
}

function majorVersionError(clusterDir: string, has: number, brings: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    "major-version",
    `The embedded database in ${clusterDir} was made by Postgres ${has}, and this release of polarwatch brings ` +
      `Postgres ${brings}, which cannot read it. To keep the data, start the release that made it, dump the database ` +
      "with pg_dump, move the directory away, and load the dump into the new one. To begin with an empty database, " +
      "move the directory away.",
  );
}
