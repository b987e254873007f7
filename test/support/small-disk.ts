import { execFile } from "node:child_process";
import { open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { eventually } from "./eventually.js";
import { makeReachableTempDir } from "./throwaway-postgres.js";

const run = promisify(execFile);

const SOON = { deadlineMs: 60_000, pauseMs: 100 };

export type SmallDisk = {
  dir: string;
  /** Takes all the room that there is, however much others take and give back meanwhile. */
  fill(): Promise<void>;
  /** Gives the room back. */
  free(): Promise<void>;
  unmount(): Promise<void>;
};

/** Whether this user may mount such disks. */
export async function canMountDisks(): Promise<boolean> {
  const disk = await tryToMount(1);
  await disk?.unmount();
  return disk !== null;
}

/** A disk of so many megabytes, in memory, that can be filled without harm to others. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  const disk = await tryToMount(megabytes);
  if (disk === null) throw new Error("This user may not mount a disk");
  return disk;
}

async function tryToMount(megabytes: number): Promise<SmallDisk | null> {
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
    const filler = join(dir, "filler");
    return {
      dir,
      fill: () => fillUp(dir, filler),
      free: () => rm(filler, { force: true }),
      unmount: async () => {
        await asRoot("umount", dir);
        await rm(dir, { recursive: true, force: true });
      },
    };
  }
  await rm(dir, { recursive: true, force: true });
  return null;
}

async function fillUp(dir: string, filler: string): Promise<void> {
  const file = await open(filler, "a");
  try {
    await eventually(async () => {
      const { bavail, bsize } = await statfs(dir);
      if (bavail > 0) await file.write(Buffer.alloc(bavail * bsize)).catch(() => {}); // less than it was is written
      if ((await statfs(dir)).bavail > 0) throw new Error("There is room left");
    }, SOON);
  } finally {
    await file.close();
  }
}
