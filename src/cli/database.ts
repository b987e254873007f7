import { openDatabase } from "../../workers/database.js";
import type { Config } from "../config/config.js";
import { systemClock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { migrate } from "../store/migrate.js";
import { createPrisma, type Database } from "../store/prisma.js";

/** Opens the database for the length of one command, at this release's schema, and closes it whatever happens. */
export async function withDatabase<T>(config: Config, log: Logger, work: (db: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(config, "borrow", { log, clock: systemClock });
  try {
    await migrate(database.databaseUrl, { log });
    const db = createPrisma(database.databaseUrl, { connectionsMax: 2 });
    try {
      return await work(db);
    } finally {
      await db.$disconnect();
    }
  } finally {
    await database.stop();
  }
}
