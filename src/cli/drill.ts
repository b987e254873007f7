import { setTimeout as delay } from "node:timers/promises";
import { Command } from "commander";
import { openDatabase } from "../../workers/database.js";
import { askForDrillNow, type DrillReport, reportDrill } from "../app/drill.js";
import type { Config } from "../config/config.js";
import { DRILL_MS_MAX, DRILL_SERVER } from "../domain/drill.js";
import { systemClock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { openQueue } from "../queue/queue.js";
import { migrate } from "../store/migrate.js";
import { createPrisma } from "../store/prisma.js";
import { createCommandLogger, loadFullConfig } from "./configuration.js";
import { refuseOptions } from "./option-problems.js";
import { NOBODY, personOf } from "./person.js";
import type { ExitCode, Terminal } from "./terminal.js";

const LOOK_EVERY_MS = 100;

/** `drill`: does an error still reach somebody? It asks the processes that run, and times what they do. */
export function drillCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("drill")
    .description("send a synthetic error through everything that runs and time each step; exits with 1 when it fails")
    .option("--author <name>", "who asks for it (default: the user of this system)")
    .option("--json", "print the steps as JSON")
    .action(async (options: { author?: string; json?: boolean }) => {
      const author = personOf(options.author ?? null);
      if (author === null || author === "") return refuseOptions([NOBODY]);
      const config = loadFullConfig(terminal);
      const report = await drill(config, author, createCommandLogger(config, "warnings"));
      terminal.print(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : describeDrill(report));
      finish(report.result === "arrived" ? 0 : 1);
    });
}

async function drill(config: Config, author: string, log: Logger): Promise<DrillReport> {
  const database = await openDatabase(config, "borrow", { log, clock: systemClock });
  const { databaseUrl } = database;
  try {
    await migrate(databaseUrl, { log });
    const db = createPrisma(databaseUrl, { connectionsMax: 2 });
    const queue = await openQueue(
      config.redisUrl === null ? { kind: "postgres", databaseUrl } : { kind: "redis", url: config.redisUrl },
      { log, clock: systemClock },
    );
    try {
      const id = await askForDrillNow(db, systemClock(), author);
      await queue.producer.wakePoll(DRILL_SERVER);
      for (;;) {
        const report = await reportDrill(db, { id }, systemClock());
        if (report === null) throw new Error(`Drill ${id} is gone`);
        if (report.result !== "waiting") {
          await queue.producer.wakePoll(DRILL_SERVER); // for its end
          return report;
        }
        await delay(LOOK_EVERY_MS);
      }
    } finally {
      await queue.close();
      await db.$disconnect();
    }
  } finally {
    await database.stop();
  }
}

/** The steps in lines for people. */
export function describeDrill({ drill, poll, result, steps, totalMs, deliveries }: DrillReport): string {
  const width = Math.max(...steps.map(({ step }) => step.length));
  const stuck = steps.find(({ ms }) => ms === null)?.step ?? null;
  const ended =
    result === "arrived"
      ? `Drill ${drill} arrived in ${totalMs} ms, by poll ${poll}.`
      : `Drill ${drill} did not arrive within ${DRILL_MS_MAX / 1000} s: ${hint(stuck)}`;
  return [
    ...steps.map(({ step, ms }) => `  ${step.padEnd(width)}  ${ms === null ? "not done" : `${ms} ms`}`),
    ...deliveries.map(({ delivery, destination, outcome, detail }) =>
      [`  ${delivery} to ${destination}: ${outcome ?? "waits"}`, ...(detail === null ? [] : [detail])].join(", "),
    ),
    ended,
    "",
  ].join("\n");
}

function hint(step: DrillReport["steps"][number]["step"] | null): string {
  switch (step) {
    case "wait for the poll":
      return "nobody polled. Is polarwatch running, with the step poll?";
    case "poll":
    case "diff":
      return `it came as far as the ${step}. The log of that process says more.`;
    case "wait in the outbox":
      return "nobody took it from the outbox. Is there a process with the step notify?";
    case "deliver":
    case null:
      return "it could not be delivered.";
    default:
      throw new Error(`Unknown step: ${step satisfies never}`);
  }
}
