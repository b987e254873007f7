import { setTimeout as delay } from "node:timers/promises";
import type { Binaries } from "./binaries.js";
import { diskFullError, EmbeddedPostgresError } from "./embedded-postgres-error.js";
import { findFreePort, launchServer, type Postmaster, stopServer } from "./postmaster.js";
import { awaitReadiness, type Readiness } from "./readiness.js";
import type { RunAs } from "./run-program.js";
import type { Access } from "./run-record.js";

/** How long a server may take until it takes connections; recovery after a crash is part of it. */
export const READY_MS_MAX = 20_000;

const PORT_TAKEN = { said: "could not bind", launchesMax: 5 } as const;
/** The postmaster was killed, and a child of its has not noticed yet; it does so within seconds. */
const LINGERING = { said: "pre-existing shared memory block", launchesMax: 50, waitMs: 100 } as const;

type Start = {
  dataDir: string;
  access: Access;
  binaries: Binaries;
  runAs: RunAs | null;
  settings: Readonly<Record<string, string>>;
  logFile: string;
  /** Called as soon as the process exists, so that it can be told from others even when this one dies before it is ready. */
  onLaunched(server: Postmaster): Promise<void>;
};

/** Starts a server on a whole cluster that has none, and waits until it takes connections. Leaves none behind when it throws. */
export async function startServer(start: Start): Promise<Postmaster> {
  for (let launch = 1; ; launch++) {
    const port = await findFreePort();
    const { process, tail } = await launchServer({ ...start, clusterDir: start.access.clusterDir, port });
    const server = { process, port };
    try {
      await start.onLaunched(server);
      const readiness = await awaitReadiness(server, start.access, READY_MS_MAX);
      if (readiness.kind === "ready") return server;
      const lastLines = await tail();
      if (readiness.kind === "ended" && lastLines.includes(PORT_TAKEN.said) && launch < PORT_TAKEN.launchesMax)
        continue;
      if (readiness.kind !== "ended" || !lastLines.includes(LINGERING.said) || launch >= LINGERING.launchesMax) {
        throw startError(start, readiness, lastLines);
      }
    } catch (error) {
      await stopServer(process);
      throw error;
    }
    await delay(LINGERING.waitMs);
  }
}

function startError(
  { dataDir, access, logFile }: Start,
  readiness: Readiness,
  lastLines: string,
): EmbeddedPostgresError {
  if (lastLines.includes("No space left on device")) return diskFullError(dataDir);
  return new EmbeddedPostgresError(
    "failed-to-start",
    `The embedded database in ${access.clusterDir} did not start: ${whatHappened(readiness)}. ` +
      `The last lines of ${logFile}:\n${lastLines || "(nothing)"}\n` +
      "Mend what they name and start again, or set DATABASE_URL to a Postgres server of your own.",
  );
}

function whatHappened(readiness: Readiness): string {
  switch (readiness.kind) {
    case "late":
      return `after ${READY_MS_MAX / 1000} s it still takes no connections (${readiness.detail})`;
    case "refused":
      return `it refuses the stored password (${readiness.detail})`;
    case "another-directory":
      return "another server has answered in its place";
    case "ended":
    case "ready":
      return "the server ended by itself";
    default:
      throw new Error(`Unknown readiness: ${JSON.stringify(readiness satisfies never)}`);
  }
}
