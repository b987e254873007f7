import { describe, expect } from "vitest";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { queueBackends } from "../support/queue-backends.js";
import { configOf, openWorld, startInTest, type World } from "../support/world.js";

const SOON = { deadlineMs: 30_000 };

const wordsOf = (message: { args: Record<string, unknown> }) => JSON.stringify(message.args);

/** Waits until polls have gone round, so that what is wrongly owed would be told by now. */
async function somePollsLater(world: World, polls = 4): Promise<void> {
  const reads = () => world.simulator.requests().filter(({ path }) => path === "/api/integrations/errors").length;
  const before = reads();
  await eventually(() => expect(reads()).toBeGreaterThan(before + polls), SOON);
}

describe.each(queueBackends())("from a server's answer to Slack and the mailbox, on $name", ({ settingsFor }) => {
  const worldTest = databaseTest.extend<{ world: World }>({
    world: async ({ databaseUrl }, use) => {
      const world = await openWorld({ integrations: 40, errors: 60 });
      const running = await startInTest({
        config: configOf(world.env, "/"),
        databaseUrl,
        queue: settingsFor(databaseUrl),
      });
      // The first snapshot announces itself with one summary, and every test starts behind it.
      await world.slack.expectMessage((message) => wordsOf(message).includes("60"), SOON);
      await world.smtp.expectMail(({ subject }) => subject?.includes("polarity") ?? false, SOON);
      await use(world);
      expect(world.slack.unexpectedMessages().map(wordsOf)).toEqual([]);
      expect(world.smtp.unexpectedMails().map(({ subject }) => subject)).toEqual([]);
      await running.stop();
      expect(running.lines.filter(({ level }) => level >= 50)).toEqual([]);
      await world.close();
    },
  });

  worldTest("the first snapshot does not flood", async ({ world }) => {
    await somePollsLater(world);
    expect(world.slack.messages()).toHaveLength(1);
    expect(world.smtp.mails()).toHaveLength(1);
  });

  worldTest("a new error reaches both, once, with its numbers and a link", async ({ world, db }) => {
    const [integration] = world.simulator.truth().integrations;
    if (integration === undefined) throw new Error("The simulated server has no integrations");
    world.simulator.raise({
      integrationId: integration.id,
      title: "Lookup failed",
      detail: "Invalid API key",
      httpStatus: 401,
      occurrences: 3,
    });
    const message = await world.slack.expectMessage((one) => wordsOf(one).includes("Invalid API key"), SOON);
    expect(wordsOf(message)).toContain(integration.name);
    const mail = await world.smtp.expectMail(({ subject }) => subject?.includes("NEW") ?? false, SOON);
    expect(mail.text).toContain("Invalid API key");
    await somePollsLater(world);
    expect(await db.alert.findMany()).toMatchObject([{ rule: "new", state: "firing" }]);
    expect(await db.delivery.count({ where: { outcome: "delivered" } })).toBe(4);
  });

  worldTest("a growing error reaches both, once", async ({ world, db }) => {
    const [error] = world.simulator.truth().errors.filter(({ occurrences }) => occurrences !== null);
    if (error === undefined) throw new Error("The simulated server has no errors");
    await somePollsLater(world, 2); // even a burst needs one poll to compare with
    for (let time = 1; time <= 4; time += 1)
      world.simulator.grow({ id: error.id, integrationId: error.integrationId }, 6);
    await world.slack.expectMessage((one) => wordsOf(one).toLowerCase().includes("growing"), SOON);
    await world.smtp.expectMail(({ subject }) => subject?.includes("GROWING") ?? false, SOON);
    world.simulator.grow({ id: error.id, integrationId: error.integrationId }, 20);
    await somePollsLater(world);
    expect(await db.alert.count()).toBe(1);
    expect(await db.change.aggregate({ _sum: { added: true } })).toEqual({ _sum: { added: 44n } });
  });

  worldTest("a restart with new ids and lower counters makes nothing new", async ({ world, db }) => {
    world.simulator.restart({ rekey: true, resetCounters: true });
    await somePollsLater(world, 6);
    const kinds = await db.change.groupBy({ by: ["kind"], _count: true });
    expect(kinds.filter(({ kind }) => kind !== "growing")).toEqual([]);
    expect(await db.alert.count()).toBe(0);
  });
});
