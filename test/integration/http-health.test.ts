import { expect } from "vitest";
import { createPrisma } from "../../src/store/prisma.js";
import { databaseTest } from "../support/database.js";
import { ask, startHttp, TOKEN } from "../support/http-server.js";
import { readProblems } from "../support/json-api.js";
import { watchedFor3Minutes } from "../support/past.js";
import { createRecordingLog } from "../support/recording-log.js";
import { createTestClock } from "../support/test-clock.js";
import { aRead, MINUTE, someErrors, Watch } from "../support/watch.js";

/** Nothing listens on port 1. */
const AWAY = "postgresql://nobody@127.0.0.1:1/nothing";

databaseTest("a process is healthy also while everything else is away", async () => {
  const db = createPrisma(AWAY);
  const queue = { health: async () => ({ reachable: false, reason: "the connection was refused" }) as const };
  const server = await startHttp({ db, clock: createTestClock(), queue });
  const answer = await ask(server, "/healthz");
  expect(answer).toMatchObject({ httpStatus: 200, text: '{"meta":{"healthy":true}}' });
  expect(await readProblems(server, "/readyz", 503)).toEqual([
    "postgres: It did not answer a query within 2 s.",
    "queue: It cannot be reached: the connection was refused.",
  ]);
});

databaseTest("the API says that the database is away, without details", async () => {
  const { log, lines } = createRecordingLog();
  const server = await startHttp({ db: createPrisma(AWAY), clock: createTestClock(), log });
  const answer = await ask(server, "/api/errors");
  expect(answer.httpStatus).toBe(503);
  expect(answer.headers["retry-after"]).toBe("5");
  expect(answer.text).not.toMatch(/127\.0\.0\.1|ECONN|nobody/);
  expect(lines.filter(({ level }) => level > 30).map(({ msg }) => msg)).toEqual(["A request found the database away"]);
});

databaseTest("a queue that never answers is not waited for", async ({ db }) => {
  const { log } = createRecordingLog();
  const queue = { health: () => new Promise<never>(() => {}) };
  const server = await startHttp({ db, clock: createTestClock(), queue, log });
  expect(await readProblems(server, "/readyz", 503)).toEqual(["queue: It did not answer within 2 s."]);
});

databaseTest("a server that was not read for more than three intervals makes polarwatch not ready", async ({ db }) => {
  const watch = await Watch.open(db);
  const server = await startHttp(watch);
  const readiness = async () => (await ask(server, "/readyz")).httpStatus;
  watch.clock.advance(3 * MINUTE);
  expect(await readiness()).toBe(200);
  watch.clock.advance(1);
  expect(await readProblems(server, "/readyz", 503)).toEqual([
    "server: prod has not been read since it was configured, 3 min ago.",
  ]);
  await watch.minute(aRead(someErrors()));
  expect(await readiness()).toBe(200);
  watch.clock.advance(3 * MINUTE + 1);
  expect(await readProblems(server, "/readyz", 503)).toEqual([
    expect.stringMatching(/^server: prod was last read 3 min ago, at 2026-03-01T12:04:00/),
  ]);
  await db.$executeRaw`UPDATE server SET watched = false`;
  expect(await readiness()).toBe(200);
});

databaseTest("who has no token learns that something is wrong, but no names", async ({ db }) => {
  const watch = await watchedFor3Minutes(db);
  watch.clock.advance(60 * MINUTE);
  const server = await startHttp({ ...watch, settings: { host: "127.0.0.1", port: 0, apiToken: TOKEN } });
  const stranger = await ask(server, "/readyz");
  expect(stranger.httpStatus).toBe(503);
  expect(stranger.text).not.toContain("prod");
  const owner = await ask(server, "/readyz", { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(owner).toMatchObject({ httpStatus: 503, text: expect.stringContaining("prod") });
});
