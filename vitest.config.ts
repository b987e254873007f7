import { defineConfig } from "vitest/config";

/** Loading a module costs more than most tests do, and each project loads its own: so there are only two. */
const project = (name: string, kinds: readonly string[], extra: object) => ({
  extends: true as const,
  test: { name, include: kinds.map((kind) => `test/${kind}/**/*.test.ts`), ...extra },
});

export default defineConfig({
  test: {
    // Most tests wait for a process, a queue or a timer: more of them at once than there are cores cost no time.
    maxWorkers: 4,
    // No module of ours keeps anything of its own, so a worker need not load them all again for each file.
    isolate: false,
    projects: [
      project("alone", ["unit", "contract", "fuzz/alone"], { testTimeout: 120_000 }),
      // These get one database server for the whole run, and each test a database of its own.
      project("served", ["integration", "acceptance", "chaos", "fuzz/served"], {
        globalSetup: ["test/support/global-setup.ts"],
        testTimeout: 300_000,
        hookTimeout: 60_000,
        // Schedules of faults that run side by side have three processes each.
        maxConcurrency: 3,
      }),
    ],
  },
});
