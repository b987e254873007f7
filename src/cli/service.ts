import { openDatabase } from "../../workers/database.js";
import { type Running, startPolarwatch } from "../../workers/main.js";
import { reloadOnChange } from "../../workers/reload.js";
import type { Role } from "../../workers/roles.js";
import type { Config, LoadedConfig } from "../config/config.js";
import { systemClock, systemRandom } from "../lib/clock.js";
import { Lifecycle } from "../lib/lifecycle.js";
import type { Logger } from "../lib/logger.js";
import type { MigrationError } from "../store/migration-error.js";
import type { ExitCode, Terminal } from "./terminal.js";

export type Service = {
  config: Config;
  roles: ReadonlySet<Role>;
  log: Logger;
  /** What has to exist before everything else, and to end after it. */
  prepare?: (life: Lifecycle) => Promise<void>;
  onReady: (running: Running) => void;
  /** Where the configuration comes from, so that it can be replaced while everything runs. */
  reload?: { path: string; load: () => LoadedConfig };
};

/**
 * Runs until SIGINT or SIGTERM, then ends everything in order; a second signal ends the process at once. An error that
 * nobody expected ends it as well, with 1: whoever restarts it starts from what is in Postgres. A newer release that
 * migrates the database meanwhile ends it in order, by rejecting with what happened.
 */
export async function runService(terminal: Terminal, service: Service): Promise<ExitCode> {
  const { config, log } = service;
  const life = new Lifecycle(log);
  let endAsOutdated: (error: MigrationError) => void = () => {};
  const ending = new Promise<ExitCode>((resolve, reject) => {
    endAsOutdated = reject;
    listen(life, { signal: () => resolve(0), crash: () => resolve(1) }, log);
  });
  for (const warning of config.warnings) log.warn(warning);
  if (service.reload !== undefined) process.on("SIGHUP", waitForReady); // it would end a process that still starts
  const starting = start(terminal, service, life, (error) => endAsOutdated(error)).then((running) => {
    if (service.reload !== undefined) {
      const replace = (next: Config) => running.replaceConfig(next);
      reloadOnChange({ ...service.reload, current: config, replace, log }, life);
    }
    service.onReady(running);
    return ending;
  });
  try {
    return await Promise.race([ending, starting]);
  } finally {
    await life.stop();
    process.off("SIGHUP", waitForReady);
    await starting.catch(() => {}); // told by the race already, or of no interest any more
    await life.stop();
  }
}

function waitForReady(): void {}

async function start(
  terminal: Terminal,
  service: Service,
  life: Lifecycle,
  onNewerSchema: (error: MigrationError) => void,
): Promise<Running> {
  const { config, roles, log } = service;
  await service.prepare?.(life);
  const database = await openDatabase(config, "serve", { log, clock: systemClock });
  life.onStop("database", () => database.stop());
  return startPolarwatch(
    {
      config,
      roles,
      databaseUrl: database.databaseUrl,
      queue:
        config.redisUrl === null
          ? { kind: "postgres", databaseUrl: database.databaseUrl }
          : { kind: "redis", url: config.redisUrl },
      clock: systemClock,
      random: systemRandom,
      log,
      onNewerSchema,
      console: {
        write: terminal.print,
        isColored: terminal.isOutputTerminal && (terminal.env.NO_COLOR ?? "") === "",
        timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      },
    },
    life,
  );
}

function listen(life: Lifecycle, end: { signal: () => void; crash: () => void }, log: Logger): void {
  let signals = 0;
  const onSignal = (name: NodeJS.Signals) => {
    signals += 1;
    if (signals > 1) process.exit(130);
    log.info({ signal: name }, "Stopping");
    end.signal();
  };
  const onCrash = (error: unknown) => {
    log.fatal({ err: error }, "Unexpected error");
    end.crash();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("uncaughtException", onCrash);
  process.on("unhandledRejection", onCrash);
  life.onStop("signals", () => {
    process.off("uncaughtException", onCrash);
    process.off("unhandledRejection", onCrash);
  });
}
