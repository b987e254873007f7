import { expect } from "vitest";
import type { Checkpoint } from "../../src/app/checkpoint.js";
import { addsUp } from "../../src/domain/ledger.js";
import { findLedgerProblems, findLedgerTotals } from "../../src/store/ledger.js";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { startFakeSlack } from "../support/fake-slack.js";
import { IMPATIENT, startProcess } from "../support/killed-process.js";
import { seededRandom } from "../support/seeded-random.js";
import { configOf, openWorld, startInTest } from "../support/world.js";

const KILLS = Number(process.env.CHAOS_KILLS ?? 6);
const SEED = Number(process.env.CHAOS_SEED ?? 20_261_128);
const SOON = { deadlineMs: 120_000 };
/** A place that is not reached in this time, such as a paint when there is nothing to paint, is no reason to wait on. */
const PLACE_MS_MAX = 6000;

/** Where a sender dies: between two of its own steps, or while Slack has its request, before or after acting on it. */
const PLACES: readonly (Checkpoint | "request received" | "request done")[] = [
  "delivery_claimed",
  "request received",
  "request done",
  "message_sent",
  "outcome_written",
  "paint_claimed",
  "message_painted",
];

databaseTest(
  `kill -9 at ${KILLS} seeded points of the send path: nothing is lost, and only what may have been told is told twice`,
  { timeout: 60_000 + KILLS * 12_000 },
  async ({ db, databaseUrl }) => {
    const random = seededRandom(SEED);
    let killOn: { moment: "received" | "done"; kill: () => void } | null = null;
    const slack = await startFakeSlack({
      intercept: (method, moment) => {
        if (killOn?.moment !== moment || !method.startsWith("chat.")) return false;
        killOn.kill();
        killOn = null;
        return true;
      },
    });
    const world = await openWorld({ integrations: 6, errors: 12 });
    const env = {
      ...world.env,
      SLACK_API_URL: slack.apiUrl,
      SLACK_CHANNEL: slack.channel.id,
      SLACK_BOT_TOKEN: slack.token,
    };
    const queue = { kind: "postgres", databaseUrl } as const;
    const watcher = await startInTest({
      config: eachByItself(configOf(env, "/")),
      databaseUrl,
      queue,
      roles: ["poll", "diff"],
    });
    await eventually(async () => expect(await db.snapshot.count()).toBeGreaterThan(0), SOON);

    const integrations = world.simulator.truth().integrations;
    const titles = Array.from({ length: KILLS }, (_, index) => `Broken${"abcdefghij"[index % 10]}${nameOf(index)}`);
    for (const title of titles) {
      const integrationId = integrations[Math.floor(random() * integrations.length)]?.id ?? "";
      world.simulator.raise({
        integrationId,
        title,
        detail: title,
        description: null,
        httpStatus: 401,
        occurrences: 2,
      });
      const place = PLACES[Math.floor(random() * PLACES.length)] ?? "message_sent";
      const isOurs = place !== "request received" && place !== "request done";
      const onPass = random() < 0.5 ? 1 : 2;
      const sender = startProcess({
        env,
        databaseUrl,
        queue,
        roles: ["notify", "sweep"],
        dieAt: isOurs ? place : null,
        onPass,
      });
      if (!isOurs) killOn = { moment: place === "request done" ? "done" : "received", kill: sender.kill };
      const timer = setTimeout(sender.kill, PLACE_MS_MAX);
      expect(await sender.ended).toBe("SIGKILL");
      clearTimeout(timer);
      killOn = null;
    }
    await eventually(async () => expect(await db.alert.count()).toBe(KILLS), SOON);
    await watcher.stop();

    const after = await startInTest({ config: eachByItself(configOf(env, "/")), databaseUrl, queue, ...IMPATIENT });
    await eventually(async () => expect(await db.delivery.count({ where: { outcome: null } })).toBe(0), {
      deadlineMs: 60_000 + KILLS * 3000,
    });
    await after.stop();

    expect(addsUp(await findLedgerTotals(db, { from: null, to: null }))).toBe(true);
    expect(await findLedgerProblems(db, { from: null, to: null }, new Date(), 10)).toEqual([]);
    const deliveries = await db.delivery.findMany({ include: { tries: true } });
    expect(deliveries.filter(({ outcome }) => outcome !== "delivered")).toEqual([]);

    // Slack can be asked what arrived: there each message is once.
    const posted = slack.messages().map(({ metadata }) => metadata?.event_payload.delivery_id);
    expect(posted.length).toBe(new Set(posted).size);
    for (const title of titles) expect(slack.bodies().some((body) => body.includes(title))).toBe(true);

    // A mail server cannot: what it may have got is sent again, as the same message, and marked.
    const timesSent = new Map<string, number>();
    for (const { messageId = "" } of world.smtp.mails()) timesSent.set(messageId, (timesSent.get(messageId) ?? 0) + 1);
    for (const [messageId, times] of timesSent) {
      const delivery = deliveries.find(({ id }) => messageId.includes(`delivery-${id}@`));
      const lost =
        delivery?.tries.filter(({ verdict, reason }) => verdict === null || reason === "timeout").length ?? 0;
      expect(times).toBeLessThanOrEqual(1 + lost);
      if (times > 1) expect(delivery?.possiblyRepeated).toBe(true);
    }
    for (const title of titles) expect(world.smtp.mails().some(({ text }) => text?.includes(title))).toBe(true);
    await slack.close();
    await world.close();
  },
);

/** A name of letters alone: digits would be masked, and all of these be one error. */
function nameOf(index: number): string {
  return [...String(index)].map((digit) => "qwrtpsdfgh"[Number(digit)]).join("");
}

type Config = ReturnType<typeof configOf>;

/** No message is folded, however many there are, and no alert is told by another. */
function eachByItself(config: Config): Config {
  const receivers = config.receivers.map((receiver) => ({
    ...receiver,
    destinations: receiver.destinations.map((one) =>
      one.kind === "slack"
        ? { ...one, settings: { ...one.settings, storm: { messages: 1000, window: 600_000 } } }
        : one,
    ),
  }));
  return { ...config, receivers, vendorWide: { moreThan: 1_000_000 } };
}
