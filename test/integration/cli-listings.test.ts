import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { Database } from "../../src/store/prisma.js";
import { commandRunner, type Ran } from "../support/command-runner.js";
import { databaseTest } from "../support/database.js";
import { aFailure, anError, aRead, MINUTE, ONCALL, someErrors, Watch } from "../support/watch.js";

const HOSTILE = "Quota \u001b[31mreached\u001b[0m\r\n\u202efor today: \u009b2J用量已达上限, ask <!channel> for more";

const STEERING = /[\p{Cc}\u202e]/u;

/** A baseline of three errors; then a fourth that fires and is told; then the first grows; then one failed poll. */
async function aHistory(db: Database): Promise<Watch> {
  const watch = await Watch.open(db);
  watch.clock.set(new Date(Date.now() - 10 * MINUTE));
  await watch.minute(aRead(someErrors()));
  const fourth = anError({ polarityId: "e4", title: null, shortText: HOSTILE, httpStatus: 429, occurrences: 3 });
  await watch.minute(aRead([...someErrors(), fourth]));
  const [first, ...others] = [...someErrors(), fourth];
  await watch.minute(aRead([{ ...anError(), ...first, occurrences: 1234 }, ...others]));
  await watch.minute(aFailure("timeout"));
  return watch;
}

const objects = z.array(z.record(z.string(), z.unknown()));
const jsonOf = ({ out }: Ran) => objects.parse(JSON.parse(out));
const linesOf = ({ out }: Ran) => out.trimEnd().split("\n");
const isoInstant = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
const rowId = expect.stringMatching(/^\d+$/);

describe("each listing", () => {
  databaseTest("errors shows one line an error, what grew last first", async ({ db, databaseUrl }) => {
    await aHistory(db);
    const run = await commandRunner(databaseUrl);
    const ran = await run("errors");
    expect([ran.code, ran.said]).toEqual([0, ""]);
    const [headings, first, second] = linesOf(ran);
    expect(headings?.split(/ {2,}/)).toEqual(
      ["ID", "SERVER", "INTEGRATION", "CAUSE", "HTTP", "STATE", "COUNT", "ADDED", "GREW AT", "GREW", "ERROR"].map(
        (heading) => expect.stringContaining(heading),
      ),
    );
    expect(first).toMatch(
      /^ *\d+ {2}prod {2,}VirusTotal {3}credential {5}- {2}present {2}1,234 {2}1,229 {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}\d+ min ago {2}Invalid API key$/,
    );
    expect(second).toContain(" 429  present ");
    expect(linesOf(ran)).toHaveLength(5);
  });

  databaseTest(
    "changes, alerts, deliveries and snapshots show what happened, the newest first",
    async ({ db, databaseUrl }) => {
      await aHistory(db);
      const run = await commandRunner(databaseUrl);
      const [changes, alerts, deliveries, snapshots] = [
        linesOf(await run("changes")),
        linesOf(await run("alerts")),
        linesOf(await run("deliveries")),
        linesOf(await run("snapshots")),
      ];
      expect(changes[1]).toMatch(/ growing {2,}\+1,229 {2}1,234 .* Invalid API key$/);
      expect(changes[2]).toMatch(/ new {2,}\+3 +3 .* Quota reached/);
      expect(alerts).toHaveLength(3);
      expect(alerts[1]).toMatch(/ firing {2}critical {2}growing .* VirusTotal .* Invalid API key$/);
      expect(deliveries[1]).toMatch(/ 1 alert {2}oncall\/console {2}delivered +1\b/);
      expect(deliveries.at(-1)).toMatch(/ summary {2}oncall\/console {2}delivered +1\b/);
      expect(snapshots).toHaveLength(4);
      expect(snapshots[1]).toMatch(/^ *\d+ {2}prod .* 1 {7}4 .* differs$/);
    },
  );

  databaseTest("with --json it prints an array of all that is known and nothing else", async ({ db, databaseUrl }) => {
    await aHistory(db);
    const run = await commandRunner(databaseUrl);
    const lists = {
      errors: { id: rowId, serverId: "prod", occurrences: 1234, firstSeenAt: isoInstant, goneAt: null },
      changes: { id: rowId, kind: "growing", at: isoInstant, added: 1229, error: { id: rowId } },
      alerts: { id: rowId, alertState: "firing", openedAt: isoInstant, transitions: [{ id: rowId, at: isoInstant }] },
      deliveries: { id: rowId, deliveryOutcome: "delivered", attempts: [{ number: 1, startedAt: isoInstant }] },
      snapshots: { id: rowId, takenAt: isoInstant, unchanged: false, errors: 4 },
    };
    for (const [name, row] of Object.entries(lists)) {
      const ran = await run(name, "--json");
      expect([name, ran.code, ran.said]).toEqual([name, 0, ""]);
      expect(jsonOf(ran)[0]).toMatchObject(row);
    }
  });

  databaseTest("error ID tells one error's whole story", async ({ db, databaseUrl }) => {
    await aHistory(db);
    const run = await commandRunner(databaseUrl, 80);
    const [newest] = jsonOf(await run("errors", "--http-status", "429", "--json"));
    const ran = await run("error", String(newest?.id));
    expect([ran.code, ran.said]).toEqual([0, ""]);
    for (const part of [
      `Error ${newest?.id} of VirusTotal on prod`,
      "  HTTP status    429",
      "  State          present",
      "\nWhat it says\n  Quota reached",
      "\nChanges, the newest first\n  TIME ",
      "\nAlerts, the newest first\n  ID ",
      "\nWhat the rules made of it, the newest first\n  TIME ",
      " new   fired    It was never seen before\n",
    ]) {
      expect(ran.out).toContain(part);
    }
    const json = await run("error", String(newest?.id), "--json");
    for (const out of [ran.out, json.out]) expect(out.replaceAll("\n", "")).not.toMatch(STEERING);
    expect(JSON.parse(json.out)).toMatchObject({ id: newest?.id, text: { shortText: HOSTILE }, changes: [{}] });
    expect(await run("error", "99999")).toMatchObject({
      code: 1,
      out: "",
      said: expect.stringMatching(/no error 99999/),
    });
    expect(await run("error", "x1")).toMatchObject({
      code: 2,
      out: "",
      said: '"x1" is not an id: they are like 12.\n',
    });
  });
});

describe("filters", () => {
  databaseTest("each one keeps what fits and nothing else", async ({ db, databaseUrl }) => {
    const watch = await aHistory(db);
    const run = await commandRunner(databaseUrl);
    const count = async (line: string, ...more: string[]) =>
      jsonOf(await run(...line.split(" "), ...more, "--json")).length;
    const errors = jsonOf(await run("errors", "--cause", "credential", "--json"));
    expect(errors).toHaveLength(1);
    const id = String(errors[0]?.id);
    const afterBaseline = new Date(watch.clock().getTime() - 2.5 * MINUTE).toISOString();
    const afterFourth = new Date(watch.clock().getTime() - 1.5 * MINUTE).toISOString();
    expect({
      server: await count("errors --server prod"),
      acronym: await count("errors --integration vt"),
      status: await count("errors --http-status 429"),
      present: await count("errors --state present"),
      gone: await count("errors --state gone"),
      text: await count("errors --text", "api key"),
      limit: await count("errors --limit 2"),
      growing: await count("changes --kind growing"),
      ofError: await count(`changes --since ${afterBaseline} --error ${id}`),
      ofIntegration: await count(`changes --since ${afterBaseline} --integration VirusTotal`),
      changesSince: await count(`changes --since ${afterBaseline}`),
      changesUntil: await count(`changes --since ${afterBaseline} --until ${afterFourth}`),
      noneYet: await count("changes --since 1s"),
      open: await count("alerts --state open"),
      resolved: await count("alerts --state resolved"),
      alertsOfError: await count(`alerts --error ${id}`),
      critical: await count("alerts --severity critical"),
      delivered: await count("deliveries --outcome delivered"),
      owed: await count("deliveries --outcome owed"),
      console: await count(`deliveries --destination ${ONCALL}`),
      deliveriesSince: await count(`deliveries --since ${afterBaseline}`),
      snapshotsSince: await count(`snapshots --since ${afterBaseline}`),
      snapshotsUntil: await count(`snapshots --until ${afterBaseline}`),
    }).toEqual({
      server: 4,
      acronym: 4,
      status: 1,
      present: 4,
      gone: 0,
      text: 1,
      limit: 2,
      growing: 1,
      ofError: 1,
      ofIntegration: 2,
      changesSince: 2,
      changesUntil: 1,
      noneYet: 0,
      open: 2,
      resolved: 0,
      alertsOfError: 1,
      critical: 1,
      delivered: 3,
      owed: 0,
      console: 3,
      deliveriesSince: 2,
      snapshotsSince: 2,
      snapshotsUntil: 1,
    });
  });

  databaseTest("errors are sorted by what was asked for, either way", async ({ db, databaseUrl }) => {
    await aHistory(db);
    const run = await commandRunner(databaseUrl);
    const counts = async (...args: string[]) =>
      jsonOf(await run("errors", "--json", ...args)).map((row) => row.occurrences);
    expect(await counts("--sort", "occurrences")).toEqual([1234, 5, 5, 3]);
    expect(await counts("--sort", "occurrences", "--reverse")).toEqual([3, 5, 5, 1234]);
    expect((await counts("--sort", "first-seen-at"))[0]).toBe(3);
  });

  databaseTest(
    "a limit beyond one page is followed through all pages, and a limit that cuts says so",
    async ({ db, databaseUrl }) => {
      const watch = await Watch.open(db);
      const many = Array.from({ length: 620 }, (_, index) =>
        anError({ polarityId: `m${index}`, title: null, shortText: `Problem ${wordOf(index)}` }),
      );
      await watch.minute(aRead(many));
      const run = await commandRunner(databaseUrl);
      const ids = async (...args: string[]) => jsonOf(await run("errors", "--json", ...args)).map((row) => row.id);
      expect(new Set(await ids("--limit", "10000")).size).toBe(620);
      expect(new Set(await ids("--limit", "610")).size).toBe(610);
      expect(await ids()).toHaveLength(50);
      const cut = await run("errors", "--limit", "3");
      expect(linesOf(cut)).toHaveLength(4);
      expect(cut.said).toBe("Shown: 3 of more. Use --limit, or a filter such as --cause.\n");
      expect((await run("errors", "--limit", "620")).said).toBe("");
    },
  );
});

/** Words, for the fingerprint takes texts that differ in a number only as one problem. */
function wordOf(index: number): string {
  return [...String(index)].map((digit) => "abcdefghij"[Number(digit)]).join("");
}

describe("on a terminal", () => {
  databaseTest("no line is wider than it, and no text from outside steers it", async ({ db, databaseUrl }) => {
    await aHistory(db);
    const run = await commandRunner(databaseUrl, 80);
    const wide = await commandRunner(databaseUrl);
    for (const name of ["errors", "changes", "alerts", "deliveries", "snapshots"]) {
      const ran = await run(name);
      for (const line of linesOf(ran)) expect(line.length, line).toBeLessThanOrEqual(80);
      const all = ran.out + (await wide(name)).out + (await wide(name, "--json")).out;
      expect(all.replaceAll("\n", "")).not.toMatch(STEERING);
    }
    expect((await run("errors")).out).toContain("…");
    expect((await wide("errors")).out).toContain("ask <!channel> for more");
  });
});

test("every command explains itself within 80 columns, with an example", async () => {
  const run = await commandRunner(undefined, 80);
  for (const name of ["errors", "error", "changes", "alerts", "deliveries", "snapshots"]) {
    const ran = await run(name, "--help");
    expect([ran.code, ran.said]).toEqual([0, ""]);
    expect(ran.out).toContain(`\n  $ polarwatch ${name} `);
    for (const line of linesOf(ran)) expect(line.length, line).toBeLessThanOrEqual(80);
  }
});
