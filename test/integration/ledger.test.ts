import { describe, expect } from "vitest";
import { redrive } from "../../src/app/redrive.js";
import { FROM_COMMAND_LINE } from "../../src/domain/audit.js";
import { addsUp } from "../../src/domain/ledger.js";
import { findLedgerProblems, findLedgerTotals } from "../../src/store/ledger.js";
import type { Database } from "../../src/store/prisma.js";
import { commandRunner } from "../support/command-runner.js";
import { databaseTest } from "../support/database.js";
import { sweepOnce } from "../support/sweep-watch.js";
import { anError, aRead, MINUTE, ONCALL, someErrors, Watch } from "../support/watch.js";

const ALWAYS = { from: null, to: null };
const BASE = someErrors();
const fresh = (name: string) => anError({ polarityId: name, title: null, shortText: `Problem ${name} of this` });

const dead = {
  kind: "failed",
  reason: "rejected",
  retryable: false,
  retryAfterMs: null,
  detail: "channel_not_found",
} as const;
const sent = { kind: "delivered", providerMessageId: null } as const;

/** A watch that has told one alert, could not tell another, and owes a third. */
async function aLedger(db: Database): Promise<Watch> {
  const watch = await Watch.open(db);
  watch.clock.set(new Date(Date.now() - 10 * MINUTE));
  await watch.minute(aRead(BASE));
  await watch.minute(aRead([...BASE, fresh("a")]));
  watch.notifier.next = dead;
  await watch.minute(aRead([...BASE, fresh("a"), fresh("b")]));
  watch.notifier.next = sent;
  watch.clock.advance(MINUTE);
  await watch.poll(aRead([...BASE, fresh("a"), fresh("b"), fresh("c")]));
  await watch.diffAll();
  return watch;
}

const faultsOf = async (watch: Watch) =>
  (await findLedgerProblems(watch.db, ALWAYS, watch.clock(), 10)).map(({ fault }) => fault);

describe("the ledger", () => {
  databaseTest("has one outcome for each transition and destination, and the sum is right", async ({ db }) => {
    const watch = await aLedger(db);
    const totals = await findLedgerTotals(db, ALWAYS);
    expect(totals).toMatchObject({ pairs: 3, outcomes: { delivered: 1, dead: 1, owed: 1 } });
    expect(addsUp(totals)).toBe(true);
    expect(await faultsOf(watch)).toEqual([]);
  });

  const breakages: [fault: string, statement: (db: Database) => Promise<unknown>][] = [
    [
      "not_owed",
      (db) => db.$executeRaw`DELETE FROM delivery_transition WHERE transition_id = (SELECT min(id) FROM transition)`,
    ],
    [
      "not_owed",
      (db) =>
        db.$executeRaw`UPDATE transition SET owed_to = owed_to || 'nobody'::text WHERE id = (SELECT min(id) FROM transition)`,
    ],
    [
      "owed_to_nobody",
      (db) => db.$executeRaw`UPDATE transition SET owed_to = '{}' WHERE id = (SELECT min(id) FROM transition)`,
    ],
    [
      "overdue",
      (db) => db.$executeRaw`UPDATE delivery SET deadline_at = created_at - interval '1 hour' WHERE outcome IS NULL`,
    ],
    [
      "delivered_without_proof",
      (db) =>
        db.$executeRaw`UPDATE attempt SET verdict = 'failed', reason = 'timeout' WHERE verdict = 'delivered' AND delivery_id = (SELECT min(delivery_id) FROM delivery_transition)`,
    ],
    [
      "delivered_twice",
      (db) =>
        db.$executeRaw`INSERT INTO attempt (delivery_id, number, worker_id, started_at, finished_at, verdict) SELECT delivery_id, 2, 'w', started_at, started_at, 'delivered' FROM attempt WHERE verdict = 'delivered' AND delivery_id = (SELECT min(delivery_id) FROM delivery_transition)`,
    ],
    ["ended_by_nothing", (db) => db.$executeRaw`UPDATE delivery SET outcome_because = NULL WHERE outcome = 'dead'`],
    [
      "folded_into_nothing",
      (db) => db.$executeRaw`UPDATE delivery SET outcome = 'folded', folded_into = 1 WHERE outcome = 'dead'`,
    ],
    [
      "suppressed_after_a_try",
      (db) => db.$executeRaw`UPDATE delivery SET outcome = 'suppressed' WHERE outcome = 'dead'`,
    ],
    [
      "dead_without_a_try",
      (db) => db.$executeRaw`DELETE FROM attempt WHERE delivery_id = (SELECT id FROM delivery WHERE outcome = 'dead')`,
    ],
  ];
  for (const [index, [fault, statement]] of breakages.entries()) {
    databaseTest(`names ${fault} when that happened (${index + 1})`, async ({ db }) => {
      const watch = await aLedger(db);
      await statement(db);
      expect(await faultsOf(watch)).toContain(fault);
    });
  }

  databaseTest("names a message that overtook an earlier one of its group", async ({ db }) => {
    const watch = await aLedger(db);
    await watch.deliverAll();
    await db.$executeRaw`UPDATE delivery SET group_key = 'one'`;
    await db.$executeRaw`
      INSERT INTO attempt (delivery_id, number, worker_id, started_at, finished_at, verdict)
      SELECT min(delivery_id), 9, 'w', now(), now(), 'found' FROM delivery_transition`;
    expect(await faultsOf(watch)).toContain("out_of_order");
  });

  databaseTest("is proved by a command, which ends with 3 when something is wrong", async ({ db, databaseUrl }) => {
    const watch = await aLedger(db);
    const run = await commandRunner(databaseUrl);
    const clean = await run("ledger", "verify");
    expect([clean.code, clean.said]).toEqual([0, ""]);
    expect(clean.out).toContain("The ledger is clean.");
    expect(clean.out).toMatch(/1 {2}delivered[\s\S]*1 {2}dead[\s\S]*1 {2}owed/);
    await watch.db
      .$executeRaw`UPDATE transition SET owed_to = owed_to || 'nobody'::text WHERE id = (SELECT min(id) FROM transition)`;
    const broken = await run("ledger", "verify", "--json");
    expect(broken.code).toBe(3);
    expect(JSON.parse(broken.out)).toMatchObject({
      isClean: false,
      problems: [{ fault: "not_owed", destination: "nobody" }],
    });
    expect((await run("ledger", "verify", "--from", "1d", "--to", "2d")).code).toBe(2);
    expect((await run("ledger", "verify", "--from", "soon")).code).toBe(2);
  });
});

const BY_ADA = { author: "ada", origin: FROM_COMMAND_LINE };

describe("a dead delivery", () => {
  databaseTest("is sent again when it is redriven, and what was delivered never is", async ({ db }) => {
    const watch = await aLedger(db);
    const { id } = await db.delivery.findFirstOrThrow({ where: { outcome: "dead" } });
    expect(await redrive(watch, { ...BY_ADA, delivery: String(id) })).toMatchObject({
      kind: "redriven",
      deliveries: [{ id }],
    });
    await watch.deliverAll();
    expect(await db.delivery.findUniqueOrThrow({ where: { id } })).toMatchObject({
      outcome: "delivered",
      redrivenBy: "ada",
      attempts: 2,
    });
    expect(await redrive(watch, { ...BY_ADA, delivery: String(id) })).toMatchObject({
      kind: "refused",
      reason: "conflict",
    });
    expect(await redrive(watch, { ...BY_ADA, delivery: "4711" })).toMatchObject({
      kind: "refused",
      reason: "unknown",
    });
    expect(await db.auditEntry.findMany()).toMatchObject([
      { actor: "ada", via: "command_line", action: "redrive", subject: `delivery-${id}` },
    ]);
    expect(await faultsOf(watch)).toEqual([]);
  });

  databaseTest("can be redriven with all the others from the command line", async ({ db, databaseUrl }) => {
    const watch = await aLedger(db);
    await db.delivery.updateMany({ where: { outcome: "dead" }, data: { settledAt: new Date() } });
    const run = await commandRunner(databaseUrl);
    expect((await run("redrive")).code).toBe(2);
    expect((await run("redrive", "1", "--dead")).code).toBe(2);
    expect((await run("redrive", "--dead", "--destination", "elsewhere")).out).toContain("Nothing is dead");
    expect((await run("redrive", "--dead", "--author", "ada")).out).toContain("1 delivery is owed again");
    expect(await db.delivery.count({ where: { outcome: "dead" } })).toBe(0);
    expect(await faultsOf(watch)).toEqual([]);
  });

  databaseTest("is told to the fallback of its receiver, once, all of an hour together", async ({ db }) => {
    const watch = await aLedger(db);
    watch.receivers = { oncall: [ONCALL], backup: ["backup/console"] };
    watch.fallbacks = new Map([[ONCALL, [{ receiver: "backup", destination: "backup/console" }]]]);
    expect(await sweepOnce(watch)).toMatchObject({ deadLetterNotices: 1 });
    expect(await sweepOnce(watch)).toMatchObject({ deadLetterNotices: 0 });
    watch.notifier.told.length = 0;
    await watch.deliverAll();
    expect(watch.notifier.told.filter(({ kind }) => kind === "report")).toMatchObject([
      { about: "undelivered", title: "1 message could not be delivered", entries: [{ headline: "Problem b of this" }] },
    ]);
    watch.notifier.next = dead;
    for (const name of ["x", "y"])
      await watch.minute(aRead([...BASE, fresh("a"), fresh("b"), fresh("c"), fresh(name)]));
    watch.notifier.next = sent;
    expect(await sweepOnce(watch)).toMatchObject({ deadLetterNotices: 0 });
    watch.clock.advance(60 * MINUTE);
    expect(await sweepOnce(watch)).toMatchObject({ deadLetterNotices: 1 });
    watch.notifier.told.length = 0;
    await watch.deliverAll();
    expect(watch.notifier.told.find(({ kind }) => kind === "report")).toMatchObject({
      title: "2 messages could not be delivered",
    });
    expect(await db.delivery.count({ where: { outcome: "dead", deadLetterId: null } })).toBe(0);
  });

  databaseTest("shows everything about itself on the command line", async ({ db, databaseUrl }) => {
    await aLedger(db);
    const { id } = await db.delivery.findFirstOrThrow({ where: { outcome: "dead" } });
    const run = await commandRunner(databaseUrl);
    const { out, code } = await run("deliveries", "show", String(id));
    expect(code).toBe(0);
    expect(out).toContain(`Delivery ${id}, alerts, to ${ONCALL}`);
    expect(out).toContain("Problem b of this");
    expect(out).toMatch(/1\. .*rejected.*channel_not_found/);
    expect(JSON.parse((await run("deliveries", "show", String(id), "--json")).out)).toMatchObject({
      id: String(id),
      attempts: [{ number: 1 }],
    });
    expect((await run("deliveries", "show", "x")).code).toBe(2);
    expect((await run("deliveries", "show", "4711")).code).toBe(1);
  });
});
