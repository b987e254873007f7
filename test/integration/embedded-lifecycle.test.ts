import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { queryOn, runOn } from "../support/admin.js";
import { embeddedTest, findServerPid, isRunning } from "../support/embedded-test.js";

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

embeddedTest("a second start finds what the first one stored", async ({ sharedDir, open }) => {
  const first = await open(sharedDir, "serve");
  expect(first).toMatchObject({ owner: true, note: null });
  await runOn(first.databaseUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
  await first.stop();
  const second = await open(sharedDir, "serve");
  expect(second.note).toBeNull();
  expect(await queryOn(second.databaseUrl, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
});

embeddedTest(
  "the database depends on nothing of the system: UTF-8, sorted by code point, UTC",
  async ({ sharedDir, open }) => {
    const { databaseUrl } = await open(sharedDir, "serve", {});
    const [database] = await queryOn(
      databaseUrl,
      `SELECT pg_encoding_to_char(encoding) AS encoding, datlocprovider AS provider, datlocale AS locale, lower('ÄÖ') AS lower,
            current_setting('TimeZone') AS zone, current_setting('fsync') AS fsync, current_setting('listen_addresses') AS host,
            current_setting('unix_socket_directories') AS sockets, current_setting('max_connections') AS connections
       FROM pg_database WHERE datname = 'polarwatch'`,
    );
    const locale = { encoding: "UTF8", provider: "b", locale: "C.UTF-8", lower: "äö", zone: "UTC" };
    expect(database).toEqual({ ...locale, fsync: "on", host: "127.0.0.1", sockets: "", connections: "100" });
    const sorted = await queryOn(
      databaseUrl,
      "SELECT name FROM unnest(ARRAY['b', 'ä', 'B', 'a']) AS name ORDER BY name",
    );
    expect(sorted.map(({ name }) => name)).toEqual(["B", "a", "b", "ä"]);
  },
);

embeddedTest("settings of the caller win over the defaults", async ({ sharedDir, open }) => {
  const { databaseUrl } = await open(sharedDir, "serve", { max_connections: "17" });
  expect(await queryOn(databaseUrl, "SHOW max_connections")).toEqual([{ max_connections: "17" }]);
});

embeddedTest("nobody gets in without the password", async ({ sharedDir, open }) => {
  const { databaseUrl } = await open(sharedDir, "serve");
  for (const password of ["", "wrong"]) {
    const url = new URL(databaseUrl);
    url.password = password;
    await expect(queryOn(url.href, "SELECT 1")).rejects.toThrow(/password/);
  }
});

embeddedTest("only its owner can read the directory that is made, and the files in it", async ({ sharedDir, open }) => {
  const { databaseUrl } = await open(sharedDir, "serve");
  // Root lets the group of Postgres' user pass through, but not read.
  expect(await modeOf(sharedDir)).toBe(process.getuid?.() === 0 ? 0o710 : 0o700);
  const files = (await readdir(sharedDir)).filter((name) => name !== "postgres");
  expect(files).toEqual(expect.arrayContaining(["postgres-run.json", "postgres.json", "postgres.log"]));
  for (const file of files) expect([file, await modeOf(join(sharedDir, file))]).toEqual([file, 0o600]);
  expect(await modeOf(join(sharedDir, "postgres"))).toBe(0o700);
  const { password } = new URL(databaseUrl);
  expect(password.length).toBeGreaterThanOrEqual(32);
});

embeddedTest("stopping ends the server and shuts it down cleanly", async ({ sharedDir, open }) => {
  const db = await open(sharedDir, "serve");
  const pid = await findServerPid(sharedDir);
  expect(pid !== null && isRunning(pid)).toBe(true);
  await Promise.all([db.stop(), db.stop()]);
  expect(pid !== null && isRunning(pid)).toBe(false);
  expect(await findServerPid(sharedDir)).toBeNull();
});

embeddedTest("stopping does not wait for connections that are still open", async ({ sharedDir, open }) => {
  const db = await open(sharedDir, "serve");
  const sleeper = queryOn(db.databaseUrl, "SELECT pg_sleep(60)");
  const ended = expect(sleeper).rejects.toThrow();
  await db.stop();
  await ended;
  const serverLog = await readFile(join(sharedDir, "postgres.log"), "utf8");
  expect(serverLog).toContain("received fast shutdown request");
  expect(serverLog).not.toContain("immediate shutdown");
});

embeddedTest("a server that does not react is gone after 4 s, and the next one recovers", async ({ dataDir, open }) => {
  const db = await open(dataDir, "serve");
  const pid = await findServerPid(dataDir);
  if (pid === null) throw new Error("no server is running");
  process.kill(pid, "SIGSTOP");
  await db.stop();
  expect(isRunning(pid)).toBe(false);
  expect((await open(dataDir, "serve")).note).toContain("Postgres has recovered it");
});

embeddedTest("a borrower uses the server that runs and leaves it running", async ({ sharedDir, open }) => {
  const serving = await open(sharedDir, "serve");
  const borrowing = await open(sharedDir, "borrow");
  expect(borrowing).toEqual({ ...serving, owner: false, note: null, stop: expect.any(Function) });
  await borrowing.stop();
  expect(await queryOn(serving.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

embeddedTest("a borrower starts a server where none runs, and ends it", async ({ sharedDir, open }) => {
  const borrowing = await open(sharedDir, "borrow");
  expect(borrowing).toMatchObject({ owner: true, note: null });
  await borrowing.stop();
  expect(await findServerPid(sharedDir)).toBeNull();
});

embeddedTest("of two borrowers the last one to leave ends the server", async ({ sharedDir, open }) => {
  const first = await open(sharedDir, "borrow");
  const second = await open(sharedDir, "borrow");
  expect([first.owner, second.owner]).toEqual([true, false]);
  await first.stop();
  expect(await queryOn(second.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  await second.stop();
  expect(await findServerPid(sharedDir)).toBeNull();
});

embeddedTest("a start takes over the server of a borrower, who leaves it running", async ({ sharedDir, open }) => {
  const borrowing = await open(sharedDir, "borrow");
  const serving = await open(sharedDir, "serve");
  expect(serving).toMatchObject({ databaseUrl: borrowing.databaseUrl, owner: true });
  await borrowing.stop();
  expect(await queryOn(serving.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

embeddedTest("many openings at once share one server", async ({ sharedDir, open }) => {
  const openings = await Promise.all(Array.from({ length: 6 }, () => open(sharedDir, "borrow")));
  expect(new Set(openings.map(({ databaseUrl }) => databaseUrl)).size).toBe(1);
  expect(openings.filter(({ owner }) => owner)).toHaveLength(1);
});

embeddedTest("a cluster of another major version is refused with what to do", async ({ dataDir, open }) => {
  await writeFile(join(dataDir, "postgres", "PG_VERSION"), "15\n");
  await expect(open(dataDir, "serve")).rejects.toMatchObject({
    reason: "major-version",
    message: expect.stringMatching(/made by Postgres 15.*brings Postgres 18.*pg_dump.*move the directory away/),
  });
});

embeddedTest("an unfinished cluster in the way is put aside, never deleted, and made anew", async ({ dir, open }) => {
  const dataDir = join(dir, "data");
  await mkdir(join(dataDir, "postgres"), { recursive: true });
  await writeFile(join(dataDir, "postgres", "PG_VERSION"), "18\n");
  const { databaseUrl, note } = await open(dataDir, "serve");
  expect(await queryOn(databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  const [aside] = (await readdir(dataDir)).filter((name) => name.startsWith("postgres.aside-"));
  expect(note).toContain(`is now in ${join(dataDir, aside ?? "nowhere")}`);
  expect(await readdir(join(dataDir, aside ?? "nowhere"))).toEqual(["PG_VERSION"]);
});

embeddedTest("an empty directory in the place of the cluster is used", async ({ dir, open }) => {
  const dataDir = join(dir, "data");
  await mkdir(join(dataDir, "postgres"), { recursive: true });
  expect((await open(dataDir, "serve")).note).toBeNull();
});

embeddedTest(
  "a damaged cluster, or one without its password, is refused and left as it is",
  async ({ dataDir, open }) => {
    const control = join(dataDir, "postgres", "global", "pg_control");
    await rm(join(dataDir, "postgres.json"));
    await expect(open(dataDir, "serve")).rejects.toMatchObject({
      reason: "failed-to-start",
      message: expect.stringMatching(/postgres\.json, is missing/),
    });
    await writeFile(join(dataDir, "postgres.json"), '{"password":"x","clus');
    await expect(open(dataDir, "serve")).rejects.toMatchObject({
      reason: "failed-to-start",
      message: expect.stringMatching(/is damaged/),
    });
    await writeFile(join(dataDir, "postgres.json"), '{"password":"x","clusterDir":"postgres"}');
    await rm(control);
    await expect(open(dataDir, "serve")).rejects.toMatchObject({
      reason: "failed-to-start",
      message: expect.stringMatching(/lacks files/),
    });
    expect(await readdir(join(dataDir, "postgres"))).toContain("base");
  },
);

embeddedTest("a server that ends at once is reported with the last lines of its log", async ({ sharedDir, open }) => {
  await expect(open(sharedDir, "serve", { shared_buffers: "nonsense" })).rejects.toMatchObject({
    reason: "failed-to-start",
    message: expect.stringMatching(/postgres\.log:\n.*invalid value for parameter "shared_buffers"/s),
  });
  await open(sharedDir, "serve"); // the failure has left nothing in the way
});

embeddedTest("a log above 10 MiB is begun anew", async ({ sharedDir, open }) => {
  const logFile = join(sharedDir, "postgres.log");
  await writeFile(logFile, Buffer.alloc(10 * 1024 * 1024 + 1, "x"));
  await open(sharedDir, "serve");
  expect((await stat(logFile)).size).toBeLessThan(10_000);
});

embeddedTest("what is no directory, or lies under none, is refused as not writable", async ({ dir, open }) => {
  const file = join(dir, "file");
  await writeFile(file, "");
  for (const path of [file, join(file, "data")]) {
    await expect(open(path, "serve")).rejects.toMatchObject({
      reason: "not-writable",
      message: expect.stringContaining(file),
    });
  }
});
