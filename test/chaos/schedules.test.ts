import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLogger } from "../../src/lib/logger.js";
import { migrate } from "../../src/store/migrate.js";
import { createPrisma } from "../../src/store/prisma.js";
import { type BundledProduct, bundleProduct } from "../support/bundled-product.js";
import {
  expectChanges,
  expectLedger,
  expectMessages,
  expectObservations,
  expectSettled,
} from "../support/chaos-invariants.js";
import { describeSchedule, type Schedule, scheduleOf } from "../support/chaos-schedule.js";
import { ChaosStage, type Requisites } from "../support/chaos-stage.js";
import { emptyDatabase, expectUnused } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { PROCESS_FLAGS, PROCESS_MAIN, PROCESS_MODULES } from "../support/killed-process.js";
import { startRedis } from "../support/redis-server.js";
import { type RestartablePostgres, startRestartablePostgres } from "../support/restartable-postgres.js";
import { canMountDisks, mountSmallDisk } from "../support/small-disk.js";

const SCHEDULES = Number(process.env.CHAOS_SCHEDULES ?? 2);
const FIRST_SEED = Number(process.env.CHAOS_SEED ?? 1);
const SEEDS = Array.from({ length: SCHEDULES }, (_, index) => FIRST_SEED + index);
/** Of so many schedules one is played on a small disk as well. */
const SCHEDULES_PER_DISK = 10;
const DISK_MEGABYTES = 256;
/** A server that refused a login is left alone for a minute. */
const WELL_AGAIN = { deadlineMs: 200_000, pauseMs: 100 };
const UNUSED = { deadlineMs: 10_000, pauseMs: 100 };

/** Each schedule has a Postgres of its own to restart; the next one gets it emptied. */
const idle: RestartablePostgres[] = [];
let product: BundledProduct;

async function takePostgres(): Promise<RestartablePostgres> {
  return idle.pop() ?? startMigrated(null);
}

async function startMigrated(place: string | null): Promise<RestartablePostgres> {
  const postgres = await startRestartablePostgres(place);
  await migrate(postgres.databaseUrl, { log: createLogger({ level: "error", format: "json" }) });
  return postgres;
}

beforeAll(async () => {
  product = await bundleProduct(PROCESS_MODULES, PROCESS_MAIN, PROCESS_FLAGS);
});

afterAll(async () => {
  await Promise.all(idle.map((postgres) => postgres.remove()));
  await product.remove();
});

describe("after faults of every kind, with everything well again", { concurrent: true, timeout: 400_000 }, () => {
  for (const seed of SEEDS) {
    test(`seed ${seed}: nothing is lost, invented, told twice or called over`, async () => {
      const postgres = await takePostgres();
      const redis = seed % 2 === 0 ? await startRedis() : null;
      const schedule = scheduleOf(seed, { hasRedis: redis !== null, hasSmallDisk: false });
      try {
        await playOut(schedule, { postgres, redis, disk: null });
        await emptyDatabase(postgres.databaseUrl);
        idle.push(postgres);
      } catch (error) {
        await postgres.remove();
        throw error;
      } finally {
        await redis?.stop();
      }
    });
  }
});

if (!(await canMountDisks())) {
  process.stderr.write("This user may not mount a disk of its own: no schedule fills one here.\n");
} else {
  describe("and of a full disk under the database", { concurrent: true, timeout: 400_000 }, () => {
    for (const seed of SEEDS.filter((_, index) => index % SCHEDULES_PER_DISK === 0)) {
      test(`seed ${seed}: nothing is lost, invented, told twice or called over`, async () => {
        const disk = await mountSmallDisk(DISK_MEGABYTES);
        const postgres = await startMigrated(disk.dir);
        const redis = seed % 2 === 0 ? await startRedis() : null;
        const schedule = scheduleOf(seed, { hasRedis: redis !== null, hasSmallDisk: true });
        try {
          await playOut(schedule, { postgres, redis, disk });
        } finally {
          await redis?.stop();
          await postgres.remove();
          await disk.unmount();
        }
      });
    }
  });
}

/** Plays a schedule, and looks whether all that has to hold does; what was found wrong is told with the schedule. */
async function playOut(schedule: Schedule, requisites: Omit<Requisites, "program">): Promise<void> {
  const { databaseUrl } = requisites.postgres;
  const stage = await ChaosStage.open(schedule, { ...requisites, program: product.program });
  const db = createPrisma(databaseUrl);
  try {
    await stage.start();
    await eventually(async () => expect(await db.snapshot.count()).toBeGreaterThan(0), WELL_AGAIN);
    await stage.play();
    await eventually(() => expectSettled(db, stage), WELL_AGAIN);
    expect(await stage.end()).toEqual([]);
    await expectObservations(db, stage);
    await expectChanges(db, stage);
    await expectLedger(db);
    await expectMessages(db, stage);
    await db.$disconnect();
    // Whoever ended has taken its connections along.
    await eventually(() => expectUnused(databaseUrl), UNUSED);
  } catch (error) {
    await stage.end();
    await db.$disconnect();
    throw new Error(`${describeSchedule(schedule)}\n${String(error)}\n${stage.logged()}`, { cause: error });
  } finally {
    await stage.close();
  }
}
