import { type Stats, unwatchFile, watchFile } from "node:fs";
import type { Config, LoadedConfig } from "../src/config/config.js";
import { reloadConfig } from "../src/config/reload.js";
import type { Lifecycle } from "../src/lib/lifecycle.js";
import type { Logger } from "../src/lib/logger.js";

/** How often the file is looked at. By its state, not by events: they get lost where a file is replaced or mounted. */
const LOOK_EVERY_MS = 2_000;
/** A file that was just changed may be written still, and half of one can be a configuration too. */
const SETTLED_MS = 500;
/** When to try again what could not be carried out, as when the database was away. */
const RETRY_MS = 10_000;

export type Reload = {
  /** Where the configuration file is, or would be. */
  path: string;
  current: Config;
  load: () => LoadedConfig;
  /** Rejects when the configuration before still holds, or may: then it is asked again. */
  replace: (config: Config) => Promise<void>;
  log: Logger;
};

/**
 * Reads the configuration again on SIGHUP and when its file changes, and says what came of it. One with problems changes
 * nothing: the running one is kept. One that could not be put in place is tried again. Ends with `life`.
 */
export function reloadOnChange({ path, current, load, replace, log }: Reload, life: Lifecycle): void {
  let running = current;
  let turn: Promise<void> = Promise.resolve();
  let later: NodeJS.Timeout | undefined;
  const reload = async (saysUnchanged: boolean) => {
    const reloaded = reloadConfig(running, load);
    switch (reloaded.kind) {
      case "kept":
        log.error(
          { problems: reloaded.problems },
          "The changed configuration has problems; the one before still holds",
        );
        return;
      case "unchanged":
        if (saysUnchanged && reloaded.needsRestart.length === 0) {
          log.info("The configuration was read again; nothing changed");
        }
        break;
      case "replaced":
        await replace(reloaded.config);
        running = reloaded.config;
        for (const warning of running.warnings) log.warn(warning);
        log.info({ changes: reloaded.changes }, "The configuration was replaced");
        break;
      default:
        throw new Error(`Unknown result: ${JSON.stringify(reloaded satisfies never)}`);
    }
    if (reloaded.needsRestart.length > 0) {
      log.warn({ needs_restart: reloaded.needsRestart }, "Part of the configuration changes only with a restart");
    }
  };
  const queue = (saysUnchanged: boolean) => {
    turn = turn
      .then(() => reload(saysUnchanged))
      .catch((err: unknown) => {
        log.error({ err, retry_ms: RETRY_MS }, "The configuration could not be replaced; the one before still holds");
        queueIn(RETRY_MS);
      });
  };
  const queueIn = (delayMs: number) => {
    clearTimeout(later);
    later = setTimeout(() => queue(true), delayMs);
    later.unref();
  };
  const onSignal = () => queue(true);
  const look = (now: Stats, before: Stats) => {
    // A file that does not exist is reported once, although nothing happened to it.
    if (now.mode !== 0 || before.mode !== 0) queueIn(SETTLED_MS);
  };
  process.on("SIGHUP", onSignal);
  watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, look);
  queue(false); // it may have changed while everything was started
  life.onStop("reload", async () => {
    process.off("SIGHUP", onSignal);
    unwatchFile(path, look);
    clearTimeout(later);
    await turn;
    clearTimeout(later); // that turn may have failed
  });
}
