import { Command } from "commander";
import { openDatabase } from "../../workers/database.js";
import { systemClock } from "../lib/clock.js";
import { migrate, pendingMigrations } from "../store/migrate.js";
import { createCommandLogger, loadDatabaseConfig } from "./configuration.js";
import type { ExitCode, Terminal } from "./terminal.js";

/** `migrate`: brings the database to this release's schema; `start` does the same by itself. */
export function migrateCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("migrate")
    .description("bring the database to the schema of this release")
    .option("--dry-run", "only list what would be applied; exits with 3 when there is something")
    .option("--json", "print the outcome as JSON")
    .action(async (options: { dryRun?: boolean; json?: boolean }) => {
      const config = loadDatabaseConfig(terminal);
      const log = createCommandLogger(config, "warnings");
      const database = await openDatabase(config, "borrow", { log, clock: systemClock });
      try {
        const isDry = options.dryRun === true;
        const names = isDry
          ? await pendingMigrations(database.databaseUrl)
          : (await migrate(database.databaseUrl, { log })).applied;
        terminal.print(
          options.json === true
            ? `${JSON.stringify({ [isDry ? "pending" : "applied"]: names })}\n`
            : list(names, isDry),
        );
        finish(isDry && names.length > 0 ? 3 : 0);
      } finally {
        await database.stop();
      }
    });
}

function list(names: readonly string[], isDry: boolean): string {
  if (names.length === 0) return "The database is up to date.\n";
  return `${isDry ? "To be applied" : "Applied"}:\n${names.map((name) => `  ${name}\n`).join("")}`;
}
