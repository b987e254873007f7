import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as yieldOnce } from "node:timers/promises";
import { expect } from "vitest";
import { acquireDirectoryLock } from "../../src/embedded/directory-lock.js";
import { findProcessMark, isAlive, ownProcessMark } from "../../src/embedded/process-mark.js";
import { embeddedTest } from "../support/embedded-test.js";

async function aDeadProcess() {
  const child = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
  const mark = findProcessMark(child.pid ?? 0);
  await once(child, "exit");
  if (mark === null) throw new Error("the process ended too early");
  return mark;
}

embeddedTest("one at a time has the lock, also when it has to be taken from the dead", async ({ dir }) => {
  let holders = 0;
  let turns = 0;
  const takeTurn = async () => {
    const lock = await acquireDirectoryLock(dir, 20_000);
    if (lock.kind === "held") throw new Error(`held by ${lock.by.pid}`);
    holders += 1;
    turns += 1;
    expect(holders).toBe(1);
    await yieldOnce();
    holders -= 1;
    await lock.release();
  };
  await writeFile(join(dir, "postgres.lock.7"), JSON.stringify(await aDeadProcess()));
  await Promise.all(Array.from({ length: 20 }, takeTurn));
  expect(turns).toBe(20);
});

embeddedTest("whoever waits too long is told who has the lock, and gets it once it is free", async ({ dir }) => {
  const first = await acquireDirectoryLock(dir, 0);
  const second = await acquireDirectoryLock(dir, 50);
  expect(second).toEqual({ kind: "held", by: ownProcessMark() });
  if (first.kind === "acquired") await first.release();
  expect((await acquireDirectoryLock(dir, 0)).kind).toBe("acquired");
});

embeddedTest("a lock that a power cut has torn belongs to nobody", async ({ dir }) => {
  await writeFile(join(dir, "postgres.lock.3"), "");
  expect((await acquireDirectoryLock(dir, 0)).kind).toBe("acquired");
});

embeddedTest("another run under the same pid is another process", async () => {
  const own = ownProcessMark();
  expect(isAlive(own)).toBe(true);
  expect(isAlive(await aDeadProcess())).toBe(false);
  // Where the system tells when a process began: everywhere but on Windows.
  if (own.startedKey !== null) expect(isAlive({ ...own, startedKey: "another run" })).toBe(false);
});
