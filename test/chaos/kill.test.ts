import { describe, expect } from "vitest";
import { CHECKPOINTS, type Checkpoint } from "../../src/app/checkpoint.js";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { ProductProcess } from "../support/killed-process.js";
import { queueBackends } from "../support/queue-backends.js";
import { openWorld, type World } from "../support/world.js";

const SOON = { deadlineMs: 40_000 };

/** Deliveries pass a place once for Slack and once for mail, polls many times: what is killed is the work on the error. */
const PASS: Record<Checkpoint, number> = {
  poll_claimed: 2,
  snapshot_committed: 2,
  diff_committed: 2,
  delivery_claimed: 3,
  message_sent: 3,
  outcome_written: 3,
};

const raise = (world: World) =>
  world.simulator.raise({ title: "Lookup failed", detail: "Invalid API key", httpStatus: 401, occurrences: 3 });

describe.each(queueBackends())("kill -9, on $name", ({ settingsFor }) => {
  for (const checkpoint of CHECKPOINTS) {
    databaseTest(
      `at ${checkpoint}: every owed delivery ends, and nothing is told twice`,
      async ({ db, databaseUrl }) => {
        const world = await openWorld({ integrations: 20, errors: 30 });
        const queue = settingsFor(databaseUrl);
        const settings = { env: world.env, databaseUrl, queue };
        const first = new ProductProcess({ ...settings, dieAt: checkpoint, dieAtPass: PASS[checkpoint] });
        const isTold = async () => {
          // Both summaries are out before the error shows up, so that the third message is about it.
          expect(await db.delivery.count({ where: { outcome: "delivered" } })).toBe(2);
        };
        if (PASS[checkpoint] === 3) await eventually(isTold, SOON);
        raise(world);
        expect(await first.untilEnded()).toBe("SIGKILL");

        const second = new ProductProcess(settings);
        await eventually(async () => {
          expect(await db.delivery.count({ where: { outcome: "delivered" } })).toBe(4);
          expect(await db.delivery.count({ where: { outcome: null } })).toBe(0);
        }, SOON);
        await second.stop();

        expect(await db.alert.count()).toBe(1);
        expect(world.slack.messages()).toHaveLength(2);
        // SMTP cannot be asked whether a mail arrived: one whose sender died may come twice, as the same message.
        expect(new Set(world.smtp.mails().map((mail) => mail.messageId)).size).toBe(2);
        expect(world.smtp.mails().length).toBeLessThanOrEqual(checkpoint === "message_sent" ? 3 : 2);
        expect(second.log).not.toContain('"level":50');
        await world.close();
      },
    );
  }
});
