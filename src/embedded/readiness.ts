import { realpath } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { PostgresClient } from "../lib/postgres-client.js";
import { DATABASE } from "./cluster.js";
import { codeOf } from "./embedded-postgres-error.js";
import type { Postmaster } from "./postmaster.js";
import { isAlive } from "./process-mark.js";

export type Readiness =
  | { kind: "ready" }
  | { kind: "ended" }
  | { kind: "another-directory" }
  | { kind: "refused"; detail: string }
  | { kind: "late"; detail: string };

const LOOK_AGAIN_MS = 25;
/** The states in which waiting cannot help: a wrong password, a missing role, no line in pg_hba.conf. */
const REFUSALS = ["28P01", "28000"];
const MISSING_DATABASE = "3D000";
const answer = z.tuple([z.object({ data_directory: z.string() })]);

/** The address of the database, with the password. */
export function databaseUrlOf({ port }: Pick<Postmaster, "port">, password: string): string {
  return `postgresql://${DATABASE}:${encodeURIComponent(password)}@127.0.0.1:${port}/${DATABASE}`;
}

/**
 * Waits until the server takes connections to the database `polarwatch`, which is made when it is missing. Proves on
 * the way that the password fits and that the server works on this very directory and not on one it was copied from.
 */
export async function awaitReadiness(
  server: Postmaster,
  expected: { clusterDir: string; password: string },
  waitMsMax: number,
): Promise<Readiness> {
  const deadline = AbortSignal.timeout(waitMsMax);
  for (;;) {
    try {
      const dir = await askDataDirectory(server.port, expected.password);
      return (await samePath(dir, expected.clusterDir)) ? { kind: "ready" } : { kind: "another-directory" };
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      if (REFUSALS.includes(codeOf(error) ?? "")) return { kind: "refused", detail };
      if (!isAlive(server.process)) return { kind: "ended" };
      if (deadline.aborted) return { kind: "late", detail };
    }
    await delay(LOOK_AGAIN_MS);
  }
}

async function askDataDirectory(port: number, password: string): Promise<string> {
  try {
    return await withClient(port, password, DATABASE, readDataDirectory);
  } catch (error) {
    if (codeOf(error) !== MISSING_DATABASE) throw error;
    await withClient(port, password, "postgres", (client) => client.query(`CREATE DATABASE ${DATABASE}`));
    return withClient(port, password, DATABASE, readDataDirectory);
  }
}

async function readDataDirectory(client: PostgresClient): Promise<string> {
  const { rows } = await client.query("SHOW data_directory");
  return answer.parse(rows)[0].data_directory;
}

async function withClient<Result>(
  port: number,
  password: string,
  database: string,
  use: (client: PostgresClient) => Promise<Result>,
): Promise<Result> {
  // All of it said, ssl too: what is left out, pg takes from PGSSLMODE and its like
  const settings = { host: "127.0.0.1", port, user: DATABASE, password, database, ssl: false };
  const client = new PostgresClient({ ...settings, connectionTimeoutMillis: 2000, query_timeout: 10_000 });
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end();
  }
}

async function samePath(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((path) => realpath(path).catch(() => path)));
  return first === second;
}
