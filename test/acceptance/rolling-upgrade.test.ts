import { expect } from "vitest";
import { runOn } from "../support/admin.js";
import { CommandLine } from "../support/command-line.js";
import { alteredDatabaseTest } from "../support/database.js";
import { openWorld } from "../support/world.js";

const NEWER = "20990101000000_add_what_comes_later";

alteredDatabaseTest(
  "a release older than the schema ends in order while it runs, refuses to start, and says why with both names",
  { timeout: 120_000 },
  async ({ db, databaseUrl }) => {
    const world = await openWorld();
    const env = { ...world.env, DATABASE_URL: databaseUrl };
    const running = new CommandLine(["start"], { cwd: "/", env });
    await running.says("polarwatch is ready", 60_000);
    await runOn(
      databaseUrl,
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
       VALUES ('newer', 'newer', now(), '${NEWER}', now(), 1)`,
    );
    expect(await running.exitCode()).toBe(1);
    expect(await db.poll.count({ where: { outcome: null } })).toBe(0);

    const starting = new CommandLine(["start"], { cwd: "/", env });
    expect(await starting.exitCode()).toBe(1);
    for (const { errors } of [running, starting]) {
      expect(errors).toMatch(
        new RegExp(`it applied ${NEWER}, which this release does not know, for its newest .* is \\d{14}_`),
      );
      expect(errors).not.toMatch(/\n\s+at /);
    }
    await world.close();
  },
);
