import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandRunner } from "../support/command-runner.js";
import { databaseTest } from "../support/database.js";
import { Watch } from "../support/watch.js";

describe("what cannot be shown", () => {
  test("all that is wrong with the options is told at once, without looking anywhere", async () => {
    const run = await commandRunner("postgres://nobody@127.0.0.1:1/none");
    const wrong = async (line: string) => {
      const ran = await run(...line.split(" "));
      expect([ran.code, ran.out]).toEqual([2, ""]);
      expect(ran.said).not.toMatch(/\bat \S+:\d+/);
      return ran.said.split("\n").filter((part) => part.startsWith("--"));
    };
    expect(await wrong("errors --cause nonsense --state x --sort y --limit 0 --http-status 1e3")).toEqual([
      "--limit must be a whole number from 1 to 10000",
      "--cause must be one of credential, quota, network, tls, timeout, vendor, config, data, bug, other",
      "--http-status must be a whole number from 100 to 999",
      "--state must be one of present, gone",
      "--sort must be one of last-grown-at, last-occurred-at, first-seen-at, occurrences, added",
    ]);
    expect(await wrong("changes --since 1h --until 2h --kind x --error e1 --limit 10001")).toHaveLength(4);
    expect(await wrong("snapshots --since yesterday --until 7")).toHaveLength(2);
    expect(await wrong("alerts --state unknown --severity loud --error -1")).toHaveLength(3);
    expect(await wrong("deliveries --outcome lost --since x --limit many")).toHaveLength(3);
    expect((await run("errors", "--server", "")).said).toContain("--server must not be empty");
  });

  test("an option that does not exist, and one too many arguments, are wrong as well", async () => {
    const run = await commandRunner(undefined);
    for (const args of [
      ["errors", "--nonsense"],
      ["errors", "--json", "--csv"],
      ["alerts", "12"],
      ["error"],
      ["snapshots", "--limit"],
    ]) {
      const ran = await run(...args);
      expect([ran.code, ran.out]).toEqual([2, ""]);
      expect(ran.said).toContain("(--help says what there is)");
    }
  });

  databaseTest("no row is an empty array and a sentence that says why", async ({ db, databaseUrl }) => {
    const run = await commandRunner(databaseUrl);
    const nobody = await run("alerts", "--json");
    expect(nobody).toMatchObject({ code: 0, out: "[]\n" });
    expect(nobody.said).toMatch(
      /^Nothing was watched yet: there is no server on record in the database of DATABASE_URL/,
    );
    expect(nobody.said).not.toContain(databaseUrl);

    await Watch.open(db);
    expect(await run("alerts")).toEqual({ code: 0, out: "", said: "No alerts: no rule has fired yet.\n" });
    expect(await run("alerts", "--state", "open", "--json")).toEqual({
      code: 0,
      out: "[]\n",
      said: "No alerts fit these options.\n",
    });
    expect(await run("errors", "--server", "prud")).toEqual({
      code: 2,
      out: "",
      said: 'There is no server "prud" on record. On record: prod.\n',
    });
    for (const listing of ["errors", "changes"]) {
      expect(await run(listing, "--integration", "VirusTotel")).toEqual({
        code: 2,
        out: "",
        said: 'There is no integration "VirusTotel" on record.\n',
      });
    }
  });

  test("where nothing was ever kept, that is said, and no database is made to say it", async () => {
    const run = await commandRunner(undefined);
    const empty = await run("errors", "--json");
    expect(empty).toMatchObject({ code: 0, out: "[]\n" });
    expect(empty.said).toContain(join(run.cwd, ".polarwatch"));
    expect(empty.said).toContain('"polarwatch demo", and then this command with --demo');
    const demo = await run("errors", "--demo");
    expect(demo).toEqual({
      code: 0,
      out: "",
      said: `There is no demo in ${join(run.cwd, ".polarwatch", "demo")}: "polarwatch demo" starts one.\n`,
    });
    expect(await readdir(run.cwd)).toEqual([]);
  });
});
