import { describe, expect, onTestFinished } from "vitest";
import type { Database } from "../../src/store/prisma.js";
import { inTransaction } from "../../src/store/prisma.js";
import { lockMatchers } from "../../src/store/silences.js";
import { AlertPast, NOON } from "../support/alert-past.js";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { startFakeSlackApp } from "../support/fake-slack-app.js";
import { mentionsOf } from "../support/slack-block-kit.js";
import { DeskInTest, delivered, living, SOON } from "../support/slack-desk.js";
import { createTestClock } from "../support/test-clock.js";
import { MINUTE } from "../support/watch.js";

const HOUR = 60 * MINUTE;
const later = (ms: number) => new Date(NOON.getTime() + ms);

async function scene(db: Database) {
  const past = await AlertPast.open(db);
  const clock = createTestClock(later(MINUTE));
  return { past, clock, desk: await DeskInTest.open(db, clock) };
}

const LABELS = { server: "prod", integration: "VirusTotal", cause: "credential", rule: "new", severity: "warning" };
const audited = (db: Database) => db.auditEntry.findMany({ orderBy: { id: "asc" } });

describe("Acknowledge", () => {
  databaseTest(
    "takes on every alert that fires behind the message, and the audit log says who and where",
    async ({ db }) => {
      const { past, desk } = await scene(db);
      const [one, two, over] = [await past.alert(), await past.alert(), await past.alert({ state: "resolved" })];
      const other = await past.alert();
      const { publicId } = await delivered(past, [one.rowId, two.rowId, over.rowId]);
      expect(await desk.press("polarwatch_ack", publicId)).toBe(
        "You have acknowledged 2 alerts. Nobody is reminded of them until they are resolved or much worse.",
      );
      const states = await db.alert.findMany({ orderBy: { id: "asc" }, select: { state: true } });
      expect(states.map(({ state }) => state)).toEqual(["acknowledged", "acknowledged", "resolved", "firing"]);
      expect(await db.acknowledgement.findFirst()).toMatchObject({ author: "ada (Slack)", untilAt: null });
      const subjects = [`alert-${one.id}`, `alert-${two.id}`];
      expect(await audited(db)).toMatchObject(
        subjects.map((subject) => ({
          via: "slack",
          actor: "ada (Slack)",
          action: "acknowledge",
          subject,
          detail: { userId: "U0ADA" },
        })),
      );
      expect(other.rowId).not.toBe(one.rowId);
    },
  );

  databaseTest("pressed again says that it is done, by whom and since when, and does nothing", async ({ db }) => {
    const { past, clock, desk } = await scene(db);
    const { rowId } = await past.alert();
    const { publicId } = await delivered(past, [rowId]);
    expect(await desk.press("polarwatch_ack", publicId)).toMatch(/^You have acknowledged the alert\./);
    clock.advance(5 * MINUTE);
    expect(await desk.press("polarwatch_ack", publicId, { id: "U0BEN", username: "ben" })).toBe(
      "It is acknowledged already, by ada (Slack) 5 min ago.",
    );
    expect(await db.acknowledgement.count()).toBe(1);
    expect(await audited(db)).toHaveLength(1);
  });

  databaseTest(
    "reaches what any delivery of the living message told, and nothing that was left out of it",
    async ({ db }) => {
      const { past, desk } = await scene(db);
      const [first, joined, hidden] = [await past.alert(), await past.alert(), await past.alert()];
      const opener = await delivered(past, [first.rowId]);
      const livingMessageId = await living(past, opener.rowId);
      const member = await delivered(past, [joined.rowId], { livingMessageId });
      await delivered(past, [hidden.rowId], { livingMessageId, hiddenBy: "inhibition" });
      const reminded = await past.alert();
      const reminder = await delivered(past, [], { livingMessageId });
      await db.deliveryAlert.create({ data: { deliveryId: reminder.rowId, alertId: reminded.rowId } });
      await desk.press("polarwatch_ack", member.publicId);
      const states = await db.alert.findMany({ orderBy: { id: "asc" }, select: { state: true } });
      expect(states.map(({ state }) => state)).toEqual(["acknowledged", "acknowledged", "firing", "acknowledged"]);
      expect(await desk.press("polarwatch_ack", opener.publicId)).toBe(
        "All 3 alerts are acknowledged already, by ada (Slack).",
      );
    },
  );

  databaseTest("on what is over, about no alert, or unknown says so", async ({ db }) => {
    const { past, desk } = await scene(db);
    const { rowId } = await past.alert({ state: "resolved" });
    const over = await delivered(past, [rowId]);
    const empty = await delivered(past, []);
    expect(await desk.press("polarwatch_ack", over.publicId)).toBe(
      "There is nothing to acknowledge: the alert is resolved.",
    );
    expect(await desk.press("polarwatch_ack", empty.publicId)).toBe(
      "This message is about no alert. There is nothing to acknowledge.",
    );
    for (const id of ["delivery-999", "delivery-0", "delivery-9999999999999999999"]) {
      for (const action of ["polarwatch_ack", "polarwatch_why", "polarwatch_history"]) {
        expect(await desk.press(action, id)).toBe("What this message was about is no longer kept.");
      }
      expect(await desk.press("polarwatch_silence", `1h:${id}`)).toBe("What this message was about is no longer kept.");
    }
    expect(await audited(db)).toEqual([]);
  });
});

describe("Silence", () => {
  databaseTest("hides what the alerts have in common, for the time that was chosen", async ({ db }) => {
    const { past, desk } = await scene(db);
    const one = await past.alert({ labels: { ...LABELS, http_status: "401", acronym: "VT" } });
    const two = await past.alert({ labels: { ...LABELS, cause: "quota", http_status: "401" } });
    const over = await past.alert({ state: "resolved", labels: { ...LABELS, cause: "network" } });
    const { publicId } = await delivered(past, [one.rowId, two.rowId, over.rowId]);
    const said = await desk.press("polarwatch_silence", `8h:${publicId}`);
    expect(said).toContain("until 2026-03-01 20:01 UTC.");
    expect(said).toContain("polarwatch silence expire 1");
    expect(await db.silence.findFirst()).toMatchObject({
      matchers: [
        'server="prod"',
        'integration="VirusTotal"',
        'cause=~"credential|quota"',
        'http_status="401"',
        'rule="new"',
        'severity="warning"',
      ],
      startsAt: later(MINUTE),
      endsAt: later(MINUTE + 8 * HOUR),
      author: "ada (Slack)",
      endsWhen: [],
    });
    expect(await audited(db)).toMatchObject([
      { action: "silence", actor: "ada (Slack)", via: "slack", subject: "silence-1" },
    ]);
  });

  databaseTest("until it changes ends by status, text or doubling", async ({ db }) => {
    const { past, desk } = await scene(db);
    const { rowId } = await past.alert({ labels: LABELS });
    const { publicId } = await delivered(past, [rowId]);
    expect(await desk.press("polarwatch_silence", `change:${publicId}`)).toContain(
      "until it changes, at most until 2026-03-31 12:01 UTC",
    );
    const { endsWhen } = await db.silence.findFirstOrThrow();
    expect(new Set(endsWhen)).toEqual(new Set(["count_doubles", "http_status_changes", "text_changes"]));
  });

  databaseTest("pressed again, also at the same time, is one silence, and says whose", async ({ db }) => {
    const { past, clock, desk } = await scene(db);
    const { rowId } = await past.alert({ labels: LABELS });
    const { publicId } = await delivered(past, [rowId]);
    const payloads = [1, 2, 3].map(() => JSON.stringify(desk.pressed("polarwatch_silence", `1h:${publicId}`)));
    await Promise.all(payloads.map((payload) => desk.post("interactions", { payload })));
    const replies = [await desk.reply(), await desk.reply(), await desk.reply()].map(({ visibleText }) => visibleText);
    const already = "That is silenced already, until 2026-03-01 13:01 UTC, by ada (Slack) (silence 1).";
    expect(replies.filter((said) => said === already)).toHaveLength(2);
    clock.advance(2 * MINUTE);
    expect(await desk.press("polarwatch_silence", `1h:${publicId}`)).toBe(already);
    expect(await db.silence.count()).toBe(1);
    await desk.press("polarwatch_silence", `8h:${publicId}`);
    expect(await db.silence.count()).toBe(2);
  });

  databaseTest("waits for whoever adds the same at this moment, and finds it", async ({ db }) => {
    const { past, desk } = await scene(db);
    const { rowId } = await past.alert({ labels: LABELS });
    const { publicId } = await delivered(past, [rowId]);
    await desk.press("polarwatch_silence", `1h:${publicId}`);
    const { matchers } = await db.silence.findFirstOrThrow();
    await db.silence.deleteMany();
    await inTransaction(db, async (tx) => {
      await lockMatchers(tx, matchers.toSorted());
      for (const value of [`8h:${publicId}`, `8h:${publicId}`]) {
        await desk.post("interactions", { payload: JSON.stringify(desk.pressed("polarwatch_silence", value)) });
      }
      await eventually(async () => {
        const waiting = await db.$queryRaw<unknown[]>`
          SELECT 1 AS one FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`;
        expect(waiting).toHaveLength(2);
      }, SOON);
    });
    const replies = [(await desk.reply()).visibleText, (await desk.reply()).visibleText];
    expect(replies.filter((said) => said.startsWith("That is silenced already"))).toHaveLength(1);
    expect(await db.silence.count()).toBe(1);
  });

  databaseTest("of a server that cannot be read hides that alone", async ({ db }) => {
    const { past, desk } = await scene(db);
    const labels = { server: "prod", rule: "server_unreadable", severity: "critical" };
    const { rowId } = await past.alert({ subject: "server", labels });
    const { publicId } = await delivered(past, [rowId]);
    await desk.press("polarwatch_silence", `1h:${publicId}`);
    const { matchers } = await db.silence.findFirstOrThrow();
    expect(matchers).toEqual(['server="prod"', 'rule="server_unreadable"', 'severity="critical"']);
  });
});

describe("Why and Show history", () => {
  databaseTest("say in a few lines what was decided and what happened, with a link", async ({ db }) => {
    const { past, desk } = await scene(db);
    const { rowId, errorId } = await past.alert();
    if (errorId === null) throw new Error("It is about an error");
    await past.grown(errorId, { added: 3, at: NOON });
    const { publicId } = await delivered(past, [rowId]);
    const why = await desk.press("polarwatch_why", publicId);
    expect(why).toContain("VirusTotal: Invalid API key");
    expect(why).toContain("It has an alert, which is firing: oncall/slack:#alerts was told of it.");
    expect(why).toContain("Show it on the page");
    const history = await desk.press("polarwatch_history", publicId);
    expect(history).toContain("In the last 7 days: grew once (3 added).");
    expect(history).toContain("2026-03-01 12:00 UTC: firing. It is new");
    expect(await audited(db)).toEqual([]);
  });
});

describe("hostile texts", () => {
  databaseTest("from a name, a command or an error mention nobody and become no link", async ({ db }) => {
    const { past, desk } = await scene(db);
    const headline = "<!channel> <@U0ADA> @here https://evil.example.com & \u202ereversed";
    const errorId = await past.error(headline);
    const { rowId } = await past.alert();
    await db.alert.update({ where: { id: rowId }, data: { errorId } });
    const { publicId } = await delivered(past, [rowId]);
    const name = "<!everyone> \u202eeve\u0007";
    for (const action of ["polarwatch_ack", "polarwatch_why", "polarwatch_history", "polarwatch_ack"]) {
      const payload = JSON.stringify(desk.pressed(action, publicId, { id: "U0EVE", username: name }));
      await desk.post("interactions", { payload });
    }
    await desk.post("commands", desk.typed("<!channel> dance"));
    await desk.post("commands", desk.typed('silence a="<!here>" for 1h <@U0ADA>'));
    await desk.post("commands", desk.typed("status"));
    for (let count = 0; count < 7; count += 1) {
      const reply = await desk.reply();
      expect(mentionsOf(reply)).toEqual([]);
      expect(reply.visibleText).not.toMatch(/https:\/\/evil|[\p{Cc}\u202e](?<!\n)|(?<!\u2060)@/u);
    }
    expect(await db.acknowledgement.findFirst()).toMatchObject({ author: "<!everyone> eve (Slack)" });
  });
});

describe("by Socket Mode", () => {
  databaseTest("a request is acknowledged before the work is done, and answered after it", async ({ db }) => {
    const { past, desk } = await scene(db);
    const { rowId } = await past.alert();
    const { publicId } = await delivered(past, [rowId]);
    desk.desk.listen();
    await desk.slack.connected(1, SOON);
    await inTransaction(db, async (tx) => {
      await tx.$queryRaw`SELECT FROM server WHERE id = 'prod' FOR UPDATE`; // the work has to wait for this
      await desk.slack.send("interactive", desk.pressed("polarwatch_ack", publicId));
      expect(desk.slack.replies()).toEqual([]);
    });
    expect((await desk.reply()).visibleText).toMatch(/^You have acknowledged the alert\./);
  });

  databaseTest("a replaced configuration moves the connection, and no app token ends it", async ({ db }) => {
    const { desk } = await scene(db);
    desk.desk.listen();
    await desk.slack.connected(1, SOON);
    desk.replace({});
    await eventually(() => expect(desk.slack.openConnections()).toBe(0), SOON);
    desk.replace({ SLACK_APP_TOKEN: desk.slack.appToken });
    await desk.slack.connected(2, SOON);
    desk.desk.sync();
    expect(desk.slack.openConnections()).toBe(1);
  });
});

databaseTest(
  "where the response address fails, the answer is a message in the channel that only they see",
  async ({ db }) => {
    const { past, desk } = await scene(db);
    const { rowId } = await past.alert();
    const { publicId } = await delivered(past, [rowId]);
    desk.slack.failNextReply({ kind: "answer", httpStatus: 500 });
    await desk.post("interactions", { payload: JSON.stringify(desk.pressed("polarwatch_ack", publicId)) });
    expect(await desk.reply()).toMatchObject({ by: "postEphemeral", userId: "U0ADA" });
    const stranger = await startFakeSlackApp();
    onTestFinished(() => stranger.close());
    const elsewhere = { ...desk.pressed("polarwatch_ack", publicId), response_url: stranger.responseUrl() };
    await desk.post("interactions", { payload: JSON.stringify(elsewhere) });
    expect(await desk.reply()).toMatchObject({ by: "postEphemeral" });
    expect(stranger.calls()).toEqual([]); // no address but Slack's gets a request
  },
);
