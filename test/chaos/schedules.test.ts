import { describe, expect } from "vitest";
import { addsUp } from "../../src/domain/ledger.js";
import { findLedgerProblems, findLedgerTotals } from "../../src/store/ledger.js";
import type { Database } from "../../src/store/prisma.js";
import { describeSchedule, scheduleOf } from "../support/chaos-schedule.js";
import { ChaosStage } from "../support/chaos-stage.js";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { startRedis } from "../support/redis-server.js";

const SCHEDULES = Number(process.env.CHAOS_SCHEDULES ?? 2);
const FIRST_SEED = Number(process.env.CHAOS_SEED ?? 1);
const SEEDS = Array.from({ length: SCHEDULES }, (_, index) => FIRST_SEED + index);
const WELL_AGAIN = { deadlineMs: 150_000 };
const ALWAYS = { from: null, to: null };

describe("after faults of every kind, with everything well again", () => {
  for (const seed of SEEDS) {
    databaseTest(`seed ${seed}: nothing is lost, invented, told twice or called over`, async ({ db, databaseUrl }) => {
      const redis = seed % 2 === 0 ? await startRedis() : null;
      const schedule = scheduleOf(seed, redis !== null);
      const stage = await ChaosStage.open(schedule, databaseUrl, redis?.redisUrl ?? null);
      try {
        await stage.start();
        await eventually(async () => expect(await db.snapshot.count()).toBeGreaterThan(0), WELL_AGAIN);
        await stage.play();
        await eventually(() => allSettled(db, stage), WELL_AGAIN);
        expect(await stage.end()).toEqual([]);
        await expectFacts(db, stage);
        await expectDeliveries(db, stage);
      } catch (error) {
        throw new Error(`${describeSchedule(schedule)}\n${String(error)}`, { cause: error });
      } finally {
        await stage.close();
        await redis?.stop();
      }
    });
  }
});

/** What the server shows is on record, nothing waits to be compared, and nothing is owed. */
async function allSettled(db: Database, stage: ChaosStage): Promise<void> {
  const errors = await db.error.findMany({ where: { polarityId: { in: [...stage.raised.keys()] } } });
  const shown = errors.map(({ polarityId, present, occurrences }) => [polarityId, present, Number(occurrences)]);
  const truth = [...stage.raised].map(([id, { isCleared, total }]) => [id, !isCleared, total]);
  // What came and went between two looks was never there.
  const known = new Set(shown.map(([id]) => id));
  const expected = truth.filter(([id, isPresent]) => isPresent === true || known.has(id as string));
  expect(sorted(shown.map((row) => row.slice(0, 2)))).toEqual(sorted(expected.map((row) => row.slice(0, 2))));
  expect(sorted(shown.filter(([, present]) => present))).toEqual(sorted(expected.filter(([, present]) => present)));
  expect(await db.poll.count({ where: { outcome: { not: null }, diffedAt: null } })).toBeLessThanOrEqual(1);
  expect(await db.delivery.count({ where: { outcome: null } })).toBe(0);
  // What a server that could not be read has hidden is told when it can be read again.
  const told = stage.slack.bodies().map(decodeURIComponent).join("\n");
  for (const [id, { title }] of stage.raised) if (known.has(id)) expect(told).toContain(title);
  expect(await db.alert.count({ where: { subject: "server", state: { not: "resolved" } } })).toBe(0);
}

/** Every total on record is one that the server showed, and what was added is what it counted. */
async function expectFacts(db: Database, stage: ChaosStage): Promise<void> {
  const errors = await db.error.findMany({ where: { polarityId: { in: [...stage.raised.keys()] } } });
  for (const error of errors) {
    const truth = stage.raised.get(error.polarityId);
    const observations = await db.observation.findMany({
      where: { errorId: error.id },
      orderBy: { observedAt: "asc" },
    });
    for (const { occurrences } of observations) expect(truth?.totals).toContain(Number(occurrences));
    const changes = await db.change.findMany({ where: { errorId: error.id } });
    const added = changes.reduce((sum, change) => sum + Number(change.added), 0);
    expect(added, `added to ${truth?.title}`).toBe(Number(observations.at(-1)?.occurrences));
    expect(Number(error.addedTotal)).toBe(added);
    const inOrder = observations.map(({ occurrences }) => Number(occurrences));
    expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
  }
}

/** Each message arrived once, but for mails whose answer was lost, and no error was said to be over. */
async function expectDeliveries(db: Database, stage: ChaosStage): Promise<void> {
  expect(addsUp(await findLedgerTotals(db, ALWAYS))).toBe(true);
  expect(await findLedgerProblems(db, ALWAYS, new Date(), 10)).toEqual([]);
  const deliveries = await db.delivery.findMany({ include: { tries: true } });
  const posted = stage.slack.messages().flatMap(({ metadata }) => String(metadata?.event_payload.delivery_id ?? ""));
  const repeated = posted.filter((id, index) => posted.indexOf(id) !== index);
  const isMarked = (id: string) => deliveries.find((one) => id === `delivery-${one.id}`)?.possiblyRepeated === true;
  expect(repeated.filter((id) => !isMarked(id))).toEqual([]);

  const timesSent = new Map<string, number>();
  for (const { messageId = "" } of stage.world.smtp.mails()) {
    timesSent.set(messageId, (timesSent.get(messageId) ?? 0) + 1);
  }
  for (const [messageId, times] of timesSent) {
    const delivery = deliveries.find(({ id }) => messageId.includes(`delivery-${id}@`));
    const lost = delivery?.tries.filter(({ verdict, reason }) => verdict === null || reason === "timeout").length ?? 0;
    expect(times, messageId).toBeLessThanOrEqual(1 + lost);
    if (times > 1) expect(delivery?.possiblyRepeated, messageId).toBe(true);
  }

  const over = await db.transition.findMany({ where: { toState: "resolved", alert: { subject: "error" } } });
  expect(over).toEqual([]);
}

const sorted = <T>(rows: readonly T[]): T[] =>
  [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
