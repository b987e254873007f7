import { randomBytes } from "node:crypto";
import { describe, expect } from "vitest";
import { DELIVERY_KINDS } from "../../src/domain/delivery.js";
import { createUnsubscribeToken } from "../../src/domain/unsubscribe-token.js";
import { openSigningKey } from "../../src/store/signing-keys.js";
import { AlertPast } from "../support/alert-past.js";
import { commandRunner } from "../support/command-runner.js";
import { databaseTest } from "../support/database.js";
import { type Answer, ask, startHttp, TOKEN, UNSUBSCRIBE_KEY } from "../support/http-server.js";
import { createTestClock } from "../support/test-clock.js";
import { aFailure, anError, aRead, MINUTE, ONCALL, PROD, someErrors, Watch } from "../support/watch.js";

const ADA = { mailbox: "ada@example.com", list: "alerts" } as const;
const PATH = `/unsubscribe/${createUnsubscribeToken(UNSUBSCRIBE_KEY, ADA)}`;
const ONE_CLICK = {
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: "List-Unsubscribe=One-Click",
};
const FORM = { ...ONE_CLICK, body: "from=page" };
const textOf = ({ text }: Answer) =>
  text
    .replace(/<style>.*<\/style>/s, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");

describe("an unsubscribe address", () => {
  databaseTest("shows a page with a button and changes nothing when it is only looked at", async ({ db }) => {
    const server = await startHttp({ db, clock: createTestClock() });
    for (const method of ["GET", "HEAD", "GET"]) {
      const answer = await ask(server, PATH, { method });
      expect(answer.httpStatus).toBe(200);
      if (method === "GET")
        expect(textOf(answer)).toContain("Stop alert mails? ada@example.com will get no alert mails");
    }
    expect((await ask(server, PATH)).text).toContain('<form method="post"');
    expect(await db.unsubscription.count()).toBe(0);
    expect(await db.auditEntry.count()).toBe(0);
  });

  databaseTest("ends the mails by one click, once, on record, and offers to undo it", async ({ db }) => {
    const clock = createTestClock();
    const server = await startHttp({ db, clock });
    const first = await ask(server, PATH, ONE_CLICK);
    expect([first.httpStatus, textOf(first)]).toEqual([200, expect.stringContaining("gets no alert mails")]);
    expect(first.text).toContain("Undo</button>");
    expect((await ask(server, PATH, ONE_CLICK)).httpStatus).toBe(200);
    expect(await db.unsubscription.findMany()).toMatchObject([{ ...ADA, unsubscribedAt: clock(), restoredAt: null }]);
    const undone = await ask(server, `${PATH}/undo`, FORM);
    expect([undone.httpStatus, textOf(undone)]).toEqual([
      200,
      expect.stringContaining("gets alert mails from polarwatch again"),
    ]);
    expect(await db.unsubscription.findMany()).toMatchObject([{ restoredAt: clock(), restoredBy: ADA.mailbox }]);
    await ask(server, PATH, FORM);
    expect(await db.auditEntry.findMany({ orderBy: { id: "asc" } })).toMatchObject([
      { action: "unsubscribe", via: "email", actor: ADA.mailbox, subject: `mailbox-${ADA.mailbox}` },
      { action: "restore_subscription", via: "page", actor: ADA.mailbox, detail: { list: "alerts" } },
      { action: "unsubscribe", via: "page", actor: ADA.mailbox },
    ]);
  });

  databaseTest(
    "takes what mail programs send: either kind of form, or nothing, under any host and origin",
    async ({ db }) => {
      for (const apiToken of [null, TOKEN]) {
        const server = await startHttp({
          db,
          clock: createTestClock(),
          settings: { host: "127.0.0.1", port: 0, apiToken },
        });
        const multipart = [
          "--b",
          'Content-Disposition: form-data; name="List-Unsubscribe"',
          "",
          "One-Click",
          "--b--",
          "",
        ].join("\r\n");
        const asked = [
          ONE_CLICK,
          { method: "POST", headers: { "content-type": "multipart/form-data; boundary=b" }, body: multipart },
          { method: "POST" },
          { method: "POST", headers: { "content-type": "application/json" }, body: "not JSON" },
        ];
        for (const { headers, ...rest } of asked.map((each) => ({ headers: {}, ...each }))) {
          const foreign = { host: "alerts.example.com", origin: "null", ...headers };
          expect((await ask(server, PATH, { ...rest, headers: foreign })).httpStatus).toBe(200);
        }
        expect((await ask(server, "/", { headers: { host: "alerts.example.com" } })).httpStatus).not.toBe(200);
      }
      expect(await db.unsubscription.count()).toBe(1);
    },
  );

  databaseTest(
    "that is not one of ours tells nothing, and by other methods or with large bodies does nothing",
    async ({ db }) => {
      const server = await startHttp({ db, clock: createTestClock() });
      const other = createUnsubscribeToken(Buffer.alloc(32, 8), ADA);
      for (const path of [`/unsubscribe/${other}`, "/unsubscribe/x", `${PATH}x`, `/unsubscribe/${other}/undo`]) {
        const answer = await ask(server, path, ONE_CLICK);
        expect([answer.httpStatus, textOf(answer)]).toEqual([404, expect.stringContaining("Not a valid link")]);
        expect(answer.text).not.toContain("ada@");
      }
      for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
        expect((await ask(server, PATH, { method })).httpStatus).toBe(405);
      }
      expect((await ask(server, `${PATH}/undo`)).httpStatus).toBe(405);
      expect((await ask(server, PATH, { ...ONE_CLICK, body: "x".repeat(2000) })).httpStatus).toBe(413);
      expect((await ask(server, `/unsubscribe/${"x".repeat(5000)}`, ONE_CLICK)).httpStatus).toBe(400);
      expect(await db.unsubscription.count()).toBe(0);
    },
  );

  databaseTest("fills no table, however often it is clicked", async ({ db }) => {
    const server = await startHttp({ db, clock: createTestClock() });
    await Promise.all(Array.from({ length: 10 }, () => ask(server, PATH, ONE_CLICK)));
    expect(await db.unsubscription.count()).toBe(1);
    const answers: number[] = [];
    for (let turn = 1; turn <= 25; turn += 1) {
      await ask(server, `${PATH}/undo`, FORM);
      answers.push((await ask(server, PATH, FORM)).httpStatus);
    }
    expect(answers.filter((httpStatus) => httpStatus === 429)).toHaveLength(6);
    expect(await db.unsubscription.count()).toBe(20);
  });

  databaseTest("is shown without a script, a frame or anything from elsewhere", async ({ db }) => {
    const server = await startHttp({ db, clock: createTestClock() });
    const { headers, text } = await ask(server, PATH);
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; .*form-action 'self'/,
    );
    expect(headers["cache-control"]).toBe("no-store");
    expect(text).not.toMatch(/<script|src=|href="(?!data:)/);
  });
});

databaseTest("the key behind the addresses is the same for all who open it at once, and for good", async ({ db }) => {
  const at = new Date("2026-03-01T12:00:00.000Z");
  const open = () => openSigningKey(db, "unsubscribe", { fresh: randomBytes(32), at });
  const keys = await Promise.all(Array.from({ length: 8 }, open));
  const [first] = [...keys, await open()].map((key) => Buffer.from(key).toString("hex"));
  expect(new Set([...keys, await open()].map((key) => Buffer.from(key).toString("hex")))).toEqual(new Set([first]));
  expect(await db.signingKey.count()).toBe(1);
});

describe("a mailbox that has unsubscribed", () => {
  databaseTest(
    "is sent nothing of any kind but digests, each delivery ends with the reason and without a try",
    async ({ db }) => {
      const watch = await Watch.open(db);
      watch.mailbox = "Ada@Example.com";
      await db.unsubscription.create({ data: { ...ADA, unsubscribedAt: watch.clock() } });
      await watch.minute(aRead(someErrors()));
      await watch.minute(
        aRead([...someErrors(), anError({ polarityId: "n1", title: "Key refused", httpStatus: 401 })]),
      );
      for (let minute = 1; minute <= 3; minute += 1) await watch.minute(aFailure("timeout"));
      const record = { serverId: PROD, receiver: "oncall", destination: ONCALL, createdAt: watch.clock() };
      const kinds = DELIVERY_KINDS.filter((kind) => kind !== "digest");
      for (const kind of kinds) {
        const facts = ["alerts", "server", "storm"].includes(kind) ? {} : { facts: {} };
        const due = { nextAttemptAt: watch.clock(), deadlineAt: new Date(watch.clock().getTime() + MINUTE) };
        await db.delivery.create({ data: { ...record, ...due, ...facts, kind, groupKey: kind } });
      }
      await watch.deliverAll();
      expect(watch.notifier.told).toEqual([]);
      const deliveries = await db.delivery.findMany();
      expect(new Set(deliveries.map(({ kind }) => kind))).toEqual(new Set(kinds));
      const because = "Ada@Example.com unsubscribed on 2026-03-01 12:00 UTC";
      for (const delivery of deliveries) {
        expect(delivery).toMatchObject({ outcome: "suppressed", outcomeBecause: because, attempts: 0 });
      }
    },
  );

  databaseTest(
    "that comes back is told what happens from then on, and of nothing that it is over unless it was told that it began",
    async ({ db }) => {
      const watch = await Watch.open(db);
      watch.mailbox = ADA.mailbox;
      await watch.minute(aRead(someErrors()));
      await db.unsubscription.create({ data: { ...ADA, unsubscribedAt: watch.clock() } });
      const errors = [...someErrors(), anError({ polarityId: "n1", title: "Key refused", httpStatus: 401 })];
      expect(await watch.minute(aRead(errors))).toEqual([]);
      const server = await startHttp({ db, clock: watch.clock });
      await ask(server, `${PATH}/undo`, FORM);
      errors.push(anError({ polarityId: "n2", title: "Gateway away", httpStatus: 502 }));
      expect(await watch.minute(aRead(errors))).toMatchObject([
        { items: [{ headline: expect.stringContaining("Gateway") }] },
      ]);
      const later = [];
      for (let minute = 1; minute <= 32; minute += 1) later.push(...(await watch.minute(aRead(errors))));
      expect(later).toMatchObject([{ items: [{ state: "resolved", headline: expect.stringContaining("Gateway") }] }]);
    },
  );

  databaseTest("of another list, or another mailbox, is no reason to send nothing", async ({ db }) => {
    const watch = await Watch.open(db);
    watch.mailbox = ADA.mailbox;
    for (const subscription of [
      { mailbox: ADA.mailbox, list: "digests" },
      { mailbox: "ben@example.com", list: "alerts" },
    ]) {
      await db.unsubscription.create({ data: { ...subscription, unsubscribedAt: watch.clock() } });
    }
    expect(await watch.minute(aRead(someErrors()))).toHaveLength(1);
  });

  databaseTest("is still told what was tried before it unsubscribed: it may have arrived", async ({ db }) => {
    const watch = await Watch.open(db);
    watch.mailbox = ADA.mailbox;
    watch.notifier.next = { kind: "failed", reason: "timeout", retryable: true, retryAfterMs: null, detail: "lost" };
    await watch.minute(aRead(someErrors()));
    await db.unsubscription.create({ data: { ...ADA, unsubscribedAt: watch.clock() } });
    watch.notifier.next = { kind: "delivered", providerMessageId: null };
    expect(await watch.minute(aRead(someErrors()))).toMatchObject([{ possiblyRepeated: true }]);
  });
});

describe("subscriptions", () => {
  databaseTest(
    "list shows who has unsubscribed, and restore sends them mails again, on record",
    async ({ db, databaseUrl }) => {
      await AlertPast.open(db, new Date(Date.now() - MINUTE));
      const run = await commandRunner(databaseUrl);
      expect(await run("subscriptions", "list")).toEqual({ code: 0, out: "", said: "No mailbox has unsubscribed.\n" });
      const unsubscribedAt = new Date(Date.now() - 2 * MINUTE);
      for (const list of ["alerts", "digests"]) {
        await db.unsubscription.create({ data: { ...ADA, list, unsubscribedAt } });
      }
      const listed = await run("subscriptions", "list");
      expect(listed.out).toMatch(/^MAILBOX +LIST +UNSUBSCRIBED AT +AGE\nada@example\.com +digests +20.* 2 min ago\n/);
      expect(JSON.parse((await run("subscriptions", "list", "--json", "--limit", "1")).out)).toMatchObject([
        { mailbox: ADA.mailbox, list: "digests", unsubscribedAt: unsubscribedAt.toISOString() },
      ]);
      const restored = await run("subscriptions", "restore", "Ada@example.com", "--author", "mia");
      expect(restored).toEqual({ code: 0, out: "ada@example.com gets alert mails and digests again.\n", said: "" });
      expect(await db.auditEntry.findMany()).toMatchObject([
        { action: "restore_subscription", via: "command_line", actor: "mia", detail: { list: "alerts" } },
        { action: "restore_subscription", via: "command_line", actor: "mia", detail: { list: "digests" } },
      ]);
      expect(await run("subscriptions", "restore", "ada@example.com")).toEqual({
        code: 1,
        out: "",
        said: "ada@example.com has not unsubscribed from anything.\n",
      });
      const wrong = await run("subscriptions", "restore", "ada", "--author", "");
      expect([wrong.code, wrong.said]).toEqual([
        2,
        '"ada" is not an address, such as ada@example.com\n--author must not be empty\n(--help says what there is)\n',
      ]);
    },
  );
});
