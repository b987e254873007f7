import { EmbeddedPostgresError } from "./embedded-postgres-error.js";
import { type Postmaster, readPidFile, removePidFile } from "./postmaster.js";
import { findProcessMark, isAlive } from "./process-mark.js";
import { awaitReadiness } from "./readiness.js";
import { type Access, accessFileOf, type RunRecord } from "./run-record.js";
import { READY_MS_MAX } from "./start-server.js";

/** `crashed`: the last server on this cluster was not shut down, so that the next one has to recover first. */
export type FoundServer = { kind: "running"; server: Postmaster } | { kind: "none"; crashed: boolean };

/**
 * The server that runs on a cluster, ready and proved by its password, or proof that there is none. One that starts,
 * recovers or shuts down is waited for. A `postmaster.pid` that outlived its server is removed: Postgres would refuse to
 * start if another process had that pid by now, or if its parent, as in many containers, never buries the dead. From
 * the shared memory it also knows by itself whether a server is left.
 */
export async function findRunningServer(dataDir: string, access: Access, record: RunRecord): Promise<FoundServer> {
  const pidFile = await readPidFile(access.clusterDir);
  if (pidFile === null) return { kind: "none", crashed: false };
  const mark = findProcessMark(pidFile.pid);
  const recorded = record.server?.process;
  const isReusedPid = recorded !== undefined && recorded.pid === mark?.pid && !isAlive(recorded);
  if (mark === null || isReusedPid) return withoutPidFile(access);

  const server = { process: mark, port: pidFile.port };
  const readiness = await awaitReadiness(server, access, READY_MS_MAX);
  switch (readiness.kind) {
    case "ready":
      return { kind: "running", server };
    case "ended":
      // One that was shut down removes the file itself.
      return (await readPidFile(access.clusterDir)) === null
        ? { kind: "none", crashed: false }
        : withoutPidFile(access);
    case "another-directory":
      return withoutPidFile(access); // this cluster was copied while its original ran
    case "refused":
    case "late":
      throw new EmbeddedPostgresError(
        "failed-to-start",
        `A process ${mark.pid} holds the embedded database in ${access.clusterDir}, and cannot be reached with the ` +
          `password in ${accessFileOf(dataDir)} (${readiness.detail}). If it is a Postgres server, stop it and start ` +
          `again. If it is not, remove ${access.clusterDir}/postmaster.pid and start again.`,
      );
    default:
      throw new Error(`Unknown readiness: ${JSON.stringify(readiness satisfies never)}`);
  }
}

async function withoutPidFile(access: Access): Promise<FoundServer> {
  await removePidFile(access.clusterDir);
  return { kind: "none", crashed: true };
}
