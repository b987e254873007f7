import { describe, expect } from "vitest";
import { CHECKPOINTS } from "../../src/app/checkpoint.js";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { IMPATIENT, runUntilKilled } from "../support/killed-process.js";
import { queueBackends } from "../support/queue-backends.js";
import { configOf, openWorld, startInTest } from "../support/world.js";

const SOON = { deadlineMs: 60_000 };

describe.each(queueBackends())("kill -9, on $name", { concurrent: true }, ({ settingsFor }) => {
  for (const checkpoint of CHECKPOINTS.filter((one) => !one.includes("paint"))) {
    databaseTest(
      `at ${checkpoint}: every owed delivery ends, and nothing is told twice`,
      async ({ db, databaseUrl }) => {
        const world = await openWorld({ integrations: 20, errors: 30 });
        const queue = settingsFor(databaseUrl);
        const owed = async (delivered: number) => {
          expect(await db.delivery.count({ where: { outcome: "delivered" } })).toBe(delivered);
          expect(await db.delivery.count({ where: { outcome: null } })).toBe(0);
        };
        const before = await startInTest({ config: configOf(world.env, "/"), databaseUrl, queue });
        await eventually(() => owed(2), SOON);
        await before.stop();

        world.simulator.raise({ title: "Lookup failed", detail: "Invalid API key", httpStatus: 401, occurrences: 3 });
        await runUntilKilled({ env: world.env, databaseUrl, queue, dieAt: checkpoint });
        const after = await startInTest({ config: configOf(world.env, "/"), databaseUrl, queue, ...IMPATIENT });
        await eventually(() => owed(4), SOON);
        await after.stop();

        expect(await db.alert.count()).toBe(1);
        expect(world.slack.messages()).toHaveLength(2);
        // SMTP cannot be asked whether a mail arrived: one whose sender died may come twice, as the same message.
        expect(new Set(world.smtp.mails().map((mail) => mail.messageId)).size).toBe(2);
        expect(world.smtp.mails().length).toBeLessThanOrEqual(checkpoint === "message_sent" ? 3 : 2);
        expect(after.lines.filter(({ level }) => level >= 50)).toEqual([]);
        await world.close();
      },
    );
  }
});
