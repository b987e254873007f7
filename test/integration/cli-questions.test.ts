import { expect } from "vitest";
import * as z from "zod";
import { commandRunner } from "../support/command-runner.js";
import { databaseTest } from "../support/database.js";
import { anError, aRead, MINUTE, someErrors, Watch } from "../support/watch.js";

const timelineOf = z.object({ timeline: z.array(z.object({ added: z.number().nullable() })) });

const aPast = async (db: Parameters<typeof Watch.open>[0]): Promise<void> => {
  const watch = await Watch.open(db);
  watch.clock.set(new Date(Date.now() - 10 * MINUTE));
  for (const occurrences of [5, 9, 12]) {
    const [first, ...others] = someErrors();
    await watch.minute(aRead([{ ...anError(), ...first, occurrences }, ...others]));
  }
};

databaseTest(
  "stats, integration and the chart of an error fit 80 columns, plain where nobody looks",
  async ({ db, databaseUrl }) => {
    await aPast(db);
    const terminal = await commandRunner(databaseUrl, 80);
    const pipe = await commandRunner(databaseUrl);
    for (const args of [["stats"], ["integration", "vt"], ["error", "1", "--since", "1h"]]) {
      const shown = await terminal(...args);
      expect([args, shown.code, shown.said]).toEqual([args, 0, ""]);
      for (const line of shown.out.split("\n")) expect([...line].length).toBeLessThanOrEqual(80);
      expect((await pipe(...args)).out).toMatch(/^[ -~\n]*$/);
    }
    expect((await terminal("error", "1")).out).toMatch(/[▁-█]/);
    expect((await terminal("error", "1", "--ascii")).out).not.toMatch(/[▁-█─░]/);
    expect((await terminal("stats")).out).toMatch(/^7 added since /);
    expect((await terminal("integration", "VirusTotal", "--since", "1h")).out).toMatch(/ {2}Growing +2 min of it\n/);
  },
);

databaseTest("large counts and long names fit narrow terminals", async ({ db, databaseUrl }) => {
  const watch = await Watch.open(db);
  watch.clock.set(new Date(Date.now() - 10 * MINUTE));
  const named = [{ name: "The vendor's threat intelligence, second tenant" }];
  for (const occurrences of [5, 123_456_789]) {
    await watch.minute(
      aRead(
        someErrors().map((error) => ({ ...anError(), ...error, occurrences })),
        named,
      ),
    );
  }
  const said = someErrors().map((error) => ({ ...anError(), ...error, longText: "Refused", httpStatus: 503 }));
  await watch.minute(
    aRead(
      said.map((error) => ({ ...error, occurrences: 987_654_321 })),
      [{ name: "The vendor's threat intelligence, third tenant", status: "error" }],
    ),
  );
  const past = ["diff", "--from", new Date(Date.now() - 9 * MINUTE).toISOString(), "--to", "4m"];
  for (const width of [80, 72]) {
    const run = await commandRunner(databaseUrl, width);
    for (const args of [["errors"], ["errors", "--sort", "added"], ["changes"], ["snapshot", "--at", "0"], past]) {
      const shown = await run(...args);
      expect([args, shown.code]).toEqual([args, 0]);
      for (const line of shown.out.split("\n")) expect([...line].length, line).toBeLessThanOrEqual(width);
    }
  }
});

databaseTest("integrations of one name are told apart by their ids", async ({ db, databaseUrl }) => {
  const watch = await Watch.open(db);
  await watch.minute(aRead(someErrors(), [{}, { polarityId: "vt-lab", errorIds: [] }]));
  const { out } = await (await commandRunner(databaseUrl))("integration", "VirusTotal");
  expect(out.match(/^Integration \d+, VirusTotal on prod, since /gm)).toHaveLength(2);
  expect(new Set(out.match(/^Integration \d+/gm))).toHaveLength(2);
});

databaseTest("stats and integration print JSON, and name what is wrong", async ({ db, databaseUrl }) => {
  await aPast(db);
  const run = await commandRunner(databaseUrl);
  expect(JSON.parse((await run("stats", "--json")).out)).toMatchObject({
    added: 7,
    integrations: [{ acronym: "VT", added: 7 }],
  });
  expect(JSON.parse((await run("integration", "VT", "--json")).out)).toMatchObject([
    { added: 7, budget: { targetPercent: 99.9 } },
  ]);
  const { timeline } = timelineOf.parse(JSON.parse((await run("error", "1", "--json")).out));
  expect(timeline.reduce((sum, { added }) => sum + (added ?? 0), 0)).toBe(7);
  for (const [args, code, said] of [
    [["integration", "nobody"], 1, /no integration "nobody"/],
    [["integration", "VT", "--target", "100"], 2, /--target must be a percentage/],
    [["stats", "--since", "1h", "--until", "2h"], 2, /--since must be before --until/],
    [
      ["errors", "--first-seen-since", "1h", "--first-seen-until", "2h"],
      2,
      /--first-seen-since must be before --first-seen-until/,
    ],
    [["errors", "--text", "%"], 2, /--text must have a letter or a digit/],
    [["errors", "--sort", "added", "--since", "2999-01-01"], 2, /--since must not lie in the future/],
    [["error", "1", "--since", "2000-01-01"], 2, /--since must be less than 2000 days ago/],
  ] as const) {
    expect(await run(...args)).toMatchObject({ code, said: expect.stringMatching(said) });
  }
});

databaseTest("a listing prints CSV with a heading, and what was added in a window", async ({ db, databaseUrl }) => {
  await aPast(db);
  const run = await commandRunner(databaseUrl);
  const [heading, first, ...others] = (await run("errors", "--csv", "--sort", "added")).out.trimEnd().split("\r\n");
  expect(heading).toMatch(/^id,serverId,.*,addedInWindow$/);
  expect(first).toMatch(/^\d+,prod,.*Invalid API key.*,7$/);
  expect(others).toHaveLength(2);
  expect((await run("errors", "--added-min", "8", "--csv")).out).toBe("");
});
