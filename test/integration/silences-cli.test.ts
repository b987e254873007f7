import { describe, expect } from "vitest";
import type { Database } from "../../src/store/prisma.js";
import { AlertPast } from "../support/alert-past.js";
import { commandRunner } from "../support/command-runner.js";
import { databaseTest } from "../support/database.js";
import { MINUTE } from "../support/watch.js";

const ADD = ["silence", "add", "-m", "integration=VirusTotal", "--for", "2h", "--reason", "New key", "--author", "mia"];

/** A server that is watched, with a past as long ago as this. */
function watchedBefore(db: Database, ms: number): Promise<AlertPast> {
  return AlertPast.open(db, new Date(Date.now() - ms));
}

const factsIn = (text: string) => text.split("\n").map((line) => line.trim().split(/ {2,}/));

describe("silence", () => {
  databaseTest("add, list, show and expire lead a silence through its life", async ({ db, databaseUrl }) => {
    await watchedBefore(db, MINUTE);
    const run = await commandRunner(databaseUrl);
    const added = await run(...ADD, "--until-quiet", "3", "--until-text-changes");
    expect([added.code, added.said]).toEqual([0, ""]);
    expect(factsIn(added.out)).toEqual(
      expect.arrayContaining([
        ["Silence 1"],
        ["State", "active"],
        ["Matchers", 'integration="VirusTotal"'],
        ["Reason", "New key"],
        ["Author", "mia"],
        [
          "Ends early",
          "when nothing has matched at 3 good polls in a row; when an error that it hides has another text",
        ],
        ["It has hidden nothing."],
      ]),
    );
    const listed = await run("silence", "list");
    expect(listed.out).toMatch(/^ID +STATE +STARTS AT/);
    expect(listed.out).toMatch(/\n 1 +active .* in 1 h +0 +mia +integration="VirusTotal" +New key\n$/);
    const ended = await run("silence", "expire", "1", "--author", "ben");
    expect([ended.code, ended.out]).toEqual([0, expect.stringMatching(/Ended .*now: ben ended it/)]);
    expect(await run("silence", "list")).toEqual({
      code: 0,
      out: "",
      said: "No silence is active or pending. --state all lists those that are over too.\n",
    });
    expect((await run("silence", "list", "--state", "expired")).out).toContain("expired");
    expect(await run("silence", "expire", "1")).toEqual({
      code: 1,
      out: "",
      said: "Silence 1 has ended already: ben ended it.\n",
    });
  });

  databaseTest("gives programs JSON and nothing else", async ({ db, databaseUrl }) => {
    await watchedBefore(db, MINUTE);
    const run = await commandRunner(databaseUrl);
    const row = { id: "1", silenceState: "active", matchers: ['integration="VirusTotal"'], hidden: { alerts: 0 } };
    expect(JSON.parse((await run("silence", "list", "--json")).out)).toEqual([]);
    expect(JSON.parse((await run(...ADD, "--json")).out)).toMatchObject({ ...row, hiddenAlerts: [] });
    expect(JSON.parse((await run("silence", "list", "--json")).out)).toMatchObject([row]);
    expect(JSON.parse((await run("silence", "show", "1", "--json")).out)).toMatchObject({ ...row, hiddenAlerts: [] });
    expect(JSON.parse((await run("silence", "expire", "1", "--json")).out)).toMatchObject({ silenceState: "expired" });
  });

  databaseTest(
    "show names what it has hidden, without anything that steers a terminal",
    async ({ db, databaseUrl }) => {
      const past = await watchedBefore(db, MINUTE);
      const run = await commandRunner(databaseUrl, 100);
      await run(...ADD.slice(0, -4), "--reason", "\u001b[31mred\u202e", "--author", "mia");
      const { id, rowId, errorId } = await past.alert();
      await db.error.update({ where: { id: errorId ?? 0n }, data: { headline: "\u001b[2JInvalid\u202e key" } });
      await past.hiddenBy(1n, rowId);
      const { out } = await run("silence", "show", "1");
      expect(out).toContain("Hidden: 1 alert (1 time)\n");
      expect(out).toMatch(new RegExp(`\\n {6,}${id} +firing .*VirusTotal +Invalid key\\n`));
      expect(out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
      for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    },
  );

  databaseTest(
    "--preview lists what would have been hidden, saves nothing and says how to",
    async ({ db, databaseUrl }) => {
      const past = await watchedBefore(db, 9 * MINUTE);
      const at = new Date(Date.now() - 5 * MINUTE);
      const { id } = await past.alert({ at });
      await past.alert({ at, labels: { integration: "Shodan" } });
      const run = await commandRunner(databaseUrl);
      const ran = await run("silence", "add", "-m", "integration=VirusTotal", "--preview", "7d");
      expect(ran.code).toBe(0);
      expect(ran.said).toBe("Nothing was saved. To save it, say --for and --reason instead of --preview.\n");
      expect(ran.out).toMatch(/^In the last 7 d it would have hidden 1 alert \(1 time\)\.\nBy rule: new 1 alert\n/);
      expect(ran.out).toMatch(new RegExp(` ${id} +new +warning +VirusTotal +Invalid API key\\n`));
      const json = await run("silence", "add", "-m", "integration=VirusTotal", "--preview", "7d", "--json");
      expect(JSON.parse(json.out)).toMatchObject({ alerts: 1, hidden: [{ alertId: id, because: "It is new" }] });
      expect((await run("silence", "add", "-m", "server=none", "--preview", "1h")).out).toBe(
        "In the last 1 h it would have hidden nothing.\n",
      );
      expect(await db.silence.count()).toBe(0);
    },
  );

  databaseTest("tells what is wrong with its arguments, and what is not there", async ({ db, databaseUrl }) => {
    const run = await commandRunner(databaseUrl);
    expect(await run(...ADD)).toMatchObject({ code: 1, said: expect.stringMatching(/^Nothing was watched yet/) });
    await watchedBefore(db, MINUTE);
    expect(await run("silence", "show", "7")).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^There is no silence 7/),
    });
    expect(await run("silence", "expire", "7")).toMatchObject({ code: 1, said: "There is no silence 7.\n" });
    const wrong = await run("silence", "expire", "x", "--author", "");
    expect(wrong).toMatchObject({
      code: 2,
      said: '"x" is not an id: they are like 12\n--author must not be empty\n(--help says what there is)\n',
    });
    expect(await run("silence", "list", "--state", "asleep", "--limit", "0")).toMatchObject({
      code: 2,
      said: expect.stringMatching(/^--state must be one of .*\n--limit must be/),
    });
    expect(await run("silence", "show")).toMatchObject({
      code: 2,
      said: expect.stringContaining("missing required argument"),
    });
    expect(await run("silence")).toMatchObject({ code: 2, said: expect.stringContaining("Usage: polarwatch silence") });
    for (const name of ["add", "list", "show", "expire"]) {
      const help = await run("silence", name, "--help");
      expect(help).toMatchObject({ code: 0, out: expect.stringContaining(`$ polarwatch silence ${name}`), said: "" });
    }
  });
});

describe("ack", () => {
  databaseTest("takes an alert on, and gives it back", async ({ db, databaseUrl }) => {
    const past = await watchedBefore(db, 9 * MINUTE);
    const { id } = await past.alert();
    const run = await commandRunner(databaseUrl);
    const taken = await run("ack", id, "--note", "On it", "--for", "4h", "--author", "mia");
    expect(taken).toMatchObject({
      code: 0,
      out: expect.stringMatching(new RegExp(`^mia has acknowledged alert ${id} until \\d{4}-.*\\.\\n$`)),
    });
    expect(JSON.parse((await run("alerts", "--json")).out)).toMatchObject([
      { alertState: "acknowledged", acknowledgement: { author: "mia", note: "On it" } },
    ]);
    expect(await run("ack", id)).toMatchObject({
      code: 1,
      said: expect.stringContaining("acknowledged already, by mia"),
    });
    expect(await run("ack", id, "--undo", "--author", "ben")).toEqual({
      code: 0,
      out: `Alert ${id} is not acknowledged any more: it fires again.\n`,
      said: "",
    });
    expect(await run("ack", id, "--undo")).toMatchObject({
      code: 1,
      said: `Alert ${id} is not acknowledged: it is firing.\n`,
    });
    expect((await run("ack", id)).out).toContain("until it is resolved");
  });

  databaseTest("says in a sentence why there is nothing to take on", async ({ db, databaseUrl }) => {
    const past = await watchedBefore(db, 9 * MINUTE);
    const run = await commandRunner(databaseUrl);
    const said = async (id: string) => {
      const ran = await run("ack", id);
      expect([ran.code, ran.out]).toEqual([1, ""]);
      return ran.said;
    };
    expect(await said("99")).toBe("There is no alert 99.\n");
    expect(await said((await past.alert({ state: "pending" })).id)).toBe("The alert does not fire yet.\n");
    expect(await said((await past.alert({ state: "resolved" })).id)).toBe("The alert is resolved already.\n");
    expect(await run("ack", "x", "--undo", "--for", "soon", "--note", "n")).toMatchObject({
      code: 2,
      said: [
        '"x" is not an id: they are like 12',
        "--for must be a duration such as 30m, 4h or 7d, at most 366 d",
        "--note has no meaning with --undo",
        "--for has no meaning with --undo",
        "(--help says what there is)",
        "",
      ].join("\n"),
    });
  });
});
