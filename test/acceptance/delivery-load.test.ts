import { describe, expect } from "vitest";
import type { Config } from "../../src/config/config.js";
import { addsUp } from "../../src/domain/ledger.js";
import { findLedgerProblems, findLedgerTotals } from "../../src/store/ledger.js";
import type { Database } from "../../src/store/prisma.js";
import { findWaiting } from "../../src/store/waiting.js";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { type FakeSlack, startFakeSlack } from "../support/fake-slack.js";
import { configOf, openWorld, startInTest, type World } from "../support/world.js";

const GROUPS = 50;
const ALWAYS = { from: null, to: null };

/** A watched server with fifty integrations whose baseline was told, and a Slack that is to hear of what follows. */
async function aWatchedServer(databaseUrl: string, slack: FakeSlack, storm: { messages: number; window: number }) {
  const world = await openWorld({ integrations: GROUPS + 20, errors: 10 });
  const { SMTP_URL, EMAIL_FROM, EMAIL_TO, ...rest } = world.env;
  const env = { ...rest, SLACK_API_URL: slack.apiUrl, SLACK_CHANNEL: slack.channel.id, SLACK_BOT_TOKEN: slack.token };
  const config = withStorm(configOf(env, "/"), storm);
  const queue = { kind: "postgres", databaseUrl } as const;
  const watcher = await startInTest({ config, databaseUrl, queue });
  await eventually(() => expect(slack.messages()).toHaveLength(1), { deadlineMs: 60_000 });
  return { world, config, queue, watcher };
}

function withStorm(config: Config, storm: { messages: number; window: number }): Config {
  const receivers = config.receivers.map((receiver) => ({
    ...receiver,
    destinations: receiver.destinations.map((one) =>
      one.kind === "slack" ? { ...one, settings: { ...one.settings, storm } } : one,
    ),
  }));
  return { ...config, receivers };
}

/** An error in fifty integrations at once, each with a name of its own: one that is installed twice is one group. */
function breakEverything(world: World): void {
  const byName = new Map(world.simulator.truth().integrations.map(({ id, name }) => [name, id]));
  for (const id of [...byName.values()].slice(0, GROUPS)) {
    const title = `Broken ${[...id].filter((letter) => /[a-z]/.test(letter)).join("")}`;
    world.simulator.raise({
      integrationId: id,
      title,
      detail: title,
      description: null,
      httpStatus: 401,
      occurrences: 3,
    });
  }
}

async function expectClean(db: Database): Promise<void> {
  const totals = await findLedgerTotals(db, ALWAYS);
  expect(addsUp(totals)).toBe(true);
  expect(totals.outcomes).toMatchObject({ owed: 0, expired: 0, dead: 0, suppressed: 0 });
  expect(totals.outcomes.delivered + totals.outcomes.folded).toBeGreaterThanOrEqual(GROUPS);
  expect(await findLedgerProblems(db, ALWAYS, new Date(), 10)).toEqual([]);
}

const isSettled = async (db: Database) => expect(await db.delivery.count({ where: { outcome: null } })).toBe(0);

describe("fifty groups at once", { concurrent: true }, () => {
  databaseTest(
    "against a Slack of one message a second all reach it, and what waits is seen meanwhile",
    { timeout: 240_000 },
    async ({ db, databaseUrl }) => {
      const slack = await startFakeSlack({ ratePerSecond: 1 });
      const { world, watcher } = await aWatchedServer(databaseUrl, slack, { messages: 1000, window: 600_000 });
      breakEverything(world);
      await eventually(
        async () => {
          const [waiting] = await findWaiting(db, new Date());
          expect(waiting?.due).toBeGreaterThan(10);
        },
        { deadlineMs: 60_000 },
      );
      await eventually(async () => expect(await db.alert.count()).toBe(GROUPS), { deadlineMs: 60_000 });
      await eventually(() => isSettled(db), { deadlineMs: 150_000 });
      await watcher.stop();
      expect(slack.messages()).toHaveLength(1 + GROUPS);
      expect(
        slack.messages().some(({ blocks }) => /more messages? for this channel waited/.test(JSON.stringify(blocks))),
      ).toBe(true);
      await expectClean(db);
      await Promise.all([world.close(), slack.close()]);
    },
  );

  databaseTest(
    "beyond the channel's budget become one message and its thread, and none is lost",
    { timeout: 240_000 },
    async ({ db, databaseUrl }) => {
      const slack = await startFakeSlack({ ratePerSecond: 1 });
      const { world, watcher } = await aWatchedServer(databaseUrl, slack, { messages: 20, window: 600_000 });
      breakEverything(world);
      await eventually(async () => expect(await db.alert.count()).toBe(GROUPS), { deadlineMs: 60_000 });
      await eventually(() => isSettled(db), { deadlineMs: 150_000 });
      await watcher.stop();
      expect(slack.messages().length).toBeLessThanOrEqual(25);
      await expectClean(db);
      await Promise.all([world.close(), slack.close()]);
    },
  );

  databaseTest(
    "through twelve seconds of HTTP 500 and two notifying processes are exactly fifty messages",
    { timeout: 240_000 },
    async ({ db, databaseUrl }) => {
      let isArmed = false;
      let brokenUntilMs: number | null = null;
      const slack = await startFakeSlack({
        failWith: () => {
          if (!isArmed) return null;
          brokenUntilMs ??= Date.now() + 12_000;
          return Date.now() < brokenUntilMs ? { kind: "answer", httpStatus: 500, body: "down" } : null;
        },
      });
      const { world, config, queue, watcher } = await aWatchedServer(databaseUrl, slack, {
        messages: 1000,
        window: 600_000,
      });
      const second = await startInTest({ config, databaseUrl, queue, roles: ["notify"] });
      isArmed = true;
      breakEverything(world);
      await eventually(async () => expect(await db.alert.count()).toBe(GROUPS), { deadlineMs: 60_000 });
      await eventually(() => isSettled(db), { deadlineMs: 150_000 });
      await Promise.all([watcher.stop(), second.stop()]);
      expect(await db.attempt.count({ where: { replyCode: 500 } })).toBeGreaterThan(0);
      expect(slack.messages()).toHaveLength(1 + GROUPS);
      expect(new Set(slack.messages().map(({ metadata }) => metadata?.event_payload.delivery_id)).size).toBe(
        1 + GROUPS,
      );
      await expectClean(db);
      await Promise.all([world.close(), slack.close()]);
    },
  );
});
