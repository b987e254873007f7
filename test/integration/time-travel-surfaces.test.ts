import { describe, expect } from "vitest";
import type { Database } from "../../src/store/prisma.js";
import { commandRunner } from "../support/command-runner.js";
import { databaseTest } from "../support/database.js";
import { startHttp } from "../support/http-server.js";
import { readList, readPages, readProblems } from "../support/json-api.js";
import { aFailure, anError, aRead, MINUTE, someErrors, Watch } from "../support/watch.js";

const HOSTILE = "\u001b[31mQuota\u001b[0m \u202ereached";

/** A baseline of three; then one grows, one says something else, one more comes and its integration stops. */
async function aPast(db: Database): Promise<{ watch: Watch; from: Date; to: Date }> {
  const watch = await Watch.open(db);
  watch.clock.set(new Date(Math.floor(Date.now() / MINUTE) * MINUTE - 30 * MINUTE));
  await watch.minute(aRead(someErrors()));
  const from = watch.clock();
  await watch.minute(aFailure("timeout"));
  const [first, second, third] = someErrors();
  const errors = [
    { ...anError(), ...first, occurrences: 12 },
    { ...anError(), ...second, longText: HOSTILE, httpStatus: 503 },
    { ...anError(), ...third, occurrences: 2 },
    anError({ polarityId: "e4", occurrences: 1000 }),
  ];
  await watch.minute(aRead(errors, [{ status: "error" }]));
  return { watch, from, to: watch.clock() };
}

describe("the API", () => {
  databaseTest("shows a snapshot with its integrations, and pages through its errors", async ({ db }) => {
    const { watch, from } = await aPast(db);
    const server = await startHttp(watch);
    const path = `/api/snapshots/at?at=${from.toISOString()}&filter[server]=prod`;
    const pages = await readPages(server, `${path}&page[size]=2`);
    expect(pages.map(({ data }) => data.length)).toEqual([2, 1]);
    expect(pages[0]?.meta).toMatchObject({
      server: "prod",
      at: from.toISOString(),
      snapshot: { "taken-at": from.toISOString(), errors: 3 },
      integrations: [{ "polarity-id": "vt", name: "VirusTotal", "integration-status": "running" }],
    });
    expect(pages.flatMap(({ data }) => data)[1]).toMatchObject({
      type: "errors-at",
      attributes: { "polarity-id": "e2", occurrences: 5, "http-status": null, "long-text": null },
      relationships: { error: { data: { type: "errors" } } },
    });
    expect((await readList(server, `${path}&filter[integration]=VT`)).data).toHaveLength(3);
  });

  databaseTest("compares two moments: the summary first, then what was added to most", async ({ db }) => {
    const { watch, from, to } = await aPast(db);
    const server = await startHttp(watch);
    const path = `/api/diff?from=${from.toISOString()}&to=${to.toISOString()}`;
    const pages = await readPages(server, `${path}&page[size]=3`);
    expect(pages[0]?.meta).toMatchObject({
      summary: {
        differing: 4,
        added: 1009,
        appeared: 1,
        grew: 3,
        "text-changed": 1,
        "http-status-changed": 1,
        gone: 0,
      },
      integrations: [
        { differences: ["stopped"], before: { name: "VirusTotal" }, after: { "integration-status": "error" } },
      ],
      coverage: {
        "good-polls": 1,
        "failed-polls": 1,
        blind: { windows: 1 },
        "longest-blind": [{ "from-at": from.toISOString() }],
      },
    });
    const rows = pages.flatMap(({ data }) => data.map(({ attributes }) => attributes));
    expect(rows.map(({ added, resets }) => [added, resets])).toEqual([
      [1000, 0],
      [7, 0],
      [2, 1],
      [0, 0],
    ]);
    expect(rows[0]).toMatchObject({ differences: ["appeared", "grew"], before: null, after: { occurrences: 1000 } });
    expect(rows[3]).toMatchObject({
      differences: ["http_status_changed", "text_changed"],
      before: { "http-status": null, text: { "long-text": null } },
      after: { "http-status": 503, text: { "long-text": HOSTILE } },
    });
    expect(rows[1]).not.toHaveProperty("before.text");
  });

  databaseTest("finds an integration by the name that it had then", async ({ db }) => {
    const { watch, from } = await aPast(db);
    await watch.minute(aRead(someErrors(), [{ name: "VirusTotal v3", acronym: "VT3" }]));
    await watch.minute(aRead(someErrors(), [{ name: "VirusTotal v4", acronym: "VT4" }]));
    const server = await startHttp(watch);
    const then = `at=${from.toISOString()}`;
    const span = `from=${from.toISOString()}&to=${watch.clock().toISOString()}`;
    for (const name of ["VirusTotal", "vt3", "vt4", "vt"]) {
      const shown = await readList(server, `/api/snapshots/at?${then}&filter[integration]=${name}`);
      expect(shown.data, name).toHaveLength(3);
      const compared = await readList(server, `/api/diff?${span}&filter[integration]=${name}`);
      expect(compared.meta, name).toMatchObject({ integrations: [{ differences: ["renamed"] }] });
      expect(compared.data, name).not.toEqual([]);
    }
  });

  databaseTest(
    "names the parameter that is to blame, or says that there is no such server or integration",
    async ({ db }) => {
      const { watch, from, to } = await aPast(db);
      const server = await startHttp(watch);
      const [early, late] = [new Date(from.getTime() - 1).toISOString(), new Date(to.getTime() + 1).toISOString()];
      const [first, last] = [from.toISOString(), to.toISOString()];
      const cases: [string, RegExp][] = [
        ["snapshots/at", /^at: Must be given/],
        ["snapshots/at?at=yesterday", /^at: Must be a time/],
        [`snapshots/at?at=${early}`, new RegExp(`^at: .*before the first snapshot of prod, .*${first}`)],
        [`snapshots/at?at=${late}`, /^at: Must not lie in the future/],
        [`snapshots/at?at=${first}&page[after]=x`, /^page\[after\]: /],
        [`diff?from=${first}`, /^to: Must be given/],
        [`diff?from=${last}&to=${first}`, /^to: Must be later/],
        [`diff?from=${first}&to=${first}`, /^to: Must be later/],
        [`diff?from=${early}&to=${last}`, /^from: .*before the first snapshot/],
        [`diff?from=${first}&to=${late}`, /^to: .*future/],
        [`diff?from=${first}&to=${last}&filter[kind]=new`, /^filter\[kind\]: No such parameter/],
      ];
      for (const [path, problem] of cases) {
        expect(await readProblems(server, `/api/${path}`), path).toEqual([expect.stringMatching(problem)]);
      }
      for (const path of [`snapshots/at?at=${first}`, `diff?from=${first}&to=${last}`]) {
        const [problem] = await readProblems(server, `/api/${path}&filter[server]=nobody`, 404);
        expect(problem).toMatch(/no server "nobody" on record. On record: prod\./);
        const [mistyped] = await readProblems(server, `/api/${path}&filter[integration]=VirusTotel`, 404);
        expect(mistyped).toMatch(/prod never had an integration "VirusTotel"\./);
      }
      await db.$executeRaw`
      INSERT INTO server (id, url, interval_ms, created_at, credentials_digest) VALUES ('b', 'x', 1000, ${to}, 'd')`;
      expect(await readProblems(server, `/api/snapshots/at?at=${first}`)).toEqual([
        expect.stringMatching(/^filter\[server\]: There are several servers.*: b, prod\.$/),
      ]);
      const [neverRead] = await readProblems(server, `/api/snapshots/at?at=${first}&filter[server]=b`, 404);
      expect(neverRead).toMatch(/b was never read/);
    },
  );
});

describe("the command line", () => {
  databaseTest(
    "shows a snapshot and a comparison in 80 columns, free of what steers terminals",
    async ({ db, databaseUrl }) => {
      const { from, to } = await aPast(db);
      const run = await commandRunner(databaseUrl, 80);
      const snapshot = await run("snapshot", "--at", to.toISOString(), "--limit", "2");
      expect(snapshot).toMatchObject({ code: 0, said: expect.stringContaining("Shown: 2 of more") });
      expect(snapshot.out).toMatch(/: 4 errors, 1 integration, 1 not running\n/);
      const diff = await run("diff", "--from", from.toISOString(), "--to", to.toISOString());
      expect([diff.code, diff.said]).toEqual([0, ""]);
      for (const part of [
        "4 errors differ, 1,009 added to 3, 1 appeared",
        "1 good poll, 1 failed (timeout 1)",
        /VirusTotal +stopped +running +error\n/,
        /\+1,000 {2}appeared +VirusTotal request failed\n/,
        /\+2 {2}counter reset once +Rate limit reached\n/,
        /- {2}HTTP none to 503, other text +Connection refused\n/,
        /\d+ said: Connection refused\n +\d+ says: Connection refused \| Quota reached\n/,
      ]) {
        expect(diff.out).toMatch(part);
      }
      for (const line of [...snapshot.out.split("\n"), ...diff.out.split("\n")]) {
        expect(line.length).toBeLessThanOrEqual(80);
        expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
      }
    },
  );

  databaseTest("prints all of it as one JSON object", async ({ db, databaseUrl }) => {
    const { from, to } = await aPast(db);
    const run = await commandRunner(databaseUrl);
    const snapshot = JSON.parse((await run("snapshot", "--at", from.toISOString(), "--json")).out);
    expect(snapshot).toMatchObject({ server: "prod", snapshot: { errors: 3 }, integrations: [{ name: "VirusTotal" }] });
    expect(snapshot.errors).toHaveLength(3);
    const diff = JSON.parse((await run("diff", "--from", from.toISOString(), "--to", to.toISOString(), "--json")).out);
    expect(diff).toMatchObject({
      summary: { differing: 4 },
      coverage: { goodPolls: 1 },
      errors: [{ added: 1000 }, {}, {}, {}],
    });
    const same = ["diff", "--from", from.toISOString(), "--to", new Date(from.getTime() + 1).toISOString()];
    expect(JSON.parse((await run(...same, "--json")).out)).toMatchObject({ errors: [] });
    expect((await run(...same)).out).toMatch(/same snapshot[\s\S]*No error differs/);
  });

  databaseTest("says what is wrong, with its exit code", async ({ db, databaseUrl }) => {
    const run = await commandRunner(databaseUrl);
    expect(await run("snapshot", "--at", "1h")).toMatchObject({
      code: 1,
      said: expect.stringMatching(/Nothing was watched/),
    });
    const { from } = await aPast(db);
    const first = from.toISOString();
    const cases: [string[], number, RegExp][] = [
      [["snapshot"], 2, /--at has to be given/],
      [["snapshot", "--at", "soon"], 2, /--at must be a duration/],
      [["snapshot", "--at", "2999-01-01"], 2, /--at: .*future/],
      [["snapshot", "--at", "30d"], 1, /--at: .*before the first snapshot of prod/],
      [["snapshot", "--at", first, "--server", "nobody"], 2, /no server "nobody"/],
      [["snapshot", "--at", first, "--integration", "nobody"], 2, /never had an integration "nobody"/],
      [["diff", "--from", first, "--to", "0", "--integration", "nobody"], 2, /never had an integration "nobody"/],
      [["diff", "--from", "1h"], 2, /--to has to be given/],
      [["diff", "--from", "0", "--to", first], 2, /--to has to be later/],
      [["diff", "--from", "9d", "--to", "0"], 1, /--from: .*first snapshot/],
    ];
    for (const [args, code, said] of cases) {
      expect(await run(...args), args.join(" ")).toMatchObject({ code, said: expect.stringMatching(said) });
    }
    await db.$executeRaw`
      INSERT INTO server (id, url, interval_ms, created_at, credentials_digest) VALUES ('b', 'x', 1000, ${from}, 'd')`;
    expect(await run("snapshot", "--at", first)).toMatchObject({
      code: 2,
      out: "",
      said: expect.stringMatching(/b, prod\. Add --server NAME/),
    });
  });
});
