// What processes use, as Linux tells it in /proc.
import { readdirSync, readFileSync } from "node:fs";

/** Of USER_HZ, which is the same on every Linux that runs Node.js. */
const TICKS_A_SECOND = 100;

/** The fields of /proc/PID/stat behind the name of the program; null for a process that is gone. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

export const parentOf = (pid) => Number(statOf(pid)?.[1]);

/** Seconds of CPU that a process and all below it have used so far, those included that ended meanwhile. */
export function cpuSeconds(root) {
  const stats = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), statOf(name)]),
  );
  const isBelow = (pid) => pid === root || (pid > 1 && stats.get(pid) != null && isBelow(Number(stats.get(pid)[1])));
  let ticks = 0;
  for (const [pid, stat] of stats) {
    // Its own, and those of children that ended.
    if (stat !== null && isBelow(pid)) for (const field of stat.slice(11, 15)) ticks += Number(field);
  }
  return ticks / TICKS_A_SECOND;
}

/** The most memory that a process held at a time, in MB. */
export function memoryMaxMb(pid) {
  const [, kb] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(kb) / 1024;
}
