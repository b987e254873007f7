import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { findOwnPackage } from "../lib/own-package.js";

/** One folder of `prisma/migrations`. */
export type MigrationFile = { name: string; sql: string };

/** The migrations of this release. */
export function ownMigrationsDir(): string {
  return path.join(findOwnPackage().dir, "prisma", "migrations");
}

/** All migrations in the order in which they are applied. Throws when one cannot be read. */
export async function readMigrations(migrationsDir: string): Promise<MigrationFile[]> {
  const entries = await readdir(migrationsDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => ({
      name,
      sql: await readFile(path.join(migrationsDir, name, "migration.sql"), "utf8"),
    })),
  );
}

/** As Prisma sees it: a checksum holds whichever line endings a checkout gave the file. */
export function matchesChecksum(sql: string, checksum: string): boolean {
  const unix = sql.replaceAll("\r\n", "\n");
  return [sql, unix, unix.replaceAll("\n", "\r\n")].some((text) => sha256(text) === checksum);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
