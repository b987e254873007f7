import { assertSchemaCompatibility, LATEST_SCHEMA_VERSION, runMigrations, SchemaMigrationRequiredError } from "bullmq";
import pg from "pg";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { PostgresClient } from "../lib/postgres-client.js";
import type { QueueConnection } from "./connection.js";
import { Outage, reasonOf } from "./outage.js";
import { SharedPostgresBackend } from "./postgres-backend.js";
import type { QueueSettings } from "./settings.js";
import { SharedPostgresConnection } from "./shared-postgres-connection.js";
import { within } from "./within.js";

/** One of them listens. */
const POOL_SIZE_MAX = 5;
const CONNECT_MS_MAX = 2000;
const QUERY_MS_MAX = 5000;
const CLOSE_MS_MAX = 1000;
const APPLICATION_NAME = "polarwatch queue";
/** Where BullMQ keeps its tables unless it is told otherwise. */
const SCHEMA = "bullmq";

/**
 * Opens the queue in Postgres and creates or upgrades its schema where needed; several processes may do so at once.
 * Rejects when the database cannot be reached, or its schema is that of a newer BullMQ.
 *
 * It needs session features (LISTEN, and settings at connect): a pooler in transaction mode cannot stand between.
 */
export async function openPostgres(
  settings: Extract<QueueSettings, { kind: "postgres" }>,
  deps: { log: Logger; clock: Clock },
): Promise<QueueConnection> {
  const address = addressOf(settings.databaseUrl);
  await prepareSchema(address);
  const outage = new Outage(deps.log, deps.clock);
  const connection = new SharedPostgresConnection(
    new pg.Pool({
      ...address,
      Client: PostgresClient,
      max: POOL_SIZE_MAX,
      connectionTimeoutMillis: CONNECT_MS_MAX,
      query_timeout: QUERY_MS_MAX,
      keepAlive: true,
      application_name: APPLICATION_NAME,
    }),
  );
  connection.on("error", (error: unknown) => outage.failed(error));
  try {
    // BullMQ remembers how this went the first time, for ever.
    await connection.waitUntilReady();
  } catch (error) {
    await within(CLOSE_MS_MAX, connection.close()).catch(() => undefined);
    throw error;
  }
  const reachability = {
    failed: (error: unknown) => outage.failed(error),
    recovered: () => outage.recovered(),
  };
  return {
    ...reachability,
    prefix: undefined,
    createBackend: (name, options, { withBlockingConnection = false } = {}) =>
      new SharedPostgresBackend(connection, name, options, reachability, withBlockingConnection),
    unreachableReason: () => null, // a closed port answers fast enough
    awayReason: () => outage.reason,
    close: async () => {
      outage.close();
      await within(CLOSE_MS_MAX, connection.close()).catch((error: unknown) => {
        deps.log.debug({ reason: reasonOf(error) }, "The connections of the queue did not close in time");
      });
    },
  };
}

/** Looks first and changes only what is behind, so that a role that may not create a schema can start. */
async function prepareSchema(address: { connectionString: string }): Promise<void> {
  const client = new PostgresClient({
    ...address,
    connectionTimeoutMillis: 5 * CONNECT_MS_MAX,
    application_name: APPLICATION_NAME,
  });
  try {
    await client.connect();
    if ((await schemaVersion(client)) < LATEST_SCHEMA_VERSION) await runMigrations(client, SCHEMA);
  } finally {
    await client.end();
  }
}

async function schemaVersion(client: PostgresClient): Promise<number> {
  try {
    return await assertSchemaCompatibility(client, SCHEMA);
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return 0;
    throw error;
  }
}

/** Of BullMQ's small statements each takes longer to plan than to run: they are planned once for each connection. */
const OPTIONS = `-c plan_cache_mode=force_generic_plan -c search_path=${SCHEMA}`;

/** Options inside a URL would replace these, so they are handed over beside it; of two that contradict, the last one holds. */
function addressOf(databaseUrl: string): { connectionString: string; options: string } {
  if (!URL.canParse(databaseUrl)) return { connectionString: databaseUrl, options: OPTIONS };
  const url = new URL(databaseUrl);
  const options = url.searchParams.get("options");
  url.searchParams.delete("options");
  return { connectionString: url.href, options: [options, OPTIONS].filter(Boolean).join(" ") };
}
