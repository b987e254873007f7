import { Command } from "commander";
import { openDatabase } from "../../workers/database.js";
import { FROM_COMMAND_LINE } from "../domain/audit.js";
import { oneLine } from "../domain/plain-text.js";
import { systemClock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { insertAuditEntry } from "../store/audit.js";
import { migrate, pendingMigrations } from "../store/migrate.js";
import { createPrisma } from "../store/prisma.js";
import { createCommandLogger, loadDatabaseConfig } from "./configuration.js";
import { personOrNumberOf } from "./person.js";
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
          : await migrateOnRecord(database.databaseUrl, log);
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

/** The audit log may be among what is made, so who did it is told afterwards. */
async function migrateOnRecord(databaseUrl: string, log: Logger): Promise<readonly string[]> {
  const { applied } = await migrate(databaseUrl, { log });
  const last = applied.at(-1);
  if (last === undefined) return applied;
  const db = createPrisma(databaseUrl, { connectionsMax: 1 });
  try {
    await insertAuditEntry(db, {
      at: systemClock(),
      origin: FROM_COMMAND_LINE,
      actor: oneLine(personOrNumberOf(null)),
      action: "migrate",
      subject: { kind: "schema", id: last },
      detail: { applied: applied.length },
    });
  } finally {
    await db.$disconnect();
  }
  return applied;
}

function list(names: readonly string[], isDry: boolean): string {
  if (names.length === 0) return "The database is up to date.\n";
  return `${isDry ? "To be applied" : "Applied"}:\n${names.map((name) => `  ${name}\n`).join("")}`;
}
