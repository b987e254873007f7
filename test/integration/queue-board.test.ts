import { describe, expect, onTestFinished } from "vitest";
import { systemClock } from "../../src/lib/clock.js";
import { type JobQueue, openQueue } from "../../src/queue/queue.js";
import type { Database } from "../../src/store/prisma.js";
import { aToken } from "../support/api-token.js";
import { databaseTest } from "../support/database.js";
import { ask, startHttp, TOKEN } from "../support/http-server.js";
import { queueBackends } from "../support/queue-backends.js";
import { createRecordingLog } from "../support/recording-log.js";
import { createTestClock } from "../support/test-clock.js";

const settings = { host: "127.0.0.1", port: 0, apiToken: TOKEN };
const ADMIN = { authorization: `Bearer ${TOKEN}` };
const HOUR_MS = 3_600_000;

async function aServedQueue(db: Database, queue: JobQueue) {
  const { log, lines } = createRecordingLog();
  const server = await startHttp({ db, clock: createTestClock(), settings, queue, log });
  return {
    server,
    lines,
    get: (path: string, headers = {}) => ask(server, path, { headers: { ...ADMIN, ...headers } }),
  };
}

describe.each(queueBackends())("the board of a queue in $name", (backend) => {
  const boardTest = databaseTest.extend<{ queue: JobQueue }>({
    queue: async ({ databaseUrl }, use) => {
      const { log } = createRecordingLog();
      const queue = await openQueue(backend.settingsFor(databaseUrl), { log, clock: systemClock });
      await use(queue);
      await queue.close();
    },
  });

  boardTest("shows every queue, with what waits in it and its schedules", async ({ db, queue }) => {
    await queue.syncSchedulers({
      servers: [{ server: "Zürich / 100 %", intervalMs: HOUR_MS }],
      digestEveryMs: HOUR_MS,
      sweepEveryMs: HOUR_MS,
    });
    await queue.producer.wakeNotify("oncall/slack:#c", 0);
    const { get, lines } = await aServedQueue(db, queue);
    const listed = await get("/queues/api/queues?activeQueue=notify&status=waiting&page=1&jobsPerPage=10");
    expect(listed.httpStatus).toBe(200);
    const { queues } = JSON.parse(listed.text);
    expect(queues.map(({ name }: { name: string }) => name).sort()).toEqual([
      "diff",
      "digest",
      "notify",
      "poll",
      "sweep",
    ]);
    const notify = queues.find(({ name }: { name: string }) => name === "notify");
    expect(notify).toMatchObject({
      counts: { waiting: 1 },
      readOnlyMode: true,
      allowRetries: false,
      jobs: [{ data: { destination: "oncall/slack:#c" } }],
    });
    const [job] = notify.jobs;
    expect(JSON.parse((await get(`/queues/api/queues/notify/${job.id}`)).text)).toMatchObject({ job: { id: job.id } });
    const { schedulers } = JSON.parse((await get("/queues/api/job-schedulers")).text);
    expect(JSON.stringify(schedulers)).toContain("Zürich / 100 %");
    expect((await get("/queues/api/redis/stats")).httpStatus).toBe(403); // of the machine, not of what waits
    expect(lines.filter(({ level }) => level >= 40)).toEqual([]);
  });

  boardTest("changes nothing, by no method of any address", async ({ db, queue }) => {
    await queue.producer.wakeNotify("oncall/console", 0);
    const { server } = await aServedQueue(db, queue);
    const attempts = [
      ["PUT", "/queues/api/queues/notify/pause"],
      ["PUT", "/queues/api/queues/notify/empty"],
      ["PUT", "/queues/api/queues/notify/1/clean"],
      ["PUT", "/queues/api/queues/notify/obliterate"],
      ["POST", "/queues/api/queues/notify/add"],
      ["DELETE", "/queues/api/queues/notify/1"],
      ["POST", "/queues"],
    ] as const;
    for (const [method, path] of attempts) {
      const headers = { ...ADMIN, "content-type": "application/json" };
      expect((await ask(server, path, { method, headers, body: "{}" })).httpStatus, path).toBe(405);
      expect(
        (await ask(server, path, { headers: { ...ADMIN, "x-http-method-override": method } })).httpStatus,
      ).not.toBe(500);
    }
    expect((await queue.depth()).notify.waiting).toBe(1);
  });

  boardTest("says so while the queue does not answer, and the page itself is there", async ({ db, queue }) => {
    const { get, lines } = await aServedQueue(db, queue);
    expect((await get("/queues/api/queues")).httpStatus).toBe(200);
    await queue.close();
    const answer = await get("/queues/api/queues");
    expect([answer.httpStatus, answer.text]).toEqual([503, expect.stringContaining('"queue-away"')]);
    expect((await get("/queues")).httpStatus).toBe(200);
    expect(lines.filter(({ level }) => level >= 40).map(({ msg }) => msg)).toEqual([
      "The board could not read the queue",
    ]);
  });
});

describe("the page of the board", () => {
  const [backend] = queueBackends();

  async function aBoard(db: Database, databaseUrl: string) {
    if (backend === undefined) throw new Error("There is always one backend");
    const { log } = createRecordingLog();
    const queue = await openQueue(backend.settingsFor(databaseUrl), { log, clock: systemClock });
    onTestFinished(() => queue.close());
    return aServedQueue(db, queue);
  }

  databaseTest("brings all it needs from here, and its policy lets nothing else in", async ({ db, databaseUrl }) => {
    const { get } = await aBoard(db, databaseUrl);
    const page = await get("/queues");
    expect(page.text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    const policy = String(page.headers["content-security-policy"]);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(policy).toContain("default-src 'none'");
    const named = [...page.text.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, path]) => path);
    expect(named.length).toBeGreaterThan(3);
    for (const path of named) {
      const { httpStatus, headers } = await get(`/queues/${path}`);
      expect([path, httpStatus]).toEqual([path, 200]);
      expect(headers["content-type"]).toMatch(/javascript|css/);
    }
    // The pages within it, which the script shows.
    for (const path of ["/queues/", "/queues/queue/poll", "/queues/queue/poll/1", "/queues/job-schedulers"])
      expect([path, (await get(path)).text]).toEqual([path, page.text]);
  });

  databaseTest("is the only place where scripts may run", async ({ db, databaseUrl }) => {
    const { get } = await aBoard(db, databaseUrl);
    const strict = (await get("/")).headers["content-security-policy"];
    expect(strict).not.toContain("script-src");
    for (const path of [
      "/queues/none",
      "/queues/api/none",
      "/queues/api/queues",
      "/queues/static/none.js",
      "/api/servers",
    ])
      expect([path, (await get(path)).headers["content-security-policy"]]).toEqual([path, strict]);
  });

  databaseTest("gives no file but its own", async ({ db, databaseUrl }) => {
    const { get } = await aBoard(db, databaseUrl);
    for (const path of [
      "..%2f..%2fpackage.json",
      "%2e%2e%2f%2e%2e%2fpackage.json",
      "js%2f..%2f..%2f..%2fpackage.json",
      "..%2findex.ejs",
      "",
      "js",
      "%00",
    ])
      expect([path, (await get(`/queues/static/${path}`)).httpStatus]).toEqual([path, 404]);
  });

  databaseTest(
    "is for admins: others are refused, a browser of nobody's is sent to log in",
    async ({ db, databaseUrl }) => {
      const { server } = await aBoard(db, databaseUrl);
      for (const role of ["viewer", "operator"] as const) {
        const { text } = await aToken({ db, clock: createTestClock() }, { name: role, role });
        for (const path of ["/queues", "/queues/api/queues", "/queues/static/favicon.ico"]) {
          const { httpStatus } = await ask(server, path, { headers: { authorization: `Bearer ${text}` } });
          expect([role, path, httpStatus]).toEqual([role, path, 403]);
        }
      }
      const sent = await ask(server, "/queues/queue/poll", { headers: { accept: "text/html" } });
      expect([sent.httpStatus, sent.headers.location]).toEqual([303, "/login?next=%2Fqueues%2Fqueue%2Fpoll"]);
      expect((await ask(server, "/queues/api/queues")).httpStatus).toBe(401);
    },
  );
});
