import { describe, expect } from "vitest";
import { type Claimed, claimNext } from "../../src/app/claim.js";
import type { Database } from "../../src/store/prisma.js";
import { databaseTest } from "../support/database.js";
import { anError, aRead, MINUTE, ONCALL, someErrors, Watch } from "../support/watch.js";

const NAMES = ["a", "b", "c", "d"];
const INTEGRATIONS = NAMES.map((name) => ({ polarityId: name, name, acronym: name, errorIds: [] }));

/** A destination that owes four messages about what began, none of which anything could hide. */
async function owingFour(db: Database, everyMs: number): Promise<Watch> {
  const watch = await Watch.open(db);
  watch.notifier.terms = { ...watch.notifier.terms, pace: { key: "one channel", everyMs } };
  await watch.minute(aRead(someErrors(), [{}, ...INTEGRATIONS]));
  watch.clock.advance(MINUTE);
  const fresh = NAMES.map((name) => anError({ polarityId: `n-${name}`, integrationPolarityId: name, shortText: name }));
  await watch.poll(aRead([...someErrors(), ...fresh], [{}, ...INTEGRATIONS]));
  await watch.diffAll();
  return watch;
}

function claimAtOnce(watch: Watch, workers: number): Promise<(Claimed | null)[]> {
  const now = watch.clock();
  const leasedUntil = new Date(now.getTime() + MINUTE);
  return Promise.all(
    Array.from({ length: workers }, (_, index) => {
      const claim = { destination: ONCALL, workerId: `w${index}`, now, leasedUntil };
      return claimNext(watch.db, watch.telling, watch.notifier.terms, claim);
    }),
  );
}

const claimedOf = (claims: readonly (Claimed | null)[]) =>
  claims.flatMap((claim) => (claim?.kind === "claimed" ? [claim.delivery.id] : []));

describe("claims at the same moment", () => {
  databaseTest("give one worker the turn of a channel that pauses, with its try on record", async ({ db }) => {
    const watch = await owingFour(db, 1000);
    const claims = await claimAtOnce(watch, 8);
    expect(claimedOf(claims)).toHaveLength(1);
    expect(await db.attempt.findMany({ where: { finishedAt: null } })).toMatchObject([
      { deliveryId: claimedOf(claims)[0], number: 1 },
    ]);
    expect(await claimAtOnce(watch, 1)).toMatchObject([{ kind: "paced" }]);
    watch.clock.advance(1000);
    expect(claimedOf(await claimAtOnce(watch, 8))).toHaveLength(1);
  });

  databaseTest("give no delivery to two workers of a channel that never pauses", async ({ db }) => {
    const watch = await owingFour(db, 0);
    const claimed = claimedOf(await claimAtOnce(watch, 8));
    expect(new Set(claimed).size).toBe(claimed.length);
    expect(claimed.length).toBeGreaterThan(0);
    const tries = await db.attempt.findMany({ where: { finishedAt: null } });
    expect(tries.map(({ deliveryId }) => deliveryId).sort()).toEqual([...claimed].sort());
  });
});
