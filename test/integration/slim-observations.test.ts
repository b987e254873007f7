import { expect } from "vitest";
import { migrate } from "../../src/store/migrate.js";
import { ownMigrationsDir, readMigrations } from "../../src/store/migration-files.js";
import { queryOn, runOn } from "../support/admin.js";
import { blankDatabaseTest } from "../support/database.js";
import { createMigrationsFolder } from "../support/migrations-folder.js";
import { createRecordingLog } from "../support/recording-log.js";

const { log } = createRecordingLog();
const SLIM = "20261129000000_slim_observations";

const rowsOf = (databaseUrl: string) =>
  queryOn(
    databaseUrl,
    `SELECT tableoid::regclass::text AS part, error_id, observed_at, snapshot_id, text_id, occurrences, last_occurred_at,
            present
       FROM observation ORDER BY error_id, observed_at`,
  );

blankDatabaseTest(
  "observations from before the slimmer table are all in it, in their months",
  async ({ databaseUrl }) => {
    const all = await readMigrations(ownMigrationsDir());
    const before = all.filter(({ name }) => name < SLIM).map(({ name, sql }) => [name, sql]);
    await migrate(databaseUrl, { log, migrationsDir: await createMigrationsFolder(Object.fromEntries(before)) });
    await runOn(
      databaseUrl,
      `SELECT ensure_month_partitions(day) FROM unnest('{2025-12-31,2026-01-31,2026-02-28}'::timestamptz[]) AS day;
     INSERT INTO observation (error_id, observed_at, snapshot_id, text_id, occurrences, last_occurred_at, present)
     SELECT i, timestamptz '2025-12-30 23:59:59.999Z' + make_interval(hours => 11 * i), 9007199254740993 + i, i,
            nullif(i % 4, 0) * 1000000000000, CASE WHEN i % 3 > 0 THEN timestamptz '2025-12-01 00:00:00.001Z' END, i % 5 > 0
       FROM generate_series(1, 100) AS i`,
    );
    const rows = await rowsOf(databaseUrl);
    expect(rows).toHaveLength(100);
    await migrate(databaseUrl, { log });
    expect(await rowsOf(databaseUrl)).toEqual(rows.map((row) => ({ ...row, text_id: Number(Object(row).text_id) })));
    const schemas = await queryOn(databaseUrl, "SELECT nspname FROM pg_namespace WHERE nspname = 'before_slim'");
    expect(schemas).toEqual([]);
  },
);
