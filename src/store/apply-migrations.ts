import type { SchemaEngine } from "@prisma/schema-engine-wasm";
import * as z from "zod";
import type { Logger } from "../lib/logger.js";
import { databaseErrorCodes } from "./database-error.js";
import { MigrationError } from "./migration-error.js";
import type { MigrationFile } from "./migration-files.js";
import { migrationList, NO_FILTERS, withSchemaEngine } from "./schema-engine.js";

/**
 * Applies what is pending of the migrations, in order, and says which those were. The caller holds the lock and has
 * looked at what was applied before. The first one that fails ends it with a MigrationError; those before it stay.
 */
export async function applyMigrations(
  databaseUrl: string,
  migrationsDir: string,
  files: readonly MigrationFile[],
  log: Logger,
): Promise<string[]> {
  const migrationsList = migrationList(migrationsDir, files);
  const fileOf = (script: string) => files.find((file) => file.sql === script);
  let failure: { file: MigrationFile; error: unknown } | undefined;
  const observer = {
    onBegin(script: string) {
      const file = fileOf(script);
      if (file !== undefined) log.info({ migration: file.name }, "Applying migration");
    },
    onFailure(script: string, error: unknown) {
      const file = fileOf(script);
      if (file !== undefined) failure = { file, error };
    },
  };
  const work = async (engine: SchemaEngine) => {
    try {
      return (await engine.applyMigrations({ migrationsList, filters: NO_FILTERS })).appliedMigrationNames;
    } catch (error) {
      // Only a refusal by Postgres is certain: a connection lost midway leaves open whether the script took effect.
      if (failure === undefined || databaseErrorCodes(failure.error).sqlState === null) throw error;
      const { name, sql } = failure.file;
      const undone = isAllOrNothing(sql) && (await markRolledBack(engine, name));
      throw failedNow(name, failure.error, undone);
    }
  };
  return withSchemaEngine(databaseUrl, work, observer);
}

/** False when the database does not take the mark: then the next start finds a migration that did not finish. */
async function markRolledBack(engine: SchemaEngine, migrationName: string): Promise<boolean> {
  try {
    await engine.markMigrationRolledBack({ migrationName });
    return true;
  } catch {
    return false;
  }
}

/** Whether Postgres undid all of a script that it refused. When in doubt, such as for a word in a comment, it did not. */
function isAllOrNothing(sql: string): boolean {
  return !/\b(concurrently|commit)\b/i.test(sql);
}

function failedNow(name: string, error: unknown, undone: boolean): MigrationError {
  const said = z.object({ cause: z.object({ originalMessage: z.string() }) }).safeParse(error);
  const why = said.success ? said.data.cause.originalMessage : String(error);
  const next = undone
    ? "Nothing of it was kept, and the next start tries it again."
    : "Part of it may be in place; the next start says what to do.";
  return new MigrationError("failed", `The migration ${name} failed: ${why}. ${next}`, { cause: error });
}
