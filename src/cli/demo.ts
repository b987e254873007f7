import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Command } from "commander";
import * as z from "zod";
import { ROLES } from "../../workers/roles.js";
import type { Config } from "../config/config.js";
import { demoConfig } from "../config/demo-config.js";
import { systemClock } from "../lib/clock.js";
import { type Simulator, startSimulator } from "../simulator/start.js";
import { configInputOf, createCommandLogger, requireValid } from "./configuration.js";
import { runService } from "./service.js";
import type { ExitCode, Terminal } from "./terminal.js";

const INTERVAL_MS = 2_000;
const GROUP_WAIT_MS = 1_000;
const GROUP_INTERVAL_MS = 5_000;
const DEFAULT_PORT = 8080;
const SEED = 1;
const SCENARIO_FILE = "simulation.json";
const SCENARIO_MS_MAX = 7 * 86_400_000;
const scenario = z.object({ startedAt: z.iso.datetime().transform((iso) => new Date(iso)) });

/** `demo`: the real thing, with a simulated Polarity server to watch and the console to tell. */
export function demoCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("demo")
    .description("start with a simulated Polarity server, and tell the console")
    .option("--notify", "tell the configured receivers too")
    .action(async (options: { notify?: boolean }) => {
      const config = await planDemo(terminal, options.notify === true);
      const startedAt = readScenarioStart(config.dataDir, systemClock());
      const begin =
        startedAt === null ? { onBegin: (at: Date) => keepScenarioStart(config.dataDir, at) } : { startedAt };
      const simulator = await startSimulator({ seed: SEED, clock: systemClock, scenario: "live", ...begin });
      try {
        finish(await runDemo(terminal, config, simulator));
      } finally {
        await simulator.close();
      }
    });
}

/** The configuration of the demo, but for the address of the server that is still to be started. */
async function planDemo(terminal: Terminal, keepDestinations: boolean): Promise<Config> {
  const port = await findPort(terminal.env.PORT);
  const env = { LOG_LEVEL: "warn", ...terminal.env, PORT: String(port) };
  return requireValid(
    demoConfig(
      { ...configInputOf(terminal), env },
      {
        serverUrl: "http://127.0.0.1",
        apiKey: "FAKE-key-of-the-demo",
        intervalMs: INTERVAL_MS,
        groupWaitMs: GROUP_WAIT_MS,
        groupIntervalMs: GROUP_INTERVAL_MS,
        keepDestinations,
      },
    ),
  );
}

async function runDemo(terminal: Terminal, planned: Config, simulator: Simulator): Promise<ExitCode> {
  const credentials = { kind: "api-key", apiKey: simulator.apiKey } as const;
  const servers = planned.servers.map((server) => ({ ...server, url: simulator.url, credentials }));
  const config: Config = { ...planned, servers };
  terminal.say("polarwatch demo: starting a database, a simulated Polarity server and everything that watches it.\n");
  return runService(terminal, {
    config,
    roles: new Set(ROLES),
    log: createCommandLogger(config, "as_configured"),
    onReady: ({ url }) => {
      const { integrations, errors } = simulator.truth();
      const shown = `${errors.length} errors of ${integrations.length} integrations`;
      const lines = [
        `Watching ${simulator.url}, which shows ${shown}, every ${INTERVAL_MS / 1000} s.`,
        `The page: ${url}/   The API: ${url}/api/errors`,
        `What is kept: ${config.dataDir}`,
        "The first start tells in a summary what is there; what is new or growing follows within a minute. Ctrl-C ends it.",
      ];
      terminal.say(`${lines.join("\n")}\n\n`);
    },
  });
}

/**
 * When the simulated server began, as the data directory remembers it: a second start goes on where the first one
 * stopped, as a real server would. Null at a first start, and after a week: then it begins anew, with its first reader.
 */
function readScenarioStart(dataDir: string, now: Date): Date | null {
  try {
    const { startedAt } = scenario.parse(JSON.parse(readFileSync(join(dataDir, SCENARIO_FILE), "utf8")));
    const ageMs = now.getTime() - startedAt.getTime();
    return ageMs >= 0 && ageMs < SCENARIO_MS_MAX ? startedAt : null;
  } catch {
    return null; // none, or none that can be read: a scenario that begins anew is all that follows
  }
}

function keepScenarioStart(dataDir: string, startedAt: Date): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(join(dataDir, SCENARIO_FILE), JSON.stringify({ startedAt }), { mode: 0o600 });
}

/** The port that was asked for; else the usual one, or any other while something else listens there. */
async function findPort(asked: string | undefined): Promise<string | number> {
  if (asked !== undefined && asked !== "") return asked;
  return new Promise((resolve) => {
    const trial = createServer();
    trial.once("error", () => resolve(0));
    trial.listen(DEFAULT_PORT, "127.0.0.1", () => trial.close(() => resolve(DEFAULT_PORT)));
  });
}
