import { createServer } from "node:net";
import { Command } from "commander";
import { ROLES } from "../../workers/main.js";
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

/** `demo`: the real thing, with a simulated Polarity server to watch and the console to tell. */
export function demoCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("demo")
    .description("start with a simulated Polarity server, and tell the console")
    .option("--notify", "tell the configured Slack channels, mailboxes and webhooks too")
    .action(async (options: { notify?: boolean }) => {
      const simulator = await startSimulator({ seed: SEED, clock: systemClock, scenario: "live" });
      let code: ExitCode = 1;
      try {
        code = await runDemo(terminal, simulator, options.notify === true);
      } finally {
        await simulator.close();
      }
      finish(code);
    });
}

async function runDemo(terminal: Terminal, simulator: Simulator, keepDestinations: boolean): Promise<ExitCode> {
  const input = configInputOf(terminal);
  const port = await findPort(terminal.env.PORT);
  const config = requireValid(
    demoConfig(
      { ...input, env: { LOG_LEVEL: "warn", ...input.env, PORT: String(port) } },
      {
        serverUrl: simulator.url,
        apiKey: simulator.apiKey,
        intervalMs: INTERVAL_MS,
        groupWaitMs: GROUP_WAIT_MS,
        groupIntervalMs: GROUP_INTERVAL_MS,
        keepDestinations,
      },
    ),
  );
  terminal.say("polarwatch demo: starting a database, a simulated Polarity server and everything that watches it.\n");
  return runService(terminal, {
    config,
    roles: new Set(ROLES),
    log: createCommandLogger(config, "as_configured"),
    onReady: ({ url }) => {
      const { integrations, errors } = simulator.truth();
      const lines = [
        `Watching ${simulator.url}, which shows ${errors.length} errors of ${integrations.length} integrations, every 2 s.`,
        `The page: ${url}/   The API: ${url}/api/errors   What is kept: ${config.dataDir}`,
        "First comes a summary of what is there, then what is new or growing, within a minute. Ctrl-C ends it.",
      ];
      terminal.say(`${lines.join("\n")}\n\n`);
    },
  });
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
