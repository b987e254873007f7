import { expect } from "vitest";
import { queryOn } from "../support/admin.js";
import { queueTestOn } from "../support/queue-test.js";

const databaseQueueTest = queueTestOn({
  name: "postgres",
  settingsFor: (databaseUrl) => ({ kind: "postgres", databaseUrl }),
});

databaseQueueTest("the queue lives in a schema of its own", async ({ open, databaseUrl }) => {
  const queue = await open();
  await queue.producer.wakePoll("lab");
  expect(await queryOn(databaseUrl, "SELECT queue, name, data FROM bullmq.job")).toEqual([
    { queue: "poll", name: "poll", data: { server: "lab" } },
  ]);
  expect(await queryOn(databaseUrl, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
});

databaseQueueTest("options in the URL of the database do not hide the schema", async ({ open, settings }) => {
  if (settings.kind !== "postgres") throw new Error("This suite is about Postgres");
  const url = new URL(settings.databaseUrl);
  url.searchParams.set("options", "-c search_path=public -c TimeZone=Asia/Tokyo");
  const queue = await open({ ...settings, databaseUrl: url.href });
  expect(await queue.producer.wakePoll("lab")).toBe(true);
  expect((await queue.depth()).poll.waiting).toBe(1);
});

databaseQueueTest(
  "a role that may not create a schema can use a schema that is there",
  async ({ open, databaseUrl, settings }) => {
    if (settings.kind !== "postgres") throw new Error("This suite is about Postgres");
    await (await open()).close();
    const role = `r_${new URL(databaseUrl).pathname.slice(1)}`;
    await queryOn(databaseUrl, `CREATE ROLE ${role} LOGIN PASSWORD 'test-only'`);
    try {
      await queryOn(databaseUrl, `GRANT USAGE, CREATE ON SCHEMA bullmq TO ${role}`);
      await queryOn(databaseUrl, `GRANT ALL ON ALL TABLES IN SCHEMA bullmq TO ${role}`);
      await queryOn(databaseUrl, `GRANT ALL ON ALL SEQUENCES IN SCHEMA bullmq TO ${role}`);
      const url = new URL(settings.databaseUrl);
      [url.username, url.password] = [role, "test-only"];

      const queue = await open({ ...settings, databaseUrl: url.href });

      expect(await queue.producer.wakePoll("lab")).toBe(true);
      await queue.close();
    } finally {
      await queryOn(databaseUrl, `DROP OWNED BY ${role}`);
      await queryOn(databaseUrl, `DROP ROLE ${role}`);
    }
  },
);
