import { MigrationError } from "./migration-error.js";
import { type MigrationFile, matchesChecksum } from "./migration-files.js";

/** A row of `_prisma_migrations`, as Prisma writes it. */
export type MigrationRecord = {
  name: string;
  checksum: string;
  startedAt: Date;
  finishedAt: Date | null;
  rolledBackAt: Date | null;
};

/**
 * Which migrations are still to be applied, in order. Throws a MigrationError when a person has to look first: one
 * failed or was edited after it was applied, or the database is ahead of this release.
 */
export function planMigrations(files: readonly MigrationFile[], records: readonly MigrationRecord[]): string[] {
  const standing = records.filter((record) => record.rolledBackAt === null);
  const applied = new Map(standing.map((record) => [record.name, record]));
  const known = new Map(files.map((file) => [file.name, file]));

  const failed = standing.find((record) => record.finishedAt === null);
  if (failed !== undefined) throw failedEarlier(failed);

  const unknown = standing.filter((record) => !known.has(record.name)).map((record) => record.name);
  if (unknown.length > 0) {
    throw new MigrationError(
      "newer_database",
      `A newer polarwatch has used this database: it applied ${unknown.join(", ")}, which this release does not know, ` +
        `for its newest migration is ${files.at(-1)?.name ?? "none"}. ` +
        "Start that release or a later one, or go back to a backup from before it.",
    );
  }

  const edited = files.filter((file) => {
    const record = applied.get(file.name);
    return record !== undefined && !matchesChecksum(file.sql, record.checksum);
  });
  if (edited.length > 0) {
    throw new MigrationError(
      "edited",
      `The migration ${edited.map((file) => file.name).join(", ")} is not what it was when this database applied it. ` +
        "A migration that was applied must not change: install polarwatch anew, or undo the edit.",
    );
  }
  return files.filter((file) => !applied.has(file.name)).map((file) => file.name);
}

function failedEarlier({ name, startedAt }: MigrationRecord): MigrationError {
  return new MigrationError(
    "failed_earlier",
    `The migration ${name}, begun at ${startedAt.toISOString()}, did not finish, and part of it may be in place. ` +
      "Go back to a backup from before it; or undo what there is of it by hand, and then have it applied anew by " +
      `UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = '${name}' AND finished_at IS NULL.`,
  );
}
