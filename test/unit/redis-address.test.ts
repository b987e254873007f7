import { describe, expect, test } from "vitest";
import { parseRedisAddress } from "../../src/lib/redis-address.js";

const plain = { isTls: false, username: null, password: null };

describe("an address of Redis", () => {
  test.each([
    ["redis://h:1/2", { ...plain, kind: "single", url: "redis://h:1/2" }],
    ["rediss://u:p@h", { ...plain, kind: "single", url: "rediss://u:p@h", isTls: true }],
    [
      "redis+cluster://a:1,b",
      {
        ...plain,
        kind: "cluster",
        hosts: [
          { host: "a", port: 1 },
          { host: "b", port: 6379 },
        ],
      },
    ],
    [
      "rediss+sentinel://u:p%40@a,[::1]:7/lead",
      {
        isTls: true,
        username: "u",
        password: "p@",
        kind: "sentinel",
        hosts: [
          { host: "a", port: 26_379 },
          { host: "::1", port: 7 },
        ],
        name: "lead",
      },
    ],
  ])("%s is understood", (text, address) => {
    expect(parseRedisAddress(text)).toEqual(address);
  });

  test.each([
    "http://h",
    "redis+cluster://",
    "redis+cluster://a:x",
    "redis+cluster://a,,b",
    "redis+cluster://a/1",
    "redis+sentinel://a:1",
    "redis+sentinel://a:1/",
    "redis+sentinel://a:1/two words",
    "redis+shards://a",
  ])("%s makes no sense", (text) => {
    expect(parseRedisAddress(text)).toBeNull();
  });
});
