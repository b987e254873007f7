import { describe, expect } from "vitest";
import { acknowledgeAlert, takeBackAcknowledgement } from "../../src/app/acknowledge.js";
import { FROM_COMMAND_LINE } from "../../src/domain/audit.js";
import type { ServerId } from "../../src/domain/snapshot.js";
import {
  type AcknowledgementId,
  endAcknowledgements,
  findOpenAcknowledgements,
} from "../../src/store/acknowledgements.js";
import { findAlerts } from "../../src/store/history/alerts.js";
import { type Database, inTransaction } from "../../src/store/prisma.js";
import { AlertPast, NOON } from "../support/alert-past.js";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { createTestClock } from "../support/test-clock.js";
import { MINUTE } from "../support/watch.js";

const HOUR = 60 * MINUTE;
const later = (ms: number) => new Date(NOON.getTime() + ms);
const clockAt = (ms: number) => createTestClock(later(ms));
const ALL = { server: null, alertState: null, error: null, severity: null } as const;
const PROD = "prod" as ServerId;

/** Throws unless a statement waits for a lock. */
async function requireWaiting(db: Database): Promise<void> {
  const waiting = await db.$queryRaw<unknown[]>`
    SELECT 1 AS one FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  if (waiting.length === 0) throw new Error("Nothing waits for a lock");
}

const request = (alert: string) => ({
  alert,
  author: "mia",
  note: "On it",
  untilAt: later(5 * HOUR),
  origin: FROM_COMMAND_LINE,
});
const byBen = (alert: string) => ({ alert, author: "ben", origin: FROM_COMMAND_LINE });

describe("acknowledging", () => {
  databaseTest("moves a firing alert, records who did it, and tells it with what fired", async ({ db }) => {
    const past = await AlertPast.open(db);
    const { id, rowId } = await past.alert();
    const made = await acknowledgeAlert({ db, clock: clockAt(HOUR) }, request(id));
    expect(made).toMatchObject({ kind: "acknowledged", acknowledgement: { severity: "warning", added: 0 } });
    const [alert] = (await findAlerts(db, ALL, { size: 9, after: null })).rows;
    expect(alert).toMatchObject({
      alertState: "acknowledged",
      firedAt: NOON,
      labels: { server: "prod", integration: "VirusTotal" },
      acknowledgement: { author: "mia", at: later(HOUR), note: "On it", untilAt: later(5 * HOUR) },
      transitions: [
        { toState: "firing", author: null },
        {
          fromState: "firing",
          toState: "acknowledged",
          because: "mia acknowledged it for 4 h: On it",
          author: "mia",
          at: later(HOUR),
        },
      ],
    });
    const moves = await db.transition.findMany({ where: { alertId: rowId }, orderBy: { id: "asc" } });
    expect(moves.map(({ pollId, facts }) => ({ pollId, facts }))).toEqual([
      { pollId: null, facts: { told: "It is new" } },
      { pollId: null, facts: { told: "It is new" } },
    ]);
  });

  databaseTest("keeps what was added since the alert fired, and nothing from before", async ({ db }) => {
    const past = await AlertPast.open(db);
    const { id, errorId } = await past.alert();
    if (errorId === null) throw new Error("It is about an error");
    await past.grown(errorId, { added: 500, at: later(-MINUTE) });
    await past.grown(errorId, { added: 70, at: NOON });
    await past.grown(errorId, { added: 3, at: later(MINUTE) });
    await past.grown(errorId, { added: 4, at: later(2 * MINUTE) });
    const made = await acknowledgeAlert({ db, clock: clockAt(HOUR) }, request(id));
    expect(made).toMatchObject({ acknowledgement: { added: 7 } });
  });

  databaseTest("of a whole integration counts what the errors of its parts added", async ({ db }) => {
    const past = await AlertPast.open(db);
    const { id, rowId } = await past.alert({ subject: "integration", rule: "vendor_wide" });
    for (const added of [2, 5]) {
      const { errorId } = await past.alert({ parentId: rowId });
      await past.grown(errorId ?? 0n, { added, at: later(MINUTE) });
    }
    const made = await acknowledgeAlert({ db, clock: clockAt(HOUR) }, request(id));
    expect(made).toMatchObject({ acknowledgement: { added: 7 } });
  });

  databaseTest("is refused in a sentence where there is nothing to take on", async ({ db }) => {
    const past = await AlertPast.open(db);
    const deps = { db, clock: clockAt(HOUR) };
    const pending = await past.alert({ state: "pending" });
    const resolved = await past.alert({ state: "resolved" });
    const firing = await past.alert();
    await acknowledgeAlert({ db, clock: clockAt(0) }, request(firing.id));
    const refusal = async (alert: string) => {
      const made = await acknowledgeAlert(deps, request(alert));
      return made.kind === "refused" ? [made.reason, made.because] : made.kind;
    };
    expect(await refusal(pending.id)).toEqual(["conflict", "The alert does not fire yet."]);
    expect(await refusal(resolved.id)).toEqual(["conflict", "The alert is resolved already."]);
    expect(await refusal(firing.id)).toEqual([
      "conflict",
      `Alert ${firing.id} is acknowledged already, by mia for 1 h.`,
    ]);
    for (const id of ["999", "x", "99999999999999999999"]) {
      expect(await refusal(id)).toEqual(["unknown", `There is no alert ${id}.`]);
    }
    const late = await past.alert();
    expect(await acknowledgeAlert(deps, { ...request(late.id), untilAt: NOON })).toMatchObject({ reason: "wrong" });
    expect(await db.acknowledgement.count()).toBe(1);
    expect(await db.transition.count({ where: { toState: "acknowledged" } })).toBe(1);
  });

  databaseTest("by two at once is done once", async ({ db }) => {
    const past = await AlertPast.open(db);
    const { id } = await past.alert();
    const deps = { db, clock: clockAt(HOUR) };
    const made = await Promise.all([1, 2, 3, 4].map(() => acknowledgeAlert(deps, request(id))));
    expect(made.map(({ kind }) => kind).sort()).toEqual(["acknowledged", "refused", "refused", "refused"]);
  });

  databaseTest("waits for a diff of the server, and finds the alert as that left it", async ({ db }) => {
    const past = await AlertPast.open(db);
    const { id, rowId } = await past.alert();
    let made: ReturnType<typeof acknowledgeAlert> | null = null;
    await inTransaction(db, async (tx) => {
      await tx.$queryRaw`SELECT FROM server WHERE id = 'prod' FOR UPDATE`;
      made = acknowledgeAlert({ db, clock: clockAt(HOUR) }, request(id));
      await eventually(() => requireWaiting(db), { deadlineMs: 10_000 });
      await tx.alert.update({ where: { id: rowId }, data: { state: "resolved", resolvedAt: NOON } });
    });
    expect(await made).toMatchObject({ kind: "refused", because: "The alert is resolved already." });
  });
});

describe("taking it back", () => {
  databaseTest("lets the alert fire again, since it began to, and ends the acknowledgement", async ({ db }) => {
    const past = await AlertPast.open(db);
    const { id } = await past.alert();
    await acknowledgeAlert({ db, clock: clockAt(HOUR) }, request(id));
    const undone = await takeBackAcknowledgement({ db, clock: clockAt(2 * HOUR) }, byBen(id));
    expect(undone).toEqual({ kind: "taken_back" });
    const [alert] = (await findAlerts(db, ALL, { size: 9, after: null })).rows;
    expect(alert).toMatchObject({ alertState: "firing", firedAt: NOON, acknowledgement: null });
    expect(alert?.transitions.at(-1)).toMatchObject({
      fromState: "acknowledged",
      toState: "firing",
      because: "ben took the acknowledgement back",
      author: "ben",
    });
    expect(await db.acknowledgement.findFirst()).toMatchObject({
      endedAt: later(2 * HOUR),
      endedBecause: "ben took the acknowledgement back",
    });
    expect(await acknowledgeAlert({ db, clock: clockAt(3 * HOUR) }, request(id))).toMatchObject({
      kind: "acknowledged",
    });
  });

  databaseTest("is refused for an alert that nobody has acknowledged", async ({ db }) => {
    const past = await AlertPast.open(db);
    const { id } = await past.alert();
    const deps = { db, clock: clockAt(HOUR) };
    expect(await takeBackAcknowledgement(deps, byBen(id))).toEqual({
      kind: "refused",
      reason: "conflict",
      because: `Alert ${id} is not acknowledged: it is firing.`,
    });
    expect(await takeBackAcknowledgement(deps, byBen("999"))).toMatchObject({ reason: "unknown" });
  });
});

databaseTest("open acknowledgements are found by server or all, until they end, and each ends once", async ({ db }) => {
  const past = await AlertPast.open(db);
  const [one, two] = [await past.alert(), await past.alert()];
  for (const { id } of [one, two]) await acknowledgeAlert({ db, clock: clockAt(HOUR) }, request(id));
  const found = await findOpenAcknowledgements(db, PROD);
  expect(found.map(({ alertId }) => alertId)).toEqual([one.rowId, two.rowId]);
  expect(found[0]).toMatchObject({ author: "mia", at: later(HOUR), untilAt: later(5 * HOUR), added: 0 });
  expect(await findOpenAcknowledgements(db, null)).toEqual(found);
  expect(await findOpenAcknowledgements(db, "other" as ServerId)).toEqual([]);
  const ids = found.slice(0, 1).map(({ id }): AcknowledgementId => id);
  await endAcknowledgements(db, ids, "Its time is over", later(5 * HOUR));
  expect((await findOpenAcknowledgements(db, PROD)).map(({ alertId }) => alertId)).toEqual([two.rowId]);
  await expect(endAcknowledgements(db, ids, "Again", later(5 * HOUR))).rejects.toThrow("is not open");
});
