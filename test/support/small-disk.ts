import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import { makeReachableTempDir } from "./throwaway-postgres.js";

const run = promisify(execFile);

export type SmallDisk = { dir: string; unmount(): Promise<void> };

/** A disk of so many megabytes, in memory, that can be filled without harm to others; null where this user may not mount one. */
export async function findSmallDisk(megabytes: number): Promise<SmallDisk | null> {
  const dir = await makeReachableTempDir();
  for (const sudo of [[], ["sudo", "-n"]]) {
    const asRoot = async (...command: string[]) => {
      const [program = "", ...args] = [...sudo, ...command];
      await run(program, args);
    };
    try {
      await asRoot("mount", "-t", "tmpfs", "-o", `size=${megabytes}m,mode=1777`, "polarwatch-test", dir);
    } catch {
      continue; // no such right, no such program, or no such kind of disk
    }
    return {
      dir,
      unmount: async () => {
        await asRoot("umount", dir);
        await rm(dir, { recursive: true, force: true });
      },
    };
  }
  await rm(dir, { recursive: true, force: true });
  return null;
}
