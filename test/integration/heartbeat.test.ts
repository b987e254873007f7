import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createHeartbeat } from "../../src/app/heartbeat.js";
import { knockAtHeartbeat, sendHeartbeat } from "../../workers/heartbeat.js";
import { databaseTest } from "../support/database.js";
import { createRecordingLog } from "../support/recording-log.js";
import { anError, aRead, MINUTE, ONCALL, someErrors, Watch } from "../support/watch.js";

type Received = { method: string | undefined; url: string | undefined };

/** Somebody who waits for heartbeats. */
async function startDeadMansSwitch() {
  const received: Received[] = [];
  const state = { httpStatus: 200 };
  const server = createServer(({ method, url }, response) => {
    received.push({ method, url });
    response.writeHead(state.httpStatus).end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  return { received, state, url: `http://127.0.0.1:${port}/ping/secret-uuid` };
}

async function setUp(watch: Watch, url: string) {
  const { log, lines } = createRecordingLog();
  const create = () =>
    createHeartbeat({
      db: watch.db,
      clock: watch.clock,
      log,
      heartbeat: () => ({ intervalMs: MINUTE, needsDrill: false, drillTimes: null }),
      send: (signal) => sendHeartbeat(url, signal),
      isDestination: (id) => id === ONCALL,
    });
  return { create, beat: create(), lines };
}
const signal = new AbortController().signal;

databaseTest("heartbeats stop while a server is not read, and go on after", async ({ db }) => {
  const watch = await Watch.open(db);
  const there = await startDeadMansSwitch();
  const { beat, lines } = await setUp(watch, there.url);
  await watch.minute(aRead(someErrors()));
  expect((await beat(signal)).kind).toBe("sent");
  expect((await beat(signal)).kind).toBe("not_due");
  watch.clock.advance(3 * MINUTE);
  expect((await beat(signal)).kind).toBe("sent");
  watch.clock.advance(MINUTE);
  expect(await beat(signal)).toEqual({ kind: "held_back", because: "prod has not been read for 4 min" });
  watch.clock.advance(MINUTE);
  expect((await beat(signal)).kind).toBe("held_back");
  await watch.minute(aRead(someErrors()));
  expect((await beat(signal)).kind).toBe("sent");
  expect(there.received).toEqual(Array.from({ length: 3 }, () => ({ method: "POST", url: "/ping/secret-uuid" })));
  expect(lines.map(({ msg }) => msg)).toEqual([
    "No heartbeat is sent, because something does not work",
    "The heartbeat is sent again",
  ]);
});

databaseTest("heartbeats stop while what is due is not delivered, and go on when it was", async ({ db }) => {
  const watch = await Watch.open(db);
  const there = await startDeadMansSwitch();
  const { beat } = await setUp(watch, there.url);
  await watch.minute(aRead(someErrors()));
  const grown = aRead([...someErrors(), anError({ polarityId: "new" })]);
  for (let minute = 0; minute < 6; minute += 1) {
    watch.clock.advance(MINUTE);
    await watch.poll(grown);
    await watch.diffAll();
  }
  expect((await beat(signal)).kind).toBe("sent"); // due for five minutes, and no longer
  watch.clock.advance(1000);
  expect(await beat(signal)).toEqual({ kind: "held_back", because: `What is due to ${ONCALL} is not being delivered` });
  await watch.deliverAll();
  watch.clock.advance(MINUTE);
  expect((await beat(signal)).kind).toBe("sent");
});

databaseTest("heartbeats stop while a worker that died holds a delivery that nobody takes over", async ({ db }) => {
  const watch = await Watch.open(db);
  const there = await startDeadMansSwitch();
  const { beat } = await setUp(watch, there.url);
  await watch.minute(aRead(someErrors()));
  watch.clock.advance(MINUTE);
  await watch.poll(aRead([...someErrors(), anError({ polarityId: "new" })]));
  await watch.diffAll();
  const until = new Date(watch.clock().getTime() - MINUTE);
  await db.$executeRaw`UPDATE delivery SET leased_by = 'dead', leased_until = ${until} WHERE outcome IS NULL`;
  expect((await beat(signal)).kind).toBe("sent");
  watch.clock.advance(1);
  expect((await beat(signal)).kind).toBe("held_back");
});

databaseTest("what is owed to a destination that left the configuration holds no heartbeat back", async ({ db }) => {
  const watch = await Watch.open(db);
  const there = await startDeadMansSwitch();
  const { beat } = await setUp(watch, there.url);
  await watch.minute(aRead(someErrors()));
  await db.$executeRaw`
    INSERT INTO delivery (server_id, receiver, destination, group_key, kind, created_at, next_attempt_at, deadline_at)
    SELECT 'prod', 'gone', 'gone/1', 'x', 'alerts', '2026-03-01T00:00Z'::timestamptz, '2026-03-01T00:00Z'::timestamptz,
           '2026-03-02T00:00Z'::timestamptz`;
  expect((await beat(signal)).kind).toBe("sent");
});

databaseTest("of several processes one sends the heartbeat of an interval", async ({ db }) => {
  const watch = await Watch.open(db);
  const there = await startDeadMansSwitch();
  const { create } = await setUp(watch, there.url);
  const beats = Array.from({ length: 8 }, create);
  await watch.minute(aRead(someErrors()));
  for (let minute = 0; minute < 3; minute += 1) {
    const done = await Promise.all(beats.map((beat) => beat(signal)));
    expect(done.filter(({ kind }) => kind === "sent")).toHaveLength(1);
    expect(there.received).toHaveLength(minute + 1);
    watch.clock.advance(MINUTE);
  }
});

databaseTest("a heartbeat that is refused is logged once, without its address, and tried again", async ({ db }) => {
  const watch = await Watch.open(db);
  const there = await startDeadMansSwitch();
  const { beat, lines } = await setUp(watch, there.url);
  there.state.httpStatus = 500;
  for (let minute = 0; minute < 3; minute += 1) {
    await watch.minute(aRead(someErrors()));
    expect(await beat(signal)).toEqual({ kind: "failed", because: "It was answered with HTTP 500" });
  }
  there.state.httpStatus = 200;
  await watch.minute(aRead(someErrors()));
  expect((await beat(signal)).kind).toBe("sent");
  expect(lines.map(({ msg }) => msg)).toEqual(["The heartbeat could not be sent", "The heartbeat is sent again"]);
  expect(JSON.stringify(lines)).not.toContain("secret-uuid");
});

test("what keeps a heartbeat from being sent is told without its address", async () => {
  const problem = await sendHeartbeat("http://127.0.0.1:1/ping/secret-uuid", signal);
  expect(problem).toEqual(expect.any(String));
  expect(problem).not.toContain("secret-uuid");
});

test("to prove the address of a heartbeat sends none", async () => {
  const there = await startDeadMansSwitch();
  there.state.httpStatus = 404;
  expect(await knockAtHeartbeat(there.url, signal)).toBeNull();
  expect(there.received).toEqual([{ method: "HEAD", url: "/" }]);
  expect(await knockAtHeartbeat("http://127.0.0.1:1/ping/secret-uuid", signal)).not.toContain("secret-uuid");
});
