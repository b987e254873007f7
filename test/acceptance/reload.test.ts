import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import { systemClock } from "../../src/lib/clock.js";
import { type Simulator, startSimulator } from "../../src/simulator/start.js";
import { CommandLine } from "../support/command-line.js";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { type FakeWebhook, startFakeWebhook } from "../support/fake-webhook.js";

const SOON = { deadlineMs: 30_000 };
const API_TOKEN = "MARK-token-of-sixteen";

const logLine = z.looseObject({
  level: z.number(),
  msg: z.string(),
  url: z.string().nullish(),
  changes: z.array(z.string()).optional(),
  needs_restart: z.array(z.string()).optional(),
  problems: z.array(z.object({ where: z.string(), message: z.string() })).optional(),
  outcome: z.string().optional(),
  reason: z.string().optional(),
});
type Line = z.infer<typeof logLine>;

/** A started polarwatch with a configuration file of its own, the server that it watches, and where it tells. */
type Scene = {
  process: CommandLine;
  simulator: Simulator;
  ops: FakeWebhook;
  lead: FakeWebhook;
  /** Replaces the whole file at once, as an editor does. */
  write(name: string, text: string): Promise<void>;
  /** The configuration with these rules, and a route to this receiver. */
  fileOf(parts: { rules: string; receiver?: string }): string;
  lines(): Line[];
  /** Waits for the next line since the last one waited for. */
  nextLine(message: string): Promise<Line>;
  raise(detail: string): void;
};

const test = databaseTest.extend<{ scene: Scene }>({
  scene: async ({ databaseUrl }, use) => {
    const cwd = await mkdtemp(join(tmpdir(), "polarwatch-reload-"));
    const [simulator, ops, lead] = await Promise.all([
      startSimulator({ seed: 7, clock: systemClock, integrations: 5, errors: 8 }),
      startFakeWebhook(),
      startFakeWebhook(),
    ]);
    const write = async (name: string, text: string) => {
      await writeFile(join(cwd, `${name}.new`), text);
      await rename(join(cwd, `${name}.new`), join(cwd, name));
    };
    const fileOf: Scene["fileOf"] = ({ rules, receiver = "ops" }) => `
servers:
  - { name: prod, url: "${simulator.url}", api_key_file: key.txt, interval: 1s, timeouts: { headers: 2s } }
receivers:
  - { name: ops, webhook_configs: [{ url: "${ops.url}", allow_private_addresses: true }] }
  - { name: lead, webhook_configs: [{ url: "${lead.url}", allow_private_addresses: true }] }
route: { receiver: ${receiver}, group_wait: 0s, group_interval: 1s, routes: [] }
rules:
${rules}`;
    await write("polarwatch.yaml", fileOf({ rules: NEW_ERRORS }));
    await write("key.txt", simulator.apiKey);
    await write("token.txt", API_TOKEN);
    const env = { DATABASE_URL: databaseUrl, PORT: "0", LOG_FORMAT: "json", API_TOKEN_FILE: "token.txt" };
    const process = new CommandLine(["start"], { cwd, env });
    const lines = () => process.errors.split("\n").flatMap((line) => parsedLine(line));
    let seen = 0;
    const scene: Scene = {
      process,
      simulator,
      ops,
      lead,
      write,
      fileOf,
      lines,
      nextLine: (message) =>
        eventually(() => {
          const index = lines().findIndex(({ msg }, at) => at >= seen && msg.startsWith(message));
          const found = lines()[index];
          if (found === undefined) throw new Error(`It did not say "${message}", but:\n${process.errors}`);
          seen = index + 1;
          return found;
        }, SOON),
      raise: (detail) => {
        const [integration] = simulator.truth().integrations;
        if (integration === undefined) throw new Error("The simulated server has no integrations");
        simulator.raise({ integrationId: integration.id, title: "Lookup failed", detail, occurrences: 1 });
      },
    };
    try {
      await scene.nextLine("polarwatch is ready");
      await ops.expectDelivery(({ body }) => body.kind === "summary", SOON);
      await use(scene);
      expect([...ops.unexpectedDeliveries(), ...lead.unexpectedDeliveries()].map(({ body }) => body)).toEqual([]);
    } finally {
      process.kill("SIGTERM");
      expect(await process.exitCode()).toBe(0);
      await Promise.all([simulator.close(), ops.close(), lead.close()]);
      await rm(cwd, { recursive: true, force: true });
    }
    expect(process.errors + process.output).not.toContain("MARK");
    expect(process.errors + process.output).not.toContain("FAKE-");
  },
});

const NEW_ERRORS = "  - { name: fresh, on: new, severity: warning }\n";
const CRITICAL_ERRORS = "  - { name: fresh, on: new, severity: critical }\n  - { name: left, on: gone }\n";

/** What is cut off at the end of the output is not a line yet. */
function parsedLine(line: string): Line[] {
  try {
    return [logLine.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}

const tells = (detail: string, severity: string) => (delivery: { body: Record<string, unknown> }) =>
  delivery.body.severity === severity && JSON.stringify(delivery.body).includes(detail);

test("a changed rule and route hold without a restart, and the log says what changed", async ({ scene }) => {
  const { ops, lead } = scene;
  scene.raise("the first trouble");
  await ops.expectDelivery(tells("the first trouble", "warning"), SOON);

  await scene.write("polarwatch.yaml", scene.fileOf({ rules: CRITICAL_ERRORS, receiver: "lead" }));
  const replaced = await scene.nextLine("The configuration was replaced");
  expect(replaced.changes).toEqual([
    "Server prod changed: receiver",
    "Rule fresh changed: severity",
    "Rule left added",
    "Routes changed",
  ]);
  scene.raise("the second trouble");
  await lead.expectDelivery(tells("the second trouble", "critical"), SOON);
});

test("a file with problems keeps the old configuration, says where they are, and is not held against its repair", async ({
  scene,
}) => {
  const good = scene.fileOf({ rules: NEW_ERRORS });
  const bad = good.replace("on: new", "on: newer").replace("interval: 1s", "interval: soon");
  await scene.write("polarwatch.yaml", bad);
  const kept = await scene.nextLine("The changed configuration has problems");
  expect(kept.problems?.map(({ where }) => where)).toEqual([
    expect.stringMatching(/^polarwatch\.yaml:3:\d+ servers\[0\]\.interval$/),
    expect.stringMatching(/^polarwatch\.yaml:9:\d+ rules\[0\]\.on$/),
  ]);
  scene.raise("trouble meanwhile");
  await scene.ops.expectDelivery(tells("trouble meanwhile", "warning"), SOON);

  await scene.write("polarwatch.yaml", good);
  await scene.nextLine("The configuration was read again; nothing changed");
  await scene.write("polarwatch.yaml", good.replace("severity: warning", "severity: info"));
  expect(await scene.nextLine("The configuration was replaced")).toMatchObject({
    changes: ["Rule fresh changed: severity"],
  });
  scene.raise("trouble afterwards");
  await scene.ops.expectDelivery(tells("trouble afterwards", "info"), SOON);
});

test("SIGHUP takes a changed secret and an unchanged file, and says what only a restart changes", async ({ scene }) => {
  const { process } = scene;
  process.kill("SIGHUP");
  await scene.nextLine("The configuration was read again; nothing changed");

  await scene.write("key.txt", "MARK-wrong-key");
  process.kill("SIGHUP");
  expect(await scene.nextLine("The configuration was replaced")).toMatchObject({
    changes: ["Server prod changed: credentials"],
  });
  await pollsEnd(scene, { outcome: "failed", reason: "unauthorized" });

  await scene.write("key.txt", scene.simulator.apiKey);
  process.kill("SIGHUP");
  await scene.nextLine("The configuration was replaced");
  await pollsEnd(scene, { outcome: "complete" });

  await scene.write("token.txt", "MARK-another-token-of-sixteen");
  process.kill("SIGHUP");
  expect(await scene.nextLine("Part of the configuration changes only with a restart")).toMatchObject({
    needs_restart: ["HTTP"],
  });
  const url = scene.lines().find(({ msg }) => msg === "polarwatch is ready")?.url;
  const answer = await fetch(`${url}/api/servers`, { headers: { authorization: `Bearer ${API_TOKEN}` } });
  expect(answer.status).toBe(200);
});

/** Resolves when a poll from now on ends so. One that was under way before may still end otherwise. */
async function pollsEnd(scene: Scene, ending: Record<string, string>): Promise<void> {
  const from = scene.lines().length;
  await eventually(() => {
    const ends = scene.lines().slice(from);
    expect(ends).toContainEqual(expect.objectContaining({ msg: "Poll finished", ...ending }));
  }, SOON);
}

test("a read that is under way when its server is replaced comes to its own end", async ({ scene }) => {
  const { simulator } = scene;
  const reads = () => simulator.requests().filter(({ path }) => path === "/api/integrations/errors").length;
  simulator.fail("timeout", { times: 1, scope: "errors" });
  const before = reads();
  await eventually(() => expect(reads()).toBeGreaterThan(before), SOON);
  await scene.write("key.txt", "MARK-wrong-key");
  scene.process.kill("SIGHUP");
  await scene.nextLine("The configuration was replaced");
  const failures = () =>
    scene.lines().flatMap(({ outcome, reason }) => (outcome === "failed" && reason !== undefined ? [reason] : []));
  await eventually(() => expect(failures().slice(0, 2)).toEqual(["timeout", "unauthorized"]), SOON);
});
