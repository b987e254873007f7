import { expect } from "vitest";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { ask } from "../support/http-server.js";
import { queueBackends } from "../support/queue-backends.js";
import { configOf, openWorld, startInTest } from "../support/world.js";

const SOON = { deadlineMs: 30_000 };
const MAILBOXES = ["ada", "ben", "cas"].map((name) => `${name}@example.com`);
const [ADA = "", BEN = "", CAS = ""] = MAILBOXES;

databaseTest(
  "of three mailboxes one is told, one is refused by its server and one unsubscribes, each on record by itself",
  async ({ db, databaseUrl }) => {
    const world = await openWorld({ integrations: 40, errors: 60 });
    world.smtp.refuseRecipient(CAS, 550);
    const env = { ...world.env, EMAIL_TO: MAILBOXES.join(","), PUBLIC_URL: "https://alerts.example.com" };
    const [backend] = queueBackends();
    if (backend === undefined) throw new Error("There is no queue");
    const running = await startInTest({
      config: configOf(env, "/"),
      databaseUrl,
      queue: backend.settingsFor(databaseUrl),
      roles: ["poll", "diff", "notify", "sweep", "http"],
    });
    const outcomesOf = async (mailbox: string) => {
      const deliveries = await db.delivery.findMany({
        where: { destination: `default/email:${mailbox}`, kind: { in: ["summary", "alerts"] } },
        orderBy: { id: "asc" },
      });
      return deliveries.map(({ outcome, outcomeBecause }) => [outcome, outcomeBecause]);
    };
    const mailTo = (mailbox: string, word: string) =>
      world.smtp.expectMail(
        ({ recipients, subject }) => recipients.join() === mailbox && subject?.includes(word) === true,
        SOON,
      );

    const baseline = await mailTo(ADA, "BASELINE");
    await mailTo(BEN, "BASELINE");
    const dead = [["dead", `The mail server answered 550 <${CAS}> refused`]];
    await eventually(async () => expect(await outcomesOf(CAS)).toEqual(dead), SOON);

    const [, path = ""] = /^List-Unsubscribe:\s+<https:\/\/alerts\.example\.com(\/\S+)>\r$/m.exec(baseline.raw) ?? [];
    if (running.url === null) throw new Error("Nothing listens");
    const clicked = await ask({ url: running.url }, path, {
      method: "POST",
      headers: { host: "alerts.example.com", "content-type": "application/x-www-form-urlencoded" },
      body: "List-Unsubscribe=One-Click",
    });
    expect([clicked.httpStatus, clicked.text]).toEqual([200, expect.stringContaining(ADA)]);

    const [integration] = world.simulator.truth().integrations;
    if (integration === undefined) throw new Error("The simulated server has no integrations");
    world.simulator.raise({ integrationId: integration.id, title: "Lookup failed", detail: "Invalid API key" });
    await mailTo(BEN, "NEW");
    await eventually(async () => {
      expect((await outcomesOf(ADA)).map(([outcome]) => outcome)).toEqual(["delivered", "suppressed"]);
      expect((await outcomesOf(BEN)).map(([outcome]) => outcome)).toEqual(["delivered", "delivered"]);
      expect((await outcomesOf(CAS)).map(([outcome]) => outcome)).toEqual(["dead", "dead"]);
    }, SOON);
    expect((await outcomesOf(ADA)).at(-1)?.[1]).toMatch(/^ada@example\.com unsubscribed on 20[-\d]{8} [\d:]{5} UTC$/);
    // That one could not be reached may be told to the others; nothing else is told to anybody.
    const others = world.smtp.unexpectedMails().map(({ subject }) => subject ?? "");
    expect(others.filter((subject) => !subject.includes("UNDELIVERED"))).toEqual([]);
    await running.stop();
    await world.close();
  },
);
