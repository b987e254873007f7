import { defineConfig } from "vitest/config";

const project = (name: string, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 30_000, hookTimeout: 60_000, ...extra },
});
/** Kinds of test that need a database get one server for the whole run, and each test a database of its own. */
const withDatabase = { globalSetup: ["test/support/global-setup.ts"] };

export default defineConfig({
  test: {
    // Most tests wait for a process, a queue or a timer: more of them at once than there are cores cost no time.
    maxWorkers: 4,
    // No module of ours keeps anything of its own, so a worker need not load them all again for each file.
    isolate: false,
    projects: [
      project("unit"),
      project("contract"),
      project("integration", withDatabase),
      project("acceptance", { ...withDatabase, testTimeout: 120_000 }),
      project("chaos", { ...withDatabase, testTimeout: 120_000 }),
    ],
  },
});
