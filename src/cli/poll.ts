import { Command } from "commander";
import { policyOf } from "../../workers/handlers.js";
import { clientOptionsOf, watchedServersOf } from "../../workers/polarity.js";
import { createRouting } from "../../workers/routes.js";
import { noProbe } from "../app/checkpoint.js";
import { diffNext } from "../app/diff.js";
import { pollServer } from "../app/poll.js";
import type { Config } from "../config/config.js";
import { systemClock, systemRandom } from "../lib/clock.js";
import { createPolarityClient } from "../polarity/client.js";
import { storeWatchedServers } from "../store/servers.js";
import { createCommandLogger, loadFullConfig } from "./configuration.js";
import { withDatabase } from "./database.js";
import { refuseOptions } from "./option-problems.js";
import { NOBODY, personOrNumberOf } from "./person.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

/** `poll`: one poll now, and what it changed. Messages that it owes are sent by the process that notifies. */
export function pollCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("poll")
    .description("read a server once, now, and tell what changed")
    .option("--server <name>", "the configured name of the server; not needed when there is only one")
    .option("--author <name>", "who asks for it (default: the user of this system)")
    .option("--json", "print the outcome as JSON")
    .action(async (options: { server?: string; author?: string; json?: boolean }) => {
      const author = personOrNumberOf(options.author ?? null);
      if (author === "") return refuseOptions([NOBODY]);
      const config = loadFullConfig(terminal);
      const server = serverNamed(config, options.server);
      const log = createCommandLogger(config, "warnings");
      const code = await withDatabase(config, log, async (db) => {
        await storeWatchedServers(db, watchedServersOf(config), systemClock());
        const client = createPolarityClient(clientOptionsOf(server), { clock: systemClock, random: systemRandom, log });
        const noWake = async () => true; // a process that runs finds what is owed by its sweep
        const deps = { db, clock: systemClock, probe: noProbe };
        try {
          const polled = await pollServer(
            { ...deps, workerId: `command-${process.pid}`, wakeDiff: noWake },
            { id: server.name, read: (known, signal) => client.read(known, signal) },
            { kind: "by_hand", author },
            AbortSignal.timeout(600_000),
          );
          let changes = 0;
          const diffDeps = {
            ...deps,
            routing: createRouting(config),
            policyOf: () => policyOf(config),
            wakeNotify: noWake,
          };
          for (;;) {
            const diffed = await diffNext(diffDeps, server.name);
            if (diffed === null) break;
            changes += diffed.changes;
          }
          terminal.print(
            options.json === true ? `${JSON.stringify({ ...polled, changes })}\n` : describe(polled, changes),
          );
          return polled.outcome === "complete" ? 0 : 1;
        } finally {
          await client.close();
        }
      });
      finish(code);
    });
}

/** The only one when none is named. */
function serverNamed({ servers }: Config, wanted: string | undefined): Config["servers"][number] {
  const [server, ...more] = servers.filter(({ name }) => wanted === undefined || name === wanted);
  if (server !== undefined && more.length === 0) return server;
  const known = servers.map(({ name }) => name).join(", ");
  const problem = wanted === undefined ? "Several servers are configured" : `There is no server "${wanted}"`;
  throw new CommandFailure(`${problem}: use --server with one of ${known}.`, 2);
}

function describe(polled: Awaited<ReturnType<typeof pollServer>>, changes: number): string {
  switch (polled.outcome) {
    case "complete": {
      const what = polled.unchanged ? "nothing differs from the snapshot before" : `${changes} changes`;
      return `Read: ${polled.errors} errors; ${what}.\n`;
    }
    case "failed":
      return `Failed (${polled.reason}): ${polled.detail}\n`;
    case "already_polled":
      return "Not read: another poll of this server is under way.\n";
    case "lost":
      return "Not stored: another process took over while this one was reading.\n";
    default:
      throw new Error(`Unknown outcome: ${JSON.stringify(polled satisfies never)}`);
  }
}
