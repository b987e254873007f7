import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { queryOn, runOn } from "../support/admin.js";
import type { EmbeddedChild } from "../support/embedded-child.js";
import { embeddedTest, findServerPid, isRunning, untilEnded } from "../support/embedded-test.js";
import { eventually } from "../support/eventually.js";

const run = promisify(execFile);

function opened({ answer }: EmbeddedChild): { databaseUrl: string; owner: boolean; note: string | null } {
  if ("reason" in answer) throw new Error(answer.message);
  return answer;
}

async function serverPid(dataDir: string): Promise<number> {
  const pid = await findServerPid(dataDir);
  if (pid === null) throw new Error("no server is running");
  return pid;
}

embeddedTest("of two starts at once one wins, and the other is told who did", async ({ dir, start }) => {
  const dataDir = join(dir, "data");
  const children = await Promise.all([start({ dataDir, mode: "serve" }), start({ dataDir, mode: "serve" })]);
  const winners = children.filter(({ answer }) => "databaseUrl" in answer);
  expect(winners).toHaveLength(1);
  const loser = children.find((child) => !winners.includes(child));
  expect(loser?.answer).toEqual({
    reason: "in-use",
    message: expect.stringContaining(`(process ${winners[0]?.child.pid}) already runs`),
  });
});

embeddedTest(
  "a start takes over the server of a process that was killed, says so, and ends it",
  async ({ dataDir, start, open }) => {
    const killed = await start({ dataDir, mode: "serve" });
    const pid = await serverPid(dataDir);
    await killed.kill("SIGKILL");
    expect(isRunning(pid)).toBe(true);
    const next = await open(dataDir, "serve");
    expect(next).toMatchObject({ databaseUrl: opened(killed).databaseUrl, owner: true });
    expect(next.note).toBe(`Took over the Postgres server (process ${pid}) of a polarwatch that was killed.`);
    await next.stop();
    expect(isRunning(pid)).toBe(false);
  },
);

embeddedTest("a borrower ends the server that a killed process has left", async ({ dataDir, start, open }) => {
  const killed = await start({ dataDir, mode: "serve" });
  const pid = await serverPid(dataDir);
  await killed.kill("SIGKILL");
  const borrowing = await open(dataDir, "borrow");
  expect(borrowing).toMatchObject({ owner: true, note: expect.stringContaining("Took over") });
  await borrowing.stop();
  expect(isRunning(pid)).toBe(false);
});

embeddedTest(
  "what was committed survives when the process and its server are both killed",
  async ({ dataDir, start, open }) => {
    const killed = await start({ dataDir, mode: "serve", settings: {} });
    await runOn(opened(killed).databaseUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
    process.kill(await serverPid(dataDir), "SIGKILL");
    await killed.kill("SIGKILL");
    const next = await open(dataDir, "serve", {});
    expect(next.note).toBe("The database was not shut down last time; Postgres has recovered it.");
    expect(await queryOn(next.databaseUrl, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  },
);

embeddedTest("a cluster whose making was cut short by a kill is made anew", async ({ dir, spawn, open }) => {
  const dataDir = join(dir, "data");
  const { child, opened } = spawn({ dataDir, mode: "serve" });
  const silenced = expect(opened).rejects.toThrow("The child said nothing");
  await eventually(
    async () => {
      const draft = (await readdir(dataDir)).find((name) => /^postgres\.new-[0-9a-f-]+$/.test(name));
      await stat(join(dataDir, draft ?? "none", "base"));
    },
    { deadlineMs: 10_000 },
  );
  child.kill("SIGKILL");
  await silenced;
  const next = await open(dataDir, "serve");
  expect(next.note).toBe("An unfinished database of an interrupted start was removed.");
  expect(await queryOn(next.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

embeddedTest(
  "a process that dies of an uncaught error takes its server with it, shut down cleanly",
  async ({ dataDir, start }) => {
    const child = await start({ dataDir, mode: "serve" });
    const pid = await serverPid(dataDir);
    await child.order("throw");
    await untilEnded(pid);
    expect(await findServerPid(dataDir)).toBeNull();
  },
);

embeddedTest(
  "a borrower that dies of an uncaught error leaves the server to the start that took it over",
  async ({ dataDir, start, open }) => {
    const borrowing = await start({ dataDir, mode: "borrow" });
    const serving = await open(dataDir, "serve");
    expect(serving.note).toBeNull();
    await borrowing.order("throw");
    expect(await queryOn(serving.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  },
);

embeddedTest("Ctrl-C in a terminal does not reach the server", async ({ dataDir, start }) => {
  const child = await start({ dataDir, mode: "serve" });
  const exited = once(child.child, "exit");
  process.kill(-(child.child.pid ?? Number.NaN), "SIGINT"); // as a terminal does: to the whole process group
  await exited;
  expect(await queryOn(opened(child).databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

embeddedTest(
  "a start is not kept off by a process that has got the pid of the server of old",
  async ({ dataDir, open }) => {
    const clusterDir = join(dataDir, "postgres");
    const { uid, gid } = await stat(clusterDir); // Postgres heeds only a process of its own user
    const stranger = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
      stdio: "ignore",
      uid,
      gid,
      cwd: "/",
    });
    try {
      await once(stranger, "spawn");
      const lines = [stranger.pid, clusterDir, 1_700_000_000, 1, "", "127.0.0.1", "", "ready   "];
      await writeFile(join(clusterDir, "postmaster.pid"), `${lines.join("\n")}\n`);
      const server = { process: { pid: stranger.pid, startedKey: "an earlier run" }, port: 1 };
      const record = { dataDir, server, serving: null, borrowing: [] };
      await writeFile(join(dataDir, "postgres-run.json"), JSON.stringify(record));
      expect((await open(dataDir, "serve")).owner).toBe(true);
      expect(await serverPid(dataDir)).not.toBe(stranger.pid);
    } finally {
      stranger.kill("SIGKILL");
    }
  },
);

embeddedTest("a copy of a directory that is in use gets a server of its own", async ({ dir, dataDir, open }) => {
  const original = await open(dataDir, "serve");
  const copyDir = join(dir, "copy");
  await run("cp", ["-a", dataDir, copyDir]);
  const copy = await open(copyDir, "serve");
  await runOn(copy.databaseUrl, "CREATE TABLE only_in_copy (id integer)");
  const [inOriginal] = await queryOn(original.databaseUrl, "SELECT to_regclass('only_in_copy') AS found");
  expect(inOriginal).toEqual({ found: null });
});
