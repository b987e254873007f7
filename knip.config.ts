import type { KnipConfig } from "knip";

export default {
  entry: ["src/cli/main.ts", "test/**/*.test.ts", "test/support/global-setup.ts", "bench/*.ts", "scripts/*.js"],
  project: ["src/**/*.ts", "workers/**/*.ts", "test/**/*.ts", "bench/**/*.ts", "scripts/**/*.js"],
  ignore: ["src/store/generated/**"],
  ignoreDependencies: ["@swc/core"],
  ignoreBinaries: ["redis-server"],
} satisfies KnipConfig;
