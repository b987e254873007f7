import { randomUUID } from "node:crypto";
import { chown, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a new file that only the owner of its directory may read; fails with EEXIST when it is there. Also when root
 * writes: an ordinary user whose directory root worked in once must be able to go on alone. A durable one has reached
 * the disk when this returns.
 */
export async function createPrivateFile(path: string, text: string, durable = false): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
  await giveToOwnerOf(dirname(path), path);
}

/** Puts a private file in the place of another in one step: a reader finds the old text or the new one, never a part. */
export async function replacePrivateFile(path: string, text: string, durable = false): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await createPrivateFile(draft, text, durable);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Gives a file to the owner of a directory. Does nothing unless this process is root, who alone may. */
export async function giveToOwnerOf(dir: string, path: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dir);
  await chown(path, uid, gid);
}
