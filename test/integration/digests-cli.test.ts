import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { oweDigests } from "../../src/app/digest.js";
import { storeWatchedServers } from "../../src/store/servers.js";
import { commandRunner } from "../support/command-runner.js";
import { databaseTest } from "../support/database.js";
import { aPlan, hours, openHourly } from "../support/digest-watch.js";
import { startHttp } from "../support/http-server.js";
import { aRead, ONCALL, someErrors, type Watch } from "../support/watch.js";

const FILE = `
receivers: [{ name: oncall, console_configs: [{}] }]
digests: [{ name: daily, schedule: "0 8 * * *", time_zone: UTC }]
`;

/** Hours up to now in which one error grew, and a digest that was told up to this morning. */
async function aPast(watch: Watch): Promise<void> {
  watch.clock.set(new Date(Date.now() - 3 * 3_600_000));
  await storeWatchedServers(watch.db, [], watch.clock());
  await watch.configure("one key");
  const grown = someErrors().map((error, index) => ({ ...error, occurrences: index === 0 ? 505 : 5 }));
  await watch.poll(aRead(someErrors()));
  await watch.diffAll();
  await hours(watch, 2, aRead(grown));
}

describe("digest", () => {
  databaseTest(
    "list shows each digest with its recipients; preview shows what one would say",
    async ({ db, databaseUrl }) => {
      const watch = await openHourly(db, []);
      await aPast(watch);
      watch.plans = [aPlan()];
      await oweDigests(watch.digestDeps);
      const run = await commandRunner(databaseUrl);
      writeFileSync(join(run.cwd, "polarwatch.yaml"), FILE);

      const listed = await run("digest", "list");
      expect([listed.code, listed.said]).toEqual([0, ""]);
      expect(listed.out).toMatch(
        /^NAME +SCHEDULE +TIME ZONE +DESTINATION +TOLD UNTIL +LAST +NEXT\ndaily +0 8 \* \* \* +UTC +oncall\/console +/,
      );
      expect(JSON.parse((await run("digest", "list", "--json")).out)).toMatchObject([
        { name: "daily", recipients: [{ destination: ONCALL, last: null }] },
      ]);

      const shown = await run("digest", "preview", "daily", "--since", "1d");
      expect(shown).toMatchObject({ code: 0, said: "--open shows the mail, --output FILE writes it.\n" });
      expect(shown.out).toContain("VirusTotal: Invalid API key");
      const json = await run("digest", "preview", "daily", "--since", "1d", "--json");
      expect(JSON.parse(json.out)).toMatchObject({ name: "daily", totals: { now: { added: 500 } } });

      const written = await run("digest", "preview", "daily", "--since", "1d", "--output", "digest.html");
      expect(written).toMatchObject({ code: 0, out: "", said: `Written to ${join(run.cwd, "digest.html")}\n` });
      expect(readFileSync(join(run.cwd, "digest.html"), "utf8")).toContain('src="data:image/png;base64,');
      expect(await db.delivery.count({ where: { kind: "digest" } })).toBe(0);
    },
  );

  databaseTest("what cannot be shown is told in a sentence", async ({ db, databaseUrl }) => {
    await aPast(await openHourly(db, []));
    const run = await commandRunner(databaseUrl);
    const none = await run("digest", "list");
    expect(none).toMatchObject({
      code: 0,
      out: "",
      said: expect.stringMatching(/^No digests are configured: EMAIL_TO gets one/),
    });
    writeFileSync(join(run.cwd, "polarwatch.yaml"), FILE);
    const cases: [string[], number, RegExp][] = [
      [["preview", "weekly"], 2, /^There is no digest "weekly". There are: daily\.\n$/],
      [["preview", "daily", "--to", "x"], 2, /^Digest daily does not go to "x". It goes to: oncall\/console\.\n$/],
      [["preview", "daily", "--since", "soon"], 2, /^--since must be a duration/],
      [
        ["preview", "daily", "--output", "/nowhere/at/all.html"],
        1,
        /^\/nowhere\/at\/all.html cannot be written \(ENOENT\)\n$/,
      ],
      [["preview"], 2, /missing required argument/],
    ];
    for (const [args, code, said] of cases) {
      expect(await run("digest", ...args)).toMatchObject({ code, out: "", said: expect.stringMatching(said) });
    }
  });
});

databaseTest("the API lists digests as they are configured", async ({ db }) => {
  const watch = await openHourly(db);
  const server = await startHttp({ db, clock: watch.clock, digests: () => watch.plans });
  const answer = await fetch(`${server.url}/api/digests`);
  expect(answer.headers.get("content-type")).toBe("application/vnd.api+json");
  expect(await answer.json()).toEqual({
    links: { self: "/api/digests" },
    data: [
      {
        type: "digests",
        id: "daily",
        attributes: {
          schedule: "0 8 * * *",
          "time-zone": "UTC",
          receiver: "oncall",
          "when-empty": "say",
          "next-at": "2026-03-02T08:00:00.000Z",
          recipients: [{ destination: ONCALL, "told-until": "2026-03-01T08:00:00.000Z", last: null }],
        },
      },
    ],
  });
  expect((await fetch(`${server.url}/api/digests?filter[name]=x`)).status).toBe(400);
});
