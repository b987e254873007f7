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
import { describeSchedule, scheduleOf } from "../support/chaos-schedule.js";
import { ChaosStage } from "../support/chaos-stage.js";
import { emptyDatabase, expectUnused } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { PROCESS_FLAGS, PROCESS_MAIN, PROCESS_MODULES } from "../support/killed-process.js";
import { startRedis } from "../support/redis-server.js";
import { type RestartablePostgres, startRestartablePostgres } from "../support/restartable-postgres.js";

const SCHEDULES = Number(process.env.CHAOS_SCHEDULES ?? 2);
const FIRST_SEED = Number(process.env.CHAOS_SEED ?? 1);
const SEEDS = Array.from({ length: SCHEDULES }, (_, index) => FIRST_SEED + index);
/** A server that refused a login is left alone for a minute. */
const WELL_AGAIN = { deadlineMs: 200_000, pauseMs: 100 };
const UNUSED = { deadlineMs: 10_000, pauseMs: 100 };

/** Each schedule has a Postgres of its own to restart; the next one gets it emptied. */
const idle: RestartablePostgres[] = [];
let product: BundledProduct;

async function takePostgres(): Promise<RestartablePostgres> {
  const waiting = idle.pop();
  if (waiting !== undefined) return waiting;
  const postgres = await startRestartablePostgres();
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
      const schedule = scheduleOf(seed, redis !== null);
      const stage = await ChaosStage.open(schedule, { postgres, redis, program: product.program });
      const db = createPrisma(postgres.databaseUrl);
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
        await eventually(() => expectUnused(postgres.databaseUrl), UNUSED);
        await emptyDatabase(postgres.databaseUrl);
        idle.push(postgres);
      } catch (error) {
        await stage.end();
        await db.$disconnect();
        await postgres.remove();
        throw new Error(`${describeSchedule(schedule)}\n${String(error)}\n${stage.logged()}`, { cause: error });
      } finally {
        await stage.close();
        await redis?.stop();
      }
    });
  }
});
