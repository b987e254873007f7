import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test as plainTest } from "vitest";
import * as z from "zod";
import { CommandLine } from "../support/command-line.js";
import { makeReachableTempDir } from "../support/throwaway-postgres.js";

const test = plainTest.extend<{ cwd: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest asks for an object pattern
  cwd: async ({}, use) => {
    const folder = await makeReachableTempDir();
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
});

describe("what is wrong is said at once, in sentences, with exit code 2", () => {
  test("every problem of the settings", async ({ cwd }) => {
    const env = { POLARITY_URL: "ftp://polarity", GROUP_WAIT: "soon", PORT: "99999", SLACK_BOT_TOKEN: "xoxb-1" };
    const start = new CommandLine(["start"], { cwd, env });
    expect(await start.exitCode()).toBe(2);
    for (const name of ["POLARITY_URL", "GROUP_WAIT", "PORT", "SLACK_CHANNEL"]) expect(start.errors).toContain(name);
    expect(start.errors).not.toMatch(/\n\s+at /);
    expect(start.output).toBe("");
  });

  test("an address beyond loopback without a token, and why", async ({ cwd }) => {
    const env = { POLARITY_URL: "https://polarity.example.com", POLARITY_API_KEY: "key", HOST: "0.0.0.0" };
    const start = new CommandLine(["start"], { cwd, env });
    expect(await start.exitCode()).toBe(2);
    expect(start.errors).toContain("API_TOKEN");
    expect(start.errors).not.toMatch(/\n\s+at /);
  });

  test.for([["nonsense"], ["start", "--nonsense"], ["start", "--only", "sleep"], ["poll"]])(
    "%s",
    async (args, { cwd }) => {
      const command = new CommandLine(args, { cwd });
      expect(await command.exitCode()).toBe(2);
      expect(command.errors).not.toMatch(/\n\s+at /);
      expect(command.output).toBe("");
    },
  );
});

test("the demo tells a change on a bare machine, ends when asked to, and a second start goes on", async ({ cwd }) => {
  const env = { PORT: "0", POLARWATCH_DATA_DIR: join(cwd, "data") };
  const first = new CommandLine(["demo"], { cwd, env });
  await first.says("BASELINE", 60_000);
  await first.says("NEW ", 60_000);
  first.kill("SIGINT");
  expect(await first.exitCode()).toBe(0);
  const stored = await storedSnapshots({ cwd, env });

  const second = new CommandLine(["demo"], { cwd, env });
  await second.says("GROWING", 60_000);
  second.kill("SIGTERM");
  expect(await second.exitCode()).toBe(0);
  expect(second.output).not.toContain("BASELINE");

  const storedAfter = await storedSnapshots({ cwd, env });
  expect(storedAfter.length).toBeGreaterThan(stored.length);
  expect(storedAfter).toEqual(expect.arrayContaining(stored));
});

async function storedSnapshots(options: { cwd: string; env: Record<string, string> }): Promise<string[]> {
  const listing = new CommandLine(["snapshots", "--demo", "--json"], options);
  expect(await listing.exitCode()).toBe(0);
  return z
    .array(z.object({ id: z.string() }))
    .parse(JSON.parse(listing.output))
    .map(({ id }) => id);
}

test("a start whose parts cannot be reached says so in a sentence, and exits with 1", async ({ cwd }) => {
  const env = {
    POLARITY_URL: "http://127.0.0.1:1",
    POLARITY_API_KEY: "key",
    DATABASE_URL: "postgres://u@127.0.0.1:1/x",
  };
  const start = new CommandLine(["start"], { cwd, env });
  expect(await start.exitCode()).toBe(1);
  expect(start.errors).not.toMatch(/\n\s+at /);
});
