import { systemClock } from "../../src/lib/clock.js";
import { Lifecycle } from "../../src/lib/lifecycle.js";
import { createLogger, type Logger } from "../../src/lib/logger.js";
import { migrate } from "../../src/store/migrate.js";
import { runOn, siblingDatabaseUrl } from "./admin.js";
import { startRedis } from "./redis-server.js";
import { startThrowawayPostgres } from "./throwaway-postgres.js";

/** What every test of one run shares. */
export type TestServers = {
  adminDatabaseUrl: string;
  /** Migrated once; tests clone it. */
  templateDatabase: string;
  /** False when the server ends with the run, and with it what a failed test left behind. */
  databasesOutliveRun: boolean;
  /** Null where there is no Redis, so that its half of the suites does not run. */
  redisUrl: string | null;
};

/** Starts what is not given by TEST_DATABASE_URL and TEST_REDIS_URL. `life` stops all that was started. */
export async function startTestServers(life: Lifecycle, log: Logger): Promise<TestServers> {
  const given = process.env.TEST_DATABASE_URL;
  const adminDatabaseUrl = given ?? (await startPostgres(life, log));
  const templateDatabase = `polarwatch_template_${process.pid}`;
  const template = siblingDatabaseUrl(adminDatabaseUrl, templateDatabase);
  await runOn(adminDatabaseUrl, `DROP DATABASE IF EXISTS ${templateDatabase}`);
  await runOn(adminDatabaseUrl, `CREATE DATABASE ${templateDatabase}`);
  life.onStop("template database", () => runOn(adminDatabaseUrl, `DROP DATABASE ${templateDatabase}`));
  await migrate(template, { log });

  const redisUrl = process.env.TEST_REDIS_URL ?? (await startOwnRedis(life));
  return { adminDatabaseUrl, templateDatabase, databasesOutliveRun: given !== undefined, redisUrl };
}

async function startPostgres(life: Lifecycle, log: Logger): Promise<string> {
  const postgres = await startThrowawayPostgres({ log, clock: systemClock });
  life.onStop("postgres", () => postgres.stop());
  return postgres.databaseUrl;
}

async function startOwnRedis(life: Lifecycle): Promise<string | null> {
  const redis = await startRedis();
  if (redis === null) {
    process.stderr.write("No redis-server here and no TEST_REDIS_URL: tests of the queue run on Postgres alone.\n");
    return null;
  }
  life.onStop("redis", () => redis.stop());
  return redis.redisUrl;
}

/** A lifecycle for a whole run, which may take its time, and the log that goes with it: problems alone. */
export function createRunLifecycle(): { life: Lifecycle; log: Logger } {
  const log = createLogger({ level: "warn", format: "pretty" });
  return { life: new Lifecycle(log, 30_000), log };
}
