import { describe, expect, test } from "vitest";
import { redisServerOf } from "../../src/queue/redis-server.js";

const info = (...lines: string[]) => ["# Server", ...lines, "# Memory", "used_memory:1000"].join("\r\n");

describe("what Redis says of itself", () => {
  test.each([
    ["a Redis that keeps everything", info("redis_version:7.4.1", "maxmemory_policy:noeviction"), []],
    ["a Redis that does not tell its policy", info("redis_version:5.0.0"), []],
    ["a fork that calls itself an old Redis", info("redis_version:4.0.0", "valkey_version:8.0.1"), []],
    ["a Redis that evicts", info("redis_version:7.4.1", "maxmemory_policy:allkeys-lru"), [/allkeys-lru/]],
    ["a Redis before 5", info("redis_version:4.0.14", "maxmemory_policy:noeviction"), [/4\.0\.14/]],
    ["both", info("redis_version:3.2.0", "maxmemory_policy:volatile-ttl"), [/volatile-ttl/, /3\.2\.0/]],
  ])("leads to the right warnings: %s", (_, answer, warnings) => {
    expect(redisServerOf(answer).warnings).toEqual(warnings.map((warning) => expect.stringMatching(warning)));
  });

  test.each([
    ["5.0.14", false, false],
    ["6.0.0", true, false],
    ["7.0.7", true, false],
    ["7.0.8", true, true],
    ["7.0.15", true, true],
    ["10.0.0", true, true],
  ])("tells how short a wait may be: %s", (version, canDoubleTimeout, canBlockFor1Ms) => {
    expect(redisServerOf(info(`redis_version:${version}`)).capabilities).toEqual({ canDoubleTimeout, canBlockFor1Ms });
  });
});
