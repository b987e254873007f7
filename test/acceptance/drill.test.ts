import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished } from "vitest";
import { runProgram } from "../../src/cli/program.js";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { queueBackends } from "../support/queue-backends.js";
import { configOf, openWorld, startInTest } from "../support/world.js";

const SOON = { deadlineMs: 30_000 };

describe.each(queueBackends())("a drill asked for on the command line, on $name", ({ settingsFor }) => {
  databaseTest("goes through the process that runs, and nobody else is told", async ({ databaseUrl, db }) => {
    const world = await openWorld({ integrations: 5, errors: 10 });
    onTestFinished(() => world.close());
    const beats: unknown[] = [];
    const dead = createServer((request, response) => {
      beats.push(request.method);
      response.end();
    });
    await new Promise<void>((resolve) => dead.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => new Promise<void>((resolve) => void dead.close(() => resolve())));
    const heartbeat = `http://127.0.0.1:${(dead.address() as AddressInfo).port}/ping`;
    const queue = settingsFor(databaseUrl);
    const env = { ...world.env, HEARTBEAT_URL: heartbeat };
    const running = await startInTest({ config: configOf(env, "/"), databaseUrl, queue });
    onTestFinished(() => running.stop());
    await world.slack.expectMessage((message) => JSON.stringify(message.args).includes("10 errors"), SOON);
    await world.smtp.expectMail(() => true, SOON);

    let out = "";
    const terminal = {
      env: { ...env, DATABASE_URL: databaseUrl, ...(queue.kind === "redis" && { REDIS_URL: queue.url }) },
      cwd: "/",
      print: (text: string) => {
        out += text;
      },
      say: (text: string) => {
        out += text;
      },
      isOutputTerminal: false,
      isErrorTerminal: false,
      columns: 80,
    };
    const code = await runProgram(["drill", "--json"], terminal, "1.2.3");
    expect({ code, out }).toMatchObject({ code: 0 });
    const report = JSON.parse(out);
    expect(report).toMatchObject({ result: "arrived", deliveries: [{ outcome: "delivered" }] });
    expect(report.steps.every(({ ms }: { ms: number | null }) => typeof ms === "number")).toBe(true);
    const ofPoll = running.lines.filter(({ poll }) => poll === report.poll).map(({ msg }) => msg);
    expect(ofPoll).toEqual(["Poll finished", "Diff finished", "Delivery handled"]);
    await eventually(async () => {
      expect(await db.alert.count({ where: { serverId: "(drill)", state: { not: "resolved" } } })).toBe(0);
      expect(beats).toEqual(["POST"]);
    }, SOON);
    expect(world.slack.unexpectedMessages()).toEqual([]);
    expect(world.smtp.unexpectedMails()).toEqual([]);
  });
});
