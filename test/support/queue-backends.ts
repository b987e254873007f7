import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import type { QueueSettings } from "../../src/queue/settings.js";

export type TestQueueBackend = {
  name: QueueSettings["kind"];
  /** A queue that no other test has seen, in this test's database or under a prefix of its own. */
  settingsFor(databaseUrl: string): QueueSettings;
};

/** Every backend that this run can reach, for `describe.each`: one suite shows that all behave alike. */
export function queueBackends(): TestQueueBackend[] {
  const { redisUrl } = inject("servers");
  const backends: TestQueueBackend[] = [
    { name: "postgres", settingsFor: (databaseUrl) => ({ kind: "postgres", databaseUrl }) },
  ];
  if (redisUrl !== null) {
    const settingsFor = (): QueueSettings => ({ kind: "redis", url: redisUrl, prefix: `test-${randomUUID()}` });
    backends.push({ name: "redis", settingsFor });
  }
  return backends;
}
