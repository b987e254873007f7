import { Command, CommanderError } from "commander";
import { EmbeddedPostgresError } from "../embedded/embedded-postgres-error.js";
import { PortInUseError } from "../http/port-in-use-error.js";
import { MigrationError } from "../store/migration-error.js";
import { alertsCommand } from "./alerts.js";
import { changesCommand } from "./changes.js";
import { checkCommand } from "./check.js";
import { deliveriesCommand } from "./deliveries.js";
import { demoCommand } from "./demo.js";
import { errorCommand } from "./error.js";
import { errorsCommand } from "./errors.js";
import { migrateCommand } from "./migrate.js";
import { pollCommand } from "./poll.js";
import { snapshotsCommand } from "./snapshots.js";
import { startCommand } from "./start.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

/** In the order in which --help lists them. */
const COMMANDS = [
  startCommand,
  demoCommand,
  checkCommand,
  pollCommand,
  errorsCommand,
  errorCommand,
  changesCommand,
  alertsCommand,
  deliveriesCommand,
  snapshotsCommand,
  migrateCommand,
];

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
  for (const create of COMMANDS) program.addCommand(create(terminal, finish));
  for (const command of [program, ...program.commands]) {
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
