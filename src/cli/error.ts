import { Command } from "commander";
import * as z from "zod";
import { BUCKETS_MAX, bucketEdges, finestBucket } from "../domain/buckets.js";
import { systemClock } from "../lib/clock.js";
import { findError } from "../store/history/error-detail.js";
import { rowIdOf } from "../store/history/row-id.js";
import { findTimeline, findTimelineSubject, type TimelineBucket } from "../store/history/timeline.js";
import type { Db } from "../store/prisma.js";
import { errorReport } from "./error-report.js";
import { findServerNames, historyOf } from "./history.js";
import { timesAt, widthOfOutput } from "./listing.js";
import { momentOption, parseOptions } from "./listing-options.js";
import { jsonObject } from "./printable-json.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

const DAY_MS = 86_400_000;

function optionsAt(now: Date) {
  return z.object({
    since: momentOption(now).transform((at) => at ?? new Date(now.getTime() - 7 * DAY_MS)),
    ascii: z.boolean().default(false),
    json: z.boolean().default(false),
    demo: z.boolean().default(false),
  });
}

const EXAMPLES = [
  "",
  "Examples:",
  "  $ polarwatch error 12",
  "  $ polarwatch error 12 --since 30d",
  "  $ polarwatch error 12 --json",
];

/** `error ID`: what is known about one error, and what became of it. */
export function errorCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("error")
    .description("tell what an error said, how it changed, and what the rules made of it")
    .argument("<id>", "the id that the listings show")
    .option("--since <time>", "from when on the chart shows what was added: 24h, 30d (default: 7d)")
    .option("--ascii", "draw the chart in plain characters")
    .option("--json", "print all that is known as a JSON object")
    .option("--demo", "look at what the demo keeps")
    .addHelpText("after", EXAMPLES.join("\n"))
    .action(async (id: string, given: unknown) => {
      const now = systemClock();
      const { since, ascii, json, demo } = parseOptions(optionsAt(now), given);
      if (rowIdOf(id) === null) throw new CommandFailure(`${JSON.stringify(id)} is not an id: they are like 12.`, 2);
      const history = historyOf(terminal, demo);
      const found = await history.look(async (db) => {
        const error = await findError(db, id);
        const timeline = error === null ? [] : await findChart(db, id, since, now);
        return { error, timeline, isEmpty: error === null && (await findServerNames(db)).length === 0 };
      });
      if (found === null || found.isEmpty) throw new CommandFailure(await history.explainEmpty());
      const { error, timeline } = found;
      if (error === null)
        throw new CommandFailure(`There is no error ${id}. "polarwatch errors" lists those there are.`);
      const isAscii = ascii || !terminal.isOutputTerminal || (terminal.env.NO_COLOR ?? "") !== "";
      const chart = { bars: timeline, isAscii };
      terminal.print(
        json
          ? jsonObject({ ...error, timeline })
          : errorReport(error, chart, timesAt(systemClock()), widthOfOutput(terminal)),
      );
      finish(0);
    });
}

/** What was added from a moment on until now, in stretches of which a few hundred make up that time. */
async function findChart(db: Db, id: string, since: Date, now: Date): Promise<TimelineBucket[]> {
  const subject = await findTimelineSubject(db, id);
  const span = { since, until: new Date(now.getTime() + 1) };
  const bucket = finestBucket(span) ?? finestBucket(span, BUCKETS_MAX);
  if (bucket === null) throw new CommandFailure(`--since must be less than ${BUCKETS_MAX} days ago`, 2);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return subject === null ? [] : findTimeline(db, subject, bucketEdges(span, bucket, timeZone));
}
