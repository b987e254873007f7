import type { Config, DigestConfig } from "../config/config.js";
import { demoConfig } from "../config/demo-config.js";
import type { Rule } from "../domain/rule.js";
import { expectedFileError } from "../embedded/embedded-postgres-error.js";
import { findAccess } from "../embedded/run-record.js";
import { findServers } from "../store/history/servers.js";
import type { Database, Db } from "../store/prisma.js";
import { configInputOf, createCommandLogger, loadDatabaseConfig, requireValid } from "./configuration.js";
import { withDatabase } from "./database.js";
import type { Terminal } from "./terminal.js";

/** Where the past that a command is asked about is kept. */
export type History = {
  /** Looks into it, or gives null when nothing was ever kept there: no database is made just to be read. */
  look: <T>(work: (db: Database) => Promise<T>) => Promise<T | null>;
  /** For a person who finds nothing there: why, and what to do. */
  explainEmpty: () => Promise<string>;
  /** The rules by which it is judged there. */
  rules: readonly Rule[];
  /** The digests of what happens there. */
  digests: readonly DigestConfig[];
  /** Where people reach the page of it; null when that is not known. */
  publicUrl: string | null;
};

/** The history of the servers that this configuration watches, or that of the demo. */
export function historyOf(terminal: Terminal, isDemo: boolean): History {
  const config = isDemo ? demoPlace(terminal) : loadDatabaseConfig(terminal);
  return {
    rules: config.rules,
    digests: config.digests,
    publicUrl: config.http.publicUrl,
    look: async (work) => {
      if (config.databaseUrl === null && !(await wasUsed(config.dataDir))) return null;
      return withDatabase(config, createCommandLogger(config, "warnings"), work);
    },
    explainEmpty: async () => {
      if (isDemo) return `There is no demo in ${config.dataDir}: "polarwatch demo" starts one.`;
      const where = config.databaseUrl === null ? config.dataDir : "the database of DATABASE_URL";
      const hasDemo = await wasUsed(demoPlace(terminal).dataDir);
      return [
        `Nothing was watched yet: there is no server on record in ${where}.`,
        '"polarwatch start" watches the servers of your configuration.',
        hasDemo
          ? "There is data of the demo, though: add --demo to see it."
          : 'To try it without a Polarity server: "polarwatch demo", and then this command with --demo.',
      ].join("\n");
    },
  };
}

/** The names of all servers on record, in order. */
export async function findServerNames(db: Db): Promise<string[]> {
  const names: string[] = [];
  for (let after: string | null = null; ; ) {
    const page = await findServers(db, { server: null, watched: null }, { size: 100, after });
    names.push(...page.rows.map(({ id }) => id));
    if (page.next === null) return names;
    after = page.next;
  }
}

/** The configuration with which the demo runs here. Which server it watches makes no difference to where it keeps it. */
function demoPlace(terminal: Terminal): Config {
  const pace = { intervalMs: 1000, groupWaitMs: 0, groupIntervalMs: 0 };
  return requireValid(demoConfig(configInputOf(terminal), { serverUrl: "http://localhost", apiKey: "none", ...pace }));
}

/** Whether an embedded database was ever made in this directory. */
async function wasUsed(dataDir: string): Promise<boolean> {
  try {
    return (await findAccess(dataDir)) !== null;
  } catch (error) {
    throw expectedFileError(error, dataDir);
  }
}
