import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import type { Logger } from "../lib/logger.js";
import { PostgresClient } from "../lib/postgres-client.js";
import { applyMigrations } from "./apply-migrations.js";
import { connectionSettings } from "./connection.js";
import { databaseErrorCodes, isDatabaseUnavailable } from "./database-error.js";
import { MigrationError } from "./migration-error.js";
import { ownMigrationsDir, readMigrations } from "./migration-files.js";
import { type MigrationRecord, planMigrations } from "./migration-plan.js";

const POSTGRES_VERSION_MIN = 15;
/** Held by the session that migrates: "polarwat" as a number. */
const LOCK_KEY = "8101813420450865524";
const LOCK_POLL_MS = 200;

/**
 * Brings the database to this release's schema and says which migrations that took, none as a rule. Processes that do
 * so at once wait for each other, and each migration is applied once. A migration takes effect whole or not at all,
 * unless it says CONCURRENTLY. Problems that can be expected are thrown as a MigrationError.
 */
export async function migrate(
  databaseUrl: string,
  options: { log: Logger; migrationsDir?: string },
): Promise<{ applied: string[] }> {
  const { log, migrationsDir = ownMigrationsDir() } = options;
  const files = await readMigrations(migrationsDir);
  return withClient(databaseUrl, async (client) => {
    // Without the lock a migration that another process has begun looks like one that failed: then ask again under it.
    const records = await readRecords(client);
    if (records.length > 0 && records.every(isSettled) && planMigrations(files, records).length === 0) {
      log.debug({ migrations: files.length }, "Database schema is up to date");
      return { applied: [] };
    }
    await lock(client, log);
    const pending = planMigrations(files, await readRecords(client));
    if (pending.length === 0) return { applied: [] };
    await requireRights(client);
    const applied = await applyMigrations(databaseUrl, migrationsDir, files, log);
    log.info({ applied }, "Database migrated");
    return { applied };
  });
}

/**
 * Names of the migrations that this release still has to apply, in order; changes nothing. Throws a MigrationError as
 * `migrate` would.
 */
export async function pendingMigrations(
  databaseUrl: string,
  options: { migrationsDir?: string } = {},
): Promise<string[]> {
  const files = await readMigrations(options.migrationsDir ?? ownMigrationsDir());
  return withClient(databaseUrl, async (client) => planMigrations(files, await readRecords(client)));
}

async function withClient<T>(databaseUrl: string, work: (client: PostgresClient) => Promise<T>): Promise<T> {
  const client = new PostgresClient(connectionSettings(databaseUrl));
  try {
    await client.connect();
    await requireVersion(client);
    return await work(client);
  } catch (error) {
    throw inWords(error);
  } finally {
    await client.end().catch(() => {});
  }
}

const versionRow = z.object({ number: z.int(), version: z.string() });

async function requireVersion(client: PostgresClient): Promise<void> {
  const { rows } = await client.query(
    "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version",
  );
  const { number, version } = versionRow.parse(rows[0]);
  if (number >= POSTGRES_VERSION_MIN * 10_000) return;
  throw new MigrationError(
    "too_old",
    `This database is PostgreSQL ${version}; polarwatch needs ${POSTGRES_VERSION_MIN} or later.`,
  );
}

const recordRow = z.object({
  name: z.string(),
  checksum: z.string(),
  startedAt: z.date(),
  finishedAt: z.nullable(z.date()),
  rolledBackAt: z.nullable(z.date()),
});

async function readRecords(client: PostgresClient): Promise<MigrationRecord[]> {
  const { rows: tables } = await client.query("SELECT to_regclass('public._prisma_migrations') AS found");
  if (z.tuple([z.object({ found: z.nullable(z.string()) })]).parse(tables)[0].found === null) return [];
  const { rows } = await client.query(
    `SELECT migration_name AS name, checksum, started_at AS "startedAt", finished_at AS "finishedAt",
            rolled_back_at AS "rolledBackAt"
       FROM public._prisma_migrations ORDER BY started_at`,
  );
  return z.array(recordRow).parse(rows);
}

function isSettled({ finishedAt, rolledBackAt }: MigrationRecord): boolean {
  return finishedAt !== null || rolledBackAt !== null;
}

/**
 * Waits until this session holds the lock, which it does until it ends. It asks again and again, for a statement that
 * waits counts as a running transaction, and CREATE INDEX CONCURRENTLY waits for all of those: a deadlock.
 */
async function lock(client: PostgresClient, log: Logger): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const { rows } = await client.query("SELECT pg_try_advisory_lock($1) AS taken", [LOCK_KEY]);
    if (z.tuple([z.object({ taken: z.boolean() })]).parse(rows)[0].taken) return;
    if (attempt % 150 === 0) log.info("Waiting for another process that migrates this database");
    await delay(LOCK_POLL_MS);
  }
}

async function requireRights(client: PostgresClient): Promise<void> {
  const { rows } = await client.query(
    "SELECT current_user AS name, coalesce(has_schema_privilege(to_regnamespace('public')::oid, 'CREATE'), false) AS may",
  );
  const [user] = z.tuple([z.object({ name: z.string(), may: z.boolean() })]).parse(rows);
  if (user.may) return;
  throw new MigrationError(
    "no_rights",
    `The database user ${user.name} may not create tables in the schema public. ` +
      `Make it the owner of the database, or run: GRANT CREATE ON SCHEMA public TO "${user.name}".`,
  );
}

/** An error of the connection in words that say what to do; any other as it is. */
function inWords(error: unknown): unknown {
  if (error instanceof MigrationError) return error;
  const { sqlState } = databaseErrorCodes(error);
  const why = messageOf(error);
  if (sqlState !== null && /^(28...|3D000)$/.test(sqlState)) {
    return new MigrationError("refused", `The database refuses the connection: ${why}. Check DATABASE_URL.`, {
      cause: error,
    });
  }
  if (sqlState === "42501") {
    return new MigrationError("no_rights", `The database user lacks rights: ${why}.`, { cause: error });
  }
  if (isDatabaseUnavailable(error)) {
    return new MigrationError("unreachable", `The database cannot be reached: ${why}.`, { cause: error });
  }
  return error;
}

/** A host with several addresses gives an error without a message, which holds one for each of them. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
