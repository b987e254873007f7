import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import * as z from "zod";
import { codeOf } from "./embedded-postgres-error.js";

export const processMark = z.object({ pid: z.int().positive(), startedKey: z.nullable(z.string()) });

/**
 * One run of one process. The pid alone is not enough, for pids are used again, after a restart of a container at once:
 * `startedKey` tells two runs under one pid apart, and is null where the system does not say when a process started.
 */
export type ProcessMark = z.infer<typeof processMark>;

/** The mark of the process that now runs under a pid, null when there is none. A zombie does not run. */
export function findProcessMark(pid: number): ProcessMark | null {
  if (process.platform === "linux") {
    const stat = readText(`/proc/${pid}/stat`);
    if (stat !== null) {
      // The name of the program comes second, in brackets, and may itself hold brackets and spaces.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (fields[0] === "Z" || fields[0] === "X") return null;
      return { pid, startedKey: `${readText("/proc/sys/kernel/random/boot_id")?.trim()}/${fields[19]}` };
    }
  }
  if (!answersSignals(pid)) return null;
  return { pid, startedKey: process.platform === "darwin" ? startTimeByPs(pid) : null };
}

/** The mark of this very process. */
export function ownProcessMark(): ProcessMark {
  return findProcessMark(process.pid) ?? { pid: process.pid, startedKey: null };
}

/** Whether that very run of the process goes on, not another one under the same pid. */
export function isAlive(mark: ProcessMark): boolean {
  const current = findProcessMark(mark.pid);
  if (current === null) return false;
  return current.startedKey === null || mark.startedKey === null || current.startedKey === mark.startedKey;
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM"; // somebody else's process, but a living one
  }
}

function startTimeByPs(pid: number): string | null {
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", env: { LC_ALL: "C" } }).trim();
  } catch {
    return null;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null; // gone, or hidden from this user: the caller asks by signal
  }
}
