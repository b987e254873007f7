import { resolve } from "node:path";
import type { Config, ConfigInput, LoadedConfig } from "../config/config.js";
import { loadConfig } from "../config/load-config.js";
import { readTextFile } from "../config/read-text-file.js";
import { createLogger, type Logger } from "../lib/logger.js";
import { CommandFailure, type Terminal } from "./terminal.js";

/** Everything that the configuration is made of, as this process finds it. */
export function configInputOf(terminal: Terminal): ConfigInput {
  return {
    env: terminal.env,
    cwd: terminal.cwd,
    readFile: readTextFile,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    isTerminal: terminal.isErrorTerminal,
  };
}

/** Where the configuration file is, or would be. */
export function configPathOf({ env, cwd }: Terminal): string {
  return resolve(cwd, env.POLARWATCH_CONFIG || "polarwatch.yaml");
}

/** The valid configuration; otherwise ends the command with every problem at once. */
export function requireValid(loaded: LoadedConfig): Config {
  if (loaded.kind === "valid") return loaded.config;
  const lines = loaded.problems.map(({ where, message }) => `  ${where}: ${message}`);
  throw new CommandFailure(["The configuration has problems:", ...lines].join("\n"), 2);
}

/** The configuration of a command that watches servers. */
export function loadFullConfig(terminal: Terminal): Config {
  return requireValid(loadConfig(configInputOf(terminal)));
}

/** The configuration of a command that needs the database only. */
export function loadDatabaseConfig(terminal: Terminal): Config {
  return requireValid(loadConfig({ ...configInputOf(terminal), serversRequired: false }));
}

/** A command for a person says only what is wrong; a service says what it does. */
export function createCommandLogger(config: Config, level: "as_configured" | "warnings"): Logger {
  const quiet = level === "warnings" && (config.log.level === "info" || config.log.level === "warn");
  return createLogger({ ...config.log, level: quiet ? "warn" : config.log.level });
}
