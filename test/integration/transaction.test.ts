import { describe, expect } from "vitest";
import type { PrismaClient } from "../../src/store/generated/client.js";
import { createPrisma, type Db, inTransaction } from "../../src/store/prisma.js";
import { alteredDatabaseTest } from "../support/database.js";
import { rendezvous } from "../support/rendezvous.js";

/** Two rows to quarrel about. */
async function twoCounters(db: PrismaClient): Promise<void> {
  await db.$executeRaw`CREATE TABLE counter (id int PRIMARY KEY, value int NOT NULL)`;
  await db.$executeRaw`INSERT INTO counter VALUES (1, 0), (2, 0)`;
}

const raise = (tx: Db, id: number) => tx.$executeRaw`UPDATE counter SET value = value + 1 WHERE id = ${id}`;

const values = async (db: PrismaClient) => {
  const rows = await db.$queryRaw<{ value: number }[]>`SELECT value FROM counter ORDER BY id`;
  return rows.map((row) => row.value);
};

/** Ends the way Postgres ends a transaction with this SQLSTATE. */
const failWith = (tx: Db, sqlState: string) => tx.$executeRaw`SELECT pg_temp.fail_with(${sqlState})`;

async function failOnDemand(tx: Db): Promise<void> {
  await tx.$executeRaw`
    CREATE OR REPLACE FUNCTION pg_temp.fail_with(state text) RETURNS void LANGUAGE plpgsql
    AS 'BEGIN RAISE EXCEPTION ''on demand'' USING ERRCODE = state; END'`;
}

/** Only the first try of a transaction meets the other one; what it tries afterwards goes through. */
function onFirstCall(act: () => Promise<void>): () => Promise<void> {
  let wasCalled = false;
  return async () => {
    if (wasCalled) return;
    wasCalled = true;
    await act();
  };
}

describe("a transaction that Postgres undid for a conflict is run again as a whole", () => {
  alteredDatabaseTest("after a deadlock", async ({ db }) => {
    await twoCounters(db);
    const bothHoldOne = rendezvous(2);
    let attempts = 0;
    const raiseBoth = (first: number, second: number) => {
      const meet = onFirstCall(bothHoldOne);
      return inTransaction(db, async (tx) => {
        attempts += 1;
        await raise(tx, first);
        await meet();
        await raise(tx, second);
      });
    };
    await Promise.all([raiseBoth(1, 2), raiseBoth(2, 1)]);
    expect(attempts).toBe(3);
    expect(await values(db)).toEqual([2, 2]);
  });

  alteredDatabaseTest("after a serialization failure of a statement, raw or not", async ({ db }) => {
    await db.server.create({
      data: { id: "zoo", url: "https://zoo.test", intervalMs: 1, createdAt: new Date(0), credentialsDigest: "-" },
    });
    for (const write of [
      (tx: Db) => tx.server.update({ where: { id: "zoo" }, data: { failedPolls: { increment: 1 } } }),
      (tx: Db) => tx.$executeRaw`UPDATE server SET failed_polls = failed_polls + 1 WHERE id = 'zoo'`,
    ]) {
      const bothHaveRead = rendezvous(2);
      let attempts = 0;
      const readAndWrite = () => {
        const meet = onFirstCall(bothHaveRead);
        const work = async (tx: Db) => {
          attempts += 1;
          await tx.server.findMany();
          await meet();
          await write(tx);
        };
        return inTransaction(db, work, { isolationLevel: "RepeatableRead" });
      };
      await Promise.all([readAndWrite(), readAndWrite()]);
      expect(attempts).toBe(3);
    }
    expect((await db.server.findUniqueOrThrow({ where: { id: "zoo" } })).failedPolls).toBe(4);
  });

  alteredDatabaseTest(
    "after one that shows only at the commit, and without losing a connection",
    async ({ databaseUrl, db }) => {
      await twoCounters(db);
      const narrow = createPrisma(databaseUrl, { connectionsMax: 2 });
      let attempts = 0;
      for (let round = 0; round < 6; round += 1) {
        const bothHaveRead = rendezvous(2);
        const raiseAfterReadingAll = (id: number) => {
          const meet = onFirstCall(bothHaveRead);
          const work = async (tx: Db) => {
            attempts += 1;
            await tx.$queryRaw`SELECT sum(value) FROM counter`;
            await meet();
            await raise(tx, id);
          };
          return inTransaction(narrow, work, { isolationLevel: "Serializable", waitMsMax: 2_000 });
        };
        await Promise.all([raiseAfterReadingAll(1), raiseAfterReadingAll(2)]);
      }
      await narrow.$disconnect();
      expect(attempts).toBe(18);
      expect(await values(db)).toEqual([6, 6]);
    },
  );
});

describe("a transaction is not run again", () => {
  alteredDatabaseTest("more often than it was allowed, five times unless said otherwise", async ({ db }) => {
    const attemptsUntilGivenUp = async (options: { attemptsMax?: number }) => {
      let attempts = 0;
      const run = inTransaction(
        db,
        async (tx) => {
          attempts += 1;
          await failOnDemand(tx);
          await failWith(tx, "40001");
        },
        options,
      );
      await expect(run).rejects.toThrow("on demand");
      return attempts;
    };
    expect(await attemptsUntilGivenUp({})).toBe(5);
    expect(await attemptsUntilGivenUp({ attemptsMax: 2 })).toBe(2);
  });

  alteredDatabaseTest("for any other error of the database", async ({ db }) => {
    for (const sqlState of ["23505", "23503", "40002", "55P03", "57014", "P0001"]) {
      let attempts = 0;
      const run = inTransaction(db, async (tx) => {
        attempts += 1;
        await failOnDemand(tx);
        await failWith(tx, sqlState);
      });
      await expect(run).rejects.toThrow("on demand");
      expect(attempts, sqlState).toBe(1);
    }
  });

  alteredDatabaseTest("for an error of its work, which undoes it", async ({ db }) => {
    await twoCounters(db);
    let attempts = 0;
    const run = inTransaction(db, async (tx) => {
      attempts += 1;
      await raise(tx, 1);
      throw new Error("The giraffe stumbled");
    });
    await expect(run).rejects.toThrow("The giraffe stumbled");
    expect(attempts).toBe(1);
    expect(await values(db)).toEqual([0, 0]);
  });

  alteredDatabaseTest("when it took too long", async ({ db }) => {
    let attempts = 0;
    const run = inTransaction(
      db,
      async (tx) => {
        attempts += 1;
        await tx.$executeRaw`SELECT pg_sleep(0.3)`;
        await tx.$executeRaw`SELECT 1`;
      },
      { workMsMax: 100 },
    );
    await expect(run).rejects.toMatchObject({ code: "P2028" });
    expect(attempts).toBe(1);
  });
});
