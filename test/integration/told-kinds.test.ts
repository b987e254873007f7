import { expect } from "vitest";
import { findLedgerProblems, findLedgerTotals } from "../../src/store/ledger.js";
import { databaseTest } from "../support/database.js";
import { anError, aRead, someErrors, Watch } from "../support/watch.js";

databaseTest(
  "a destination is told what its medium has a place for; the rest is suppressed with a reason, and none of it delivered",
  async ({ db }) => {
    const watch = await Watch.open(db);
    watch.notifier.terms = { ...watch.notifier.terms, tells: ["alerts", "server"] };
    const errors = someErrors();
    await watch.minute(aRead(errors));
    expect(watch.notifier.told).toEqual([]);
    await watch.minute(aRead([...errors, anError({ polarityId: "n1", title: "Problem of a new kind" })]));
    expect(watch.notifier.told).toMatchObject([{ kind: "alerts" }]);

    const deliveries = await db.delivery.findMany({ orderBy: { id: "asc" } });
    expect(deliveries).toMatchObject([
      {
        kind: "summary",
        outcome: "suppressed",
        outcomeBecause: "Its destination is not told of this kind of message: summary",
        attempts: 0,
      },
      { kind: "alerts", outcome: "delivered", attempts: 1 },
    ]);
    const span = { from: null, to: null };
    expect(await findLedgerProblems(db, span, watch.clock(), 10)).toEqual([]);
    expect((await findLedgerTotals(db, span)).outcomes).toMatchObject({ delivered: 1, suppressed: 0, owed: 0 });
  },
);
