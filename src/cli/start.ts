import { Command, InvalidArgumentError } from "commander";
import { ROLES, type Role } from "../../workers/roles.js";
import { loadConfig } from "../config/load-config.js";
import { configInputOf, configPathOf, createCommandLogger, loadFullConfig } from "./configuration.js";
import { runService } from "./service.js";
import type { ExitCode, Terminal } from "./terminal.js";

/** `start`: everything, or some of it, in this process. */
export function startCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("start")
    .description("run everything, or some of it, in this process")
    .option("--only <steps>", `comma-separated, of: ${ROLES.join(", ")}`, parseRoles)
    .action(async (options: { only?: ReadonlySet<Role> }) => {
      const config = loadFullConfig(terminal);
      const log = createCommandLogger(config, "as_configured");
      const roles = options.only ?? new Set(ROLES);
      const startedAt = performance.now();
      const code = await runService(terminal, {
        config,
        roles,
        log,
        reload: { path: configPathOf(terminal), load: () => loadConfig(configInputOf(terminal)) },
        onReady: ({ url }) => {
          const servers = config.servers.map((server) => server.name);
          const ready_ms = Math.round(performance.now() - startedAt);
          log.info({ servers, steps: [...roles], url, ready_ms }, "polarwatch is ready");
        },
      });
      finish(code);
    });
}

function parseRoles(text: string): ReadonlySet<Role> {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !ROLES.some((role) => role === name));
  if (unknown.length > 0) {
    const named = unknown.map((name) => (name === "" ? "nothing" : name)).join(", ");
    throw new InvalidArgumentError(`Unknown: ${named}. Known: ${ROLES.join(", ")}.`);
  }
  return new Set(ROLES.filter((role) => names.includes(role)));
}
