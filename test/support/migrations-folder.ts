import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** A folder of migrations by name, in Prisma's format; it goes with the test. */
export async function createMigrationsFolder(migrations: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "polarwatch-migrations-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(path.join(folder, "migration_lock.toml"), 'provider = "postgresql"\n');
  await Promise.all(Object.entries(migrations).map(([name, sql]) => writeMigration(folder, name, sql)));
  return folder;
}

/** Adds a migration to the folder, or makes it a different one. */
export async function writeMigration(folder: string, name: string, sql: string): Promise<void> {
  await mkdir(path.join(folder, name), { recursive: true });
  await writeFile(path.join(folder, name, "migration.sql"), sql);
}
