import { expect } from "vitest";
import { deliverNext } from "../../src/app/deliver.js";
import { diffNext } from "../../src/app/diff.js";
import { askForDrillNow, pollDrill, reportDrill } from "../../src/app/drill.js";
import { createHeartbeat } from "../../src/app/heartbeat.js";
import { sweep } from "../../src/app/sweep.js";
import { DEFAULT_DIFF_POLICY } from "../../src/domain/diff.js";
import { CANARY, DRILL_MS_MAX, DRILL_RULES, DRILL_SERVER } from "../../src/domain/drill.js";
import { type FireTimes, parseSchedule } from "../../src/lib/cron.js";
import { createLogger } from "../../src/lib/logger.js";
import { askForDrill } from "../../src/store/drills.js";
import { findAlerts } from "../../src/store/history/alerts.js";
import { findServers } from "../../src/store/history/servers.js";
import { databaseTest } from "../support/database.js";
import { ask, startHttp } from "../support/http-server.js";
import { readList } from "../support/json-api.js";
import { aRead, MINUTE, someErrors, Watch } from "../support/watch.js";

const signal = new AbortController().signal;

/** All that running processes do about the server of drills until there is nothing to do. */
async function work(watch: Watch): Promise<void> {
  watch.probe = (checkpoint) => {
    if (checkpoint === "poll_claimed") watch.clock.advance(10); // each takes its time
  };
  await pollDrill(watch.pollDeps, signal);
  const policyOf = () => ({ ...watch.diffDeps.policyOf(DRILL_SERVER), rules: DRILL_RULES, diff: DEFAULT_DIFF_POLICY });
  while ((await diffNext({ ...watch.diffDeps, policyOf }, DRILL_SERVER)) !== null) {}
  while ((await deliverNext(watch.deliverDeps, CANARY, signal)) !== null) {}
}

function heartbeatOf(watch: Watch, times: FireTimes | null = null) {
  const beat = createHeartbeat({
    db: watch.db,
    clock: watch.clock,
    log: createLogger({ level: "silent", format: "json" }),
    heartbeat: () => ({ intervalMs: 1, needsDrill: true, drillTimes: times }),
    send: async () => null,
    isDestination: () => true,
  });
  return () => beat(signal);
}

databaseTest(
  "a drill goes through poll, diff, outbox and delivery, again and again, and each step is timed",
  async ({ db }) => {
    const watch = await Watch.open(db);
    for (let round = 0; round < 3; round += 1) {
      const id = await askForDrillNow(db, watch.clock(), "ada");
      expect((await reportDrill(db, { id }, watch.clock()))?.result).toBe("waiting");
      watch.clock.advance(200);
      await work(watch);
      const first = round === 0 ? 10 : 0; // it begins with a poll without the error
      const report = await reportDrill(db, { id }, watch.clock());
      expect(report).toMatchObject({ result: "arrived", totalMs: first + 210, deliveries: [{ destination: CANARY }] });
      expect(report?.steps).toEqual([
        { step: "wait for the poll", ms: first + 200 },
        { step: "poll", ms: 10 },
        { step: "diff", ms: 0 },
        { step: "wait in the outbox", ms: 0 },
        { step: "deliver", ms: 0 },
      ]);
      await work(watch); // its end
      watch.clock.advance(24 * 60 * MINUTE);
    }
    const told = watch.notifier.told.map(({ kind }) => kind);
    expect(told).toEqual(["summary", "alerts", "alerts", "alerts", "alerts", "alerts", "alerts"]);
    const open = { server: DRILL_SERVER, alertState: "open", error: null, severity: null } as const;
    expect((await findAlerts(db, open, { size: 10, after: null })).rows).toEqual([]);
  },
);

databaseTest("a drill that somebody asks for is in the audit log, one of the schedule is not", async ({ db }) => {
  const watch = await Watch.open(db);
  const id = await askForDrillNow(db, watch.clock(), "ada");
  await askForDrill(db, watch.clock(), watch.clock());
  expect(await db.auditEntry.findMany()).toMatchObject([
    { via: "command_line", actor: "ada", action: "drill", subject: `drill-${id}` },
  ]);
});

databaseTest("a drill that nobody works on has failed after its time, and says how far it came", async ({ db }) => {
  const watch = await Watch.open(db);
  const id = await askForDrillNow(db, watch.clock(), "ada");
  watch.clock.advance(DRILL_MS_MAX + 1);
  const report = await reportDrill(db, { id }, watch.clock());
  expect(report?.result).toBe("failed");
  expect(report?.steps.map(({ ms }) => ms)).toEqual([null, null, null, null, null]);
  await work(watch);
  expect((await reportDrill(db, { id }, watch.clock()))?.poll).toBeNull(); // it is not made up for
});

databaseTest("a drill whose message is refused has failed, and the next one arrives", async ({ db }) => {
  const watch = await Watch.open(db);
  watch.notifier.next = { kind: "failed", reason: "rejected", retryable: false, retryAfterMs: null, detail: "No" };
  const refused = await askForDrillNow(db, watch.clock(), "ada");
  await work(watch);
  watch.clock.advance(DRILL_MS_MAX + 1);
  const report = await reportDrill(db, { id: refused }, watch.clock());
  expect(report).toMatchObject({ result: "failed", deliveries: [{ outcome: "dead" }] });
  watch.notifier.next = { kind: "delivered", providerMessageId: null };
  const id = await askForDrillNow(db, watch.clock(), "ada");
  await work(watch);
  expect((await reportDrill(db, { id }, watch.clock()))?.result).toBe("arrived");
});

databaseTest("drills stay out of lists, readiness and the polls that are due, and can be asked for", async ({ db }) => {
  const watch = await Watch.open(db);
  await askForDrillNow(db, watch.clock(), "ada");
  await work(watch);
  await watch.minute(aRead(someErrors()));
  const server = await startHttp(watch);
  for (const list of ["servers", "errors", "integrations", "snapshots", "changes", "alerts", "deliveries"]) {
    const all = await readList(server, `/api/${list}?page[size]=100`);
    expect(JSON.stringify(all), list).not.toContain(`"server":"${DRILL_SERVER}"`);
    expect(JSON.stringify(all), list).not.toContain("polarwatch drill");
  }
  const drilled = await readList(server, `/api/errors?filter[server]=${encodeURIComponent(DRILL_SERVER)}`);
  expect(drilled.data).toHaveLength(2);
  expect((await ask(server, "/")).text).not.toContain(DRILL_SERVER);
  const metrics = (await ask(server, "/metrics")).text;
  expect(metrics).not.toContain(`server="${DRILL_SERVER}"`);
  expect(metrics).toContain("polarwatch_drill_failed 0\n");
  expect(metrics).not.toMatch(/^polarwatch_heartbeat_age_seconds /m);
  const watched = await findServers(db, { server: null, watched: true }, { size: 10, after: null });
  expect(watched.rows.map(({ id }) => id)).toEqual(["prod"]);
  const woken: string[] = [];
  watch.clock.advance(MINUTE / 2);
  await sweep({
    ...watch.digestDeps,
    telling: () => watch.telling,
    wakePoll: async (id) => void woken.push(id),
    wakeDiff: async () => true,
    wakeDigest: async () => true,
  });
  expect(woken).toEqual([DRILL_SERVER]); // its end
});

databaseTest(
  "a schedule asks for one drill over all processes, and its poll is woken until it was made",
  async ({ db }) => {
    const watch = await Watch.open(db);
    const hourly = parseSchedule("0 * * * *", "UTC");
    const woken: string[] = [];
    const run = () =>
      sweep({
        ...watch.digestDeps,
        telling: () => watch.telling,
        wakePoll: async (id) => void (id === DRILL_SERVER && woken.push(id)),
        wakeDiff: async () => true,
        wakeDigest: async () => true,
        drillTimes: () => hourly,
      });
    await Promise.all([run(), run(), run()]);
    expect(await db.drill.count()).toBe(1);
    expect(woken).toEqual([DRILL_SERVER, DRILL_SERVER, DRILL_SERVER]);
    await work(watch);
    await work(watch);
    watch.clock.advance(59 * MINUTE);
    await run();
    expect(await db.drill.count()).toBe(1);
    expect(woken).toHaveLength(3);
    watch.clock.advance(MINUTE);
    await run();
    expect(await db.drill.count()).toBe(2);
  },
);

databaseTest("where it is asked for, a heartbeat is sent only while the last drill arrived", async ({ db }) => {
  const watch = await Watch.open(db);
  const hourly = parseSchedule("0 * * * *", "UTC");
  const beat = heartbeatOf(watch);
  await watch.minute(aRead(someErrors()));
  expect(await beat()).toEqual({ kind: "held_back", because: "No drill has arrived yet" });
  await askForDrillNow(db, watch.clock(), "ada");
  await work(watch);
  expect((await beat()).kind).toBe("sent");
  await askForDrillNow(db, watch.clock(), "ada");
  watch.clock.advance(1000);
  expect((await beat()).kind).toBe("sent"); // it is under way, and the one before it arrived
  watch.clock.advance(DRILL_MS_MAX);
  expect(await beat()).toEqual({ kind: "held_back", because: "Drill 2 did not arrive" });
  const scheduled = await heartbeatOf(watch, hourly)();
  expect(scheduled).toEqual({
    kind: "held_back",
    because: expect.stringMatching(/^The drill that was due at .* was not begun$/),
  });
});
