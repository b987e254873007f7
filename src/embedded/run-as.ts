import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, EmbeddedPostgresError } from "./embedded-postgres-error.js";
import { type RunAs, runProgram } from "./run-program.js";

const CANDIDATES = ["polarwatch", "postgres", "nobody"] as const;

/**
 * The user in whose name Postgres has to run, null when this process is not root and runs it as itself. An ordinary
 * user who owns the cluster, or the data directory, stays its user; else the first one there is of `polarwatch`,
 * `postgres` and `nobody`. Never makes a user.
 */
export async function chooseRunAs(dirs: readonly string[]): Promise<RunAs | null> {
  if (process.getuid?.() !== 0) return null;
  for (const dir of dirs) {
    const owner = await findOwner(dir);
    if (owner === null || owner.uid === 0) continue;
    return (await findUser(String(owner.uid))) ?? { ...owner, name: String(owner.uid) };
  }
  for (const name of CANDIDATES) {
    const user = await findUser(name);
    if (user !== null) return user;
  }
  throw new EmbeddedPostgresError(
    "failed-to-start",
    `Postgres refuses to run as root, and this system has none of the users ${CANDIDATES.join(", ")} to run it as. ` +
      "Run polarwatch as an ordinary user, or set DATABASE_URL to a Postgres server of your own.",
  );
}

/** Whether a user may go into a directory, which takes the right to search it and every directory above it. */
export async function canEnter(dir: string, user: RunAs): Promise<boolean> {
  const { mode, uid, gid } = await stat(dir);
  const searchable = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  if ((mode & searchable) === 0) return false;
  const parent = dirname(dir);
  return parent === dir || (await canEnter(parent, user));
}

async function findOwner(dir: string): Promise<{ uid: number; gid: number } | null> {
  try {
    const { uid, gid } = await stat(dir);
    return { uid, gid };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** Asks the system's name service, which also knows the users of a directory service; a system without it has the file. */
async function findUser(nameOrUid: string): Promise<RunAs | null> {
  const asked = await runProgram("/usr/bin/getent", ["passwd", nameOrUid], null);
  const lines = asked.kind === "finished" ? asked.output : await readFile("/etc/passwd", "utf8");
  for (const line of lines.split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (name === undefined || (name !== nameOrUid && uid !== nameOrUid)) continue;
    if (Number(uid) > 0 && Number(gid) >= 0) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return null;
}
