import { Command, CommanderError } from "commander";
import { EmbeddedPostgresError } from "../embedded/embedded-postgres-error.js";
import { PortInUseError } from "../http/port-in-use-error.js";
import { MigrationError } from "../store/migration-error.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

type CreateCommand = (terminal: Terminal, finish: (code: ExitCode) => void) => Command;

/** In the order in which --help lists them. Each is loaded when it is asked for: a listing needs no queue and no Slack. */
const COMMANDS: Readonly<Record<string, () => Promise<CreateCommand>>> = {
  start: async () => (await import("./start.js")).startCommand,
  demo: async () => (await import("./demo.js")).demoCommand,
  check: async () => (await import("./check.js")).checkCommand,
  poll: async () => (await import("./poll.js")).pollCommand,
  drill: async () => (await import("./drill.js")).drillCommand,
  errors: async () => (await import("./errors.js")).errorsCommand,
  error: async () => (await import("./error.js")).errorCommand,
  integration: async () => (await import("./integration.js")).integrationCommand,
  stats: async () => (await import("./stats.js")).statsCommand,
  changes: async () => (await import("./changes.js")).changesCommand,
  alerts: async () => (await import("./alerts.js")).alertsCommand,
  why: async () => (await import("./why.js")).whyCommand,
  routes: async () => (await import("./routes.js")).routesCommand,
  ledger: async () => (await import("./ledger.js")).ledgerCommand,
  redrive: async () => (await import("./redrive.js")).redriveCommand,
  deliveries: async () => (await import("./deliveries.js")).deliveriesCommand,
  digest: async () => (await import("./digest.js")).digestCommand,
  snapshots: async () => (await import("./snapshots.js")).snapshotsCommand,
  snapshot: async () => (await import("./snapshot.js")).snapshotCommand,
  diff: async () => (await import("./diff.js")).diffCommand,
  ack: async () => (await import("./ack.js")).ackCommand,
  audit: async () => (await import("./audit.js")).auditCommand,
  silence: async () => (await import("./silence.js")).silenceCommand,
  subscriptions: async () => (await import("./subscriptions.js")).subscriptionsCommand,
  token: async () => (await import("./token.js")).tokenCommand,
  migrate: async () => (await import("./migrate.js")).migrateCommand,
};

/** The one command that the arguments begin with; all of them for the general help and for names that are none. */
function loadCommands(args: readonly string[]): Promise<readonly CreateCommand[]> {
  const named = Object.entries(COMMANDS).filter(([name]) => name === args[0]);
  const wanted = named.length > 0 ? named : Object.entries(COMMANDS);
  return Promise.all(wanted.map(([, load]) => load()));
}

/** Runs one command line and gives the exit code. Whatever a person can put right is told in sentences, without a stack. */
export async function runProgram(args: readonly string[], terminal: Terminal, version: string): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const finish = (code: ExitCode) => {
    exitCode = code;
  };
  const program = new Command("polarwatch")
    .description("Watches the integration errors of Polarity servers and tells the right people in time.")
    .version(version)
    .showHelpAfterError("(--help says what there is)")
    .addHelpText("after", "\nSettings come from the environment and polarwatch.yaml: see docs/configuration.md.")
    .configureHelp({ helpWidth: Math.min(terminal.columns, 100) });
  for (const create of await loadCommands(args)) program.addCommand(create(terminal, finish));
  for (const command of withAllBelow(program)) {
    command.exitOverride().configureOutput({ writeOut: terminal.print, writeErr: terminal.say });
    command.copyInheritedSettings(program);
  }
  try {
    if (args.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    return explain(error, terminal);
  }
}

function withAllBelow(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withAllBelow)];
}

function explain(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has told the person already
  if (error instanceof CommandFailure) {
    terminal.say(`${error.message}\n`);
    return error.exitCode;
  }
  if (isForPeople(error)) {
    terminal.say(`${error.message}\n`);
    return 1;
  }
  terminal.say(`Unexpected error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}

function isForPeople(error: unknown): error is Error {
  return error instanceof EmbeddedPostgresError || error instanceof MigrationError || error instanceof PortInUseError;
}
