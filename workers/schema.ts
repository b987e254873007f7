import type { Lifecycle } from "../src/lib/lifecycle.js";
import { pendingMigrations } from "../src/store/migrate.js";
import { MigrationError } from "../src/store/migration-error.js";

/** How often this process looks whether a newer release has used its database. */
const SCHEMA_EVERY_MS = 15_000;

/**
 * Says once when a newer release has migrated the database while this one runs: from then on nothing says that what this
 * one writes is right. A database that cannot be asked is asked again.
 */
export function watchSchema(
  databaseUrl: string,
  life: Lifecycle,
  onNewer: (error: MigrationError) => void,
  everyMs = SCHEMA_EVERY_MS,
): void {
  let asking = false;
  const look = async () => {
    if (asking) return;
    asking = true;
    try {
      await pendingMigrations(databaseUrl);
    } catch (error) {
      if (!(error instanceof MigrationError) || error.problem !== "newer_database") return;
      clearInterval(timer);
      onNewer(error);
    } finally {
      asking = false;
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  life.onStop("look at the schema", () => clearInterval(timer));
}
