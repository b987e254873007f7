import fc from "fast-check";
import { describe, expect } from "vitest";
import { signatureOf } from "../../src/notify/slack/signature.js";
import { AlertPast, NOON } from "../support/alert-past.js";
import { databaseTest } from "../support/database.js";
import { ask, TOKEN } from "../support/http-server.js";
import { DeskInTest, delivered, SIGNING_SECRET } from "../support/slack-desk.js";
import { createTestClock } from "../support/test-clock.js";
import { MINUTE } from "../support/watch.js";

const secondsAt = (ms: number) => String(Math.floor((NOON.getTime() + ms) / 1000));

describe("a request of Slack's", () => {
  databaseTest("is taken without our token and under any host name, once its signature is right", async ({ db }) => {
    const desk = await DeskInTest.open(db, createTestClock(NOON), { apiToken: TOKEN });
    expect(await desk.type("help")).toContain("ack 12");
    const open = await DeskInTest.open(db, createTestClock(NOON));
    expect(await open.type("help")).toContain("ack 12");
  });

  databaseTest("with a wrong, old, early, repeated or missing signature is 401, and says nothing", async ({ db }) => {
    const past = await AlertPast.open(db);
    const { rowId } = await past.alert();
    const { publicId } = await delivered(past, [rowId]);
    const desk = await DeskInTest.open(db, createTestClock(NOON), { apiToken: TOKEN });
    const body = { payload: JSON.stringify(desk.pressed("polarwatch_ack", publicId)) };
    const refusals = [
      { secret: `${SIGNING_SECRET}x` },
      { timestamp: secondsAt(-5 * MINUTE - 1000) },
      { timestamp: secondsAt(5 * MINUTE + 1000) },
      { timestamp: "soon" },
      { timestamp: "" },
      { timestamp: "-1" },
      { signature: "" },
      { signature: "v0=" },
      { signature: `v0=${"0".repeat(64)}` },
      { signature: "v0=é" },
    ];
    for (const signing of refusals) {
      const answer = await desk.post("interactions", body, signing);
      expect(answer, JSON.stringify(signing)).toMatchObject({ httpStatus: 401, text: "" });
      expect(answer.headers["www-authenticate"]).toBeUndefined();
    }
    const unsigned = await ask(desk.server, "/slack/commands", { method: "POST", body: "text=status" });
    expect(unsigned).toMatchObject({ httpStatus: 401, text: "" });
    expect(await db.auditEntry.count()).toBe(0);
  });

  databaseTest("is taken within five minutes, and once", async ({ db }) => {
    const clock = createTestClock(NOON);
    const desk = await DeskInTest.open(db, clock);
    const body = desk.typed("help");
    for (const timestamp of [secondsAt(-5 * MINUTE), secondsAt(5 * MINUTE)]) {
      expect((await desk.post("commands", body, { timestamp })).httpStatus).toBe(200);
      await desk.reply();
      expect((await desk.post("commands", body, { timestamp })).httpStatus).toBe(401);
    }
    clock.advance(9 * MINUTE);
    expect((await desk.post("commands", body, { timestamp: secondsAt(5 * MINUTE) })).httpStatus).toBe(401);
  });

  databaseTest("changed by one byte on its way is refused", async ({ db }) => {
    const desk = await DeskInTest.open(db, createTestClock(NOON));
    const timestamp = secondsAt(0);
    const signature = signatureOf(SIGNING_SECRET, timestamp, Buffer.from("text=status&user_id=U0ADA"));
    const sent = (text: string) => desk.post("commands", text, { timestamp, signature });
    expect((await sent("text=status&user_id=U0ADB")).httpStatus).toBe(401);
    expect((await sent("text=status&user_id=U0ADA ")).httpStatus).toBe(401);
  });

  databaseTest("of a kind that is none of ours is taken and left alone", async ({ db }) => {
    const desk = await DeskInTest.open(db, createTestClock(NOON));
    const payloads = [
      { type: "view_submission", user: { id: "U0ADA" } },
      desk.pressed("something_else", "delivery-1"),
      desk.pressed("polarwatch_ack", "17"),
      desk.pressed("polarwatch_silence", "2h:delivery-1"),
      { ...desk.pressed("polarwatch_ack", "delivery-1"), actions: [] },
    ];
    for (const payload of payloads) {
      expect((await desk.post("interactions", { payload: JSON.stringify(payload) })).httpStatus).toBe(200);
    }
    expect((await desk.post("commands", "ssl_check=1&token=x")).httpStatus).toBe(200);
  });

  databaseTest("that is nonsense is 400 or left alone, never 500, and leaves no trace", async ({ db }) => {
    const desk = await DeskInTest.open(db, createTestClock(NOON));
    const anyPayload = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
      fc
        .record(
          {
            type: fc.constantFrom("block_actions", "shortcut", ""),
            user: fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.record({ id: fc.string(), username: fc.jsonValue() })),
            channel: fc.jsonValue({ maxDepth: 1 }),
            response_url: fc.jsonValue({ maxDepth: 0 }),
            actions: fc.oneof(
              fc.jsonValue({ maxDepth: 2 }),
              fc.array(fc.record({ action_id: fc.constantFrom("polarwatch_ack", "x"), value: fc.jsonValue() })),
            ),
          },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value)),
    );
    let round = 0;
    const sent = async (place: string, body: string, contentType?: string) => {
      round += 1;
      const timestamp = secondsAt((round % 590) * 1000 - 295_000);
      const { httpStatus } = await desk.post(place, body, { timestamp, ...(contentType && { contentType }) });
      expect([200, 400, 401], body).toContain(httpStatus); // 401: the same nonsense again
    };
    await fc.assert(
      fc.asyncProperty(anyPayload, async (payload) => {
        await sent("interactions", String(new URLSearchParams({ payload })));
        await sent("commands", payload);
      }),
      { numRuns: 150 },
    );
    for (const type of [
      "application/json",
      "text/plain",
      "multipart/form-data",
      "nonsense",
      "application/vnd.api+json",
    ]) {
      await sent("interactions", '{"payload": 1}', type);
    }
    expect(await db.auditEntry.count()).toBe(0);
    expect(desk.lines.filter(({ level }) => level >= 50)).toEqual([]);
  });

  databaseTest("with a body beyond 1 MiB is refused unread", async ({ db }) => {
    const desk = await DeskInTest.open(db, createTestClock(NOON));
    expect((await desk.post("interactions", `payload=${"x".repeat(1_100_000)}`)).httpStatus).toBe(413);
  });
});

describe("the addresses for Slack", () => {
  databaseTest("do not exist without a signing secret", async ({ db }) => {
    const desk = await DeskInTest.open(db, createTestClock(NOON), { env: {}, apiToken: TOKEN });
    expect((await desk.post("commands", desk.typed("help"))).httpStatus).toBe(401); // as any address without the token
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await ask(desk.server, "/slack/commands", { method: "POST", headers, body: "x" })).httpStatus).toBe(404);
    desk.replace({ SLACK_SIGNING_SECRET: SIGNING_SECRET });
    expect(await desk.type("help")).toContain("ack 12");
    const local = await DeskInTest.open(db, createTestClock(NOON), { env: {} });
    expect((await local.post("commands", local.typed("help"))).httpStatus).toBe(403); // a name that is not local
  });

  databaseTest("open no other door: every other address and method is as guarded as before", async ({ db }) => {
    const withToken = await DeskInTest.open(db, createTestClock(NOON), { apiToken: TOKEN });
    const local = await DeskInTest.open(db, createTestClock(NOON));
    const headers = { host: "polarwatch.example.com" };
    for (const path of [
      "/",
      "/api/alerts",
      "/slack",
      "/slack/",
      "/slack/other",
      "/slack/interactions/x",
      "//slack/commands",
    ]) {
      for (const method of ["GET", "POST"]) {
        expect((await ask(withToken.server, path, { method, headers })).httpStatus, `${method} ${path}`).toBe(401);
        expect((await ask(local.server, path, { method, headers })).httpStatus, `${method} ${path}`).toBe(403);
      }
    }
    for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) {
      expect((await ask(withToken.server, "/slack/commands", { method, headers })).httpStatus, method).toBe(401);
      expect((await ask(local.server, "/slack/commands", { method, headers })).httpStatus, method).toBe(403);
      const allowed = await ask(local.server, "/slack/commands", { method });
      expect(allowed, method).toMatchObject({ httpStatus: 405, headers: { allow: "POST" } });
    }
  });
});
