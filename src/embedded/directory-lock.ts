import { randomUUID } from "node:crypto";
import { link, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { codeOf } from "./embedded-postgres-error.js";
import { isAlive, ownProcessMark, type ProcessMark, processMark } from "./process-mark.js";
import { createPrivateFile, replacePrivateFile } from "./write-private-file.js";

const PREFIX = "postgres.lock.";
const FREE = "free";
const LOOK_AGAIN_MS = 25;

export type DirectoryLock = { kind: "acquired"; release(): Promise<void> } | { kind: "held"; by: ProcessMark };

/**
 * Takes the lock of a directory: at most one opening, in this process or any other of this machine, has it at a time,
 * and it is free again once its holder has died. Waits for a living holder until `waitMsMax` have passed.
 *
 * A lock is a ticket, `postgres.lock.<n>`, made with its content by one link(2). The highest one counts. It is never
 * removed while it is the highest, so that numbers only rise: whoever acted on an outdated look at the directory finds
 * a higher ticket than its own when it looks again, and stands back. A plain lock file that others may delete when its
 * holder seems dead has no such safeguard: two can find it dead, and the slower one deletes the faster one's new lock.
 */
export async function acquireDirectoryLock(dir: string, waitMsMax: number): Promise<DirectoryLock> {
  const deadline = AbortSignal.timeout(waitMsMax);
  for (;;) {
    const highest = (await ticketsIn(dir)).at(-1) ?? 0;
    const holder = highest === 0 ? FREE : await readTicket(ticketPath(dir, highest));
    if (holder !== FREE && isAlive(holder)) {
      if (deadline.aborted) return { kind: "held", by: holder };
      await delay(LOOK_AGAIN_MS);
      continue;
    }
    const mine = highest + 1;
    if (!(await makeTicket(dir, mine))) continue;
    const tickets = await ticketsIn(dir);
    if (tickets.at(-1) !== mine) {
      await rm(ticketPath(dir, mine), { force: true });
      continue;
    }
    await Promise.all(tickets.slice(0, -1).map((old) => rm(ticketPath(dir, old), { force: true })));
    return { kind: "acquired", release: () => replacePrivateFile(ticketPath(dir, mine), FREE) };
  }
}

async function ticketsIn(dir: string): Promise<number[]> {
  const names = (await readdir(dir)).filter((name) => name.startsWith(PREFIX));
  const numbers = names.map((name) => Number(name.slice(PREFIX.length)));
  return numbers.filter(Number.isSafeInteger).sort((a, b) => a - b);
}

/** What cannot be read belongs to nobody: a ticket appears whole, so it was torn by a power cut or is gone already. */
async function readTicket(path: string): Promise<ProcessMark | typeof FREE> {
  try {
    return processMark.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (codeOf(error) === "EACCES") throw error;
    return FREE;
  }
}

async function makeTicket(dir: string, number: number): Promise<boolean> {
  const draft = join(dir, `postgres.lock-${randomUUID()}`);
  try {
    await createPrivateFile(draft, JSON.stringify(ownProcessMark()));
    await link(draft, ticketPath(dir, number));
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

const ticketPath = (dir: string, number: number): string => join(dir, `${PREFIX}${number}`);
