import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import * as z from "zod";
import { digestPlansOf } from "../../workers/digest.js";
import type { DigestPlan } from "../app/digest.js";
import { previewDigest } from "../app/digest-look.js";
import { linksTo } from "../app/links.js";
import { digestNotification } from "../app/notification.js";
import { systemClock } from "../lib/clock.js";
import { digestPage } from "../notify/email/digest-page.js";
import { historyOf } from "./history.js";
import { momentOption, parseOptions, textOption } from "./listing-options.js";
import { openFile } from "./open-file.js";
import { jsonObject } from "./printable-json.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";
import { writeOutput } from "./write-output.js";

function optionsAt(now: Date) {
  return z.object({
    to: textOption,
    since: momentOption(now),
    output: textOption,
    open: z.boolean().default(false),
    json: z.boolean().default(false),
    demo: z.boolean().default(false),
  });
}

/** What to do for there to be one. */
export const NO_DIGESTS =
  "No digests are configured: EMAIL_TO gets one each day, and polarwatch.yaml can list more under digests.\n";

const EXAMPLES = [
  "",
  "Examples:",
  "  $ polarwatch digest preview daily --open",
  "  $ polarwatch digest preview daily --since 7d --output digest.html",
];

/** `digest preview NAME`: what would be sent now. Nothing is stored, and no recipient is told anything. */
export function previewCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("preview")
    .description("show what a digest would say now; nothing is sent, and nothing is stored")
    .argument("<name>", "the name of the digest, as digest list shows it")
    .option("--to <destination>", "as this destination would get it (default: its first one)")
    .option("--since <time>", "of what changed since then, whatever it was told: 24h, 7d, 2026-11-23")
    .option("--open", "show the mail in the program that opens HTML here")
    .option("--output <file>", "write the mail to this file, as HTML with its pictures in it")
    .option("--json", "print all that it would say as a JSON object")
    .option("--demo", "look at what the demo keeps")
    .addHelpText("after", EXAMPLES.join("\n"))
    .action(async (name: string, given: unknown) => {
      const now = systemClock();
      const { to, since, output, open, json, demo } = parseOptions(optionsAt(now), given);
      const history = historyOf(terminal, demo);
      const plan = requirePlan(digestPlansOf(history), name);
      const destination = to ?? plan.destinations[0] ?? null;
      if (to !== null && !plan.destinations.includes(to)) throw new CommandFailure(unknownDestination(plan, to), 2);
      if (since !== null && since >= now) throw new CommandFailure("--since must be in the past", 2);
      const content = await history.look((db) => previewDigest(db, plan, { destination, now, since }));
      if (content === null) throw new CommandFailure(await history.explainEmpty());
      const told = { deliveryId: "preview", groupKey: `digest/${plan.name}`, possiblyRepeated: false };
      const page = digestPage(digestNotification(told, content, linksTo(history.publicUrl)));
      if (json) terminal.print(jsonObject(content));
      if (open || output !== null) {
        const path =
          output === null
            ? join(tmpdir(), `polarwatch-digest-${fileNameOf(name)}.html`)
            : resolve(terminal.cwd, output);
        writeOutput(path, page.html);
        terminal.say(`Written to ${path}\n`);
        if (open && !(await openFile(path)))
          terminal.say("There is no program here to open it with: open that file in a browser.\n");
      } else if (!json) {
        terminal.print(page.text);
        terminal.say("--open shows the mail, --output FILE writes it.\n");
      }
      finish(0);
    });
}

function requirePlan(plans: readonly DigestPlan[], name: string): DigestPlan {
  const plan = plans.find((one) => one.name === name);
  if (plan !== undefined) return plan;
  const known = plans.length === 0 ? NO_DIGESTS.trimEnd() : `There are: ${plans.map((one) => one.name).join(", ")}.`;
  throw new CommandFailure(`There is no digest ${JSON.stringify(name)}. ${known}`, 2);
}

function unknownDestination({ name, destinations }: DigestPlan, to: string): string {
  const known = destinations.length === 0 ? "It goes to nobody." : `It goes to: ${destinations.join(", ")}.`;
  return `Digest ${name} does not go to ${JSON.stringify(to)}. ${known}`;
}

function fileNameOf(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]+/g, "-");
}
