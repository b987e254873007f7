import { Command } from "commander";
import { addSilence, type PreviewedSilence, previewOverPast } from "../app/silence.js";
import { FROM_COMMAND_LINE } from "../domain/audit.js";
import { formatDuration } from "../domain/duration.js";
import { systemClock } from "../lib/clock.js";
import { timesAt, widthOfOutput } from "./listing.js";
import { refuseOptions } from "./option-problems.js";
import { jsonObject } from "./printable-json.js";
import { lookAt, printSilence, silenceOf, withCommon } from "./silence-command.js";
import { readSilenceOptions } from "./silence-options.js";
import { previewReport } from "./silence-report.js";
import type { ExitCode, Terminal } from "./terminal.js";

/** `silence add`: hides what fits from now on, or, with --preview, tells what it would have hidden. */
export function addCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  const command = new Command("add")
    .description("hide the alerts whose labels fit all matchers")
    .option("-m, --matcher <matcher>", "a label, = != =~ or !~, and a value; may be given more than once", collect)
    .option("--for <duration>", "how long it lasts: 2h, 7d")
    .option("--until <time>", "or when it ends")
    .option("--from <time>", "when it starts (default: now)")
    .option("--reason <text>", "why")
    .option("--author <name>", "who silences (default: the user of this system)")
    .option("--until-quiet <polls>", "end it when nothing has matched at so many good polls in a row")
    .option("--until-count-doubles", "end it when the count of an error that it hides has doubled")
    .option("--until-http-status-changes", "end it when an error that it hides has another HTTP status")
    .option("--until-text-changes", "end it when an error that it hides has another text")
    .option("--preview <duration>", "save nothing: list what it would have hidden in the time up to now");
  return withCommon(command, [
    'silence add -m \'integration="VirusTotal"\' --for 2h --reason "New key is on its way"',
    "silence add -m 'server=prod' -m 'cause=~\"network|timeout\"' --preview 7d",
  ]).action(async (given: Record<string, unknown>) => {
    const now = systemClock();
    const asked = readSilenceOptions(given, now);
    const look = lookAt(terminal, asked.demo);
    if (asked.kind === "preview") {
      const preview = await look((db) => previewOverPast(db, asked.matchers, asked));
      printPreview(terminal, preview, asked, now);
    } else {
      const silence = await look(async (db) => {
        const added = await addSilence({ db, clock: systemClock }, asked.silence, FROM_COMMAND_LINE);
        if (added.kind === "refused") return refuseOptions(added.problems.map(({ problem }) => problem));
        return silenceOf(db, String(added.id));
      });
      printSilence(terminal, silence, asked.json);
    }
    finish(0);
  });
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

function printPreview(
  terminal: Terminal,
  preview: PreviewedSilence,
  { fromAt, toAt, json }: { fromAt: Date; toAt: Date; json: boolean },
  now: Date,
): void {
  if (json) {
    const hidden = preview.hidden.map(({ transitionId, alertId, ...row }) => ({
      transitionId: String(transitionId),
      alertId: String(alertId),
      ...row,
    }));
    terminal.print(jsonObject({ fromAt, toAt, ...preview, hidden }));
  } else {
    const span = formatDuration(toAt.getTime() - fromAt.getTime());
    terminal.print(previewReport(preview, span, { times: timesAt(now), width: widthOfOutput(terminal) }));
  }
  terminal.say("Nothing was saved. To save it, say --for and --reason instead of --preview.\n");
}
