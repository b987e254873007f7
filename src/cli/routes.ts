import { Command } from "commander";
import * as z from "zod";
import { describeConfig } from "../config/describe.js";
import { describeRoutes } from "../domain/route.js";
import { systemClock } from "../lib/clock.js";
import { loadDatabaseConfig } from "./configuration.js";
import { timesAt } from "./listing.js";
import { parseOptions } from "./listing-options.js";
import { jsonObject } from "./printable-json.js";
import { parseRouteLabels, routeTestLines, testRoutes } from "./route-test.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

const options = z.object({ json: z.boolean().default(false) });
const EXAMPLES = [
  "",
  "Examples:",
  "  $ polarwatch routes",
  '  $ polarwatch routes test server=prod integration="Have I Been Pwned" cause=credential severity=critical',
];

/** `routes`: the routing tree, and which of its routes an alert with given labels takes. */
export function routesCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("routes")
    .description("draw the routing tree; with test and labels, tell who would be told of such an alert now")
    .argument("[test]", "the word test: find the routes of the labels that follow")
    .argument("[labels...]", "labels of the alert, such as severity=critical")
    .option("--json", "print it as a JSON object")
    .addHelpText("after", EXAMPLES.join("\n"))
    .action((word: string | undefined, given: readonly string[], raw: unknown) => {
      const { json } = parseOptions(options, raw);
      if (word !== undefined && word !== "test") {
        throw new CommandFailure(`"routes" knows only "test", not ${JSON.stringify(word)}.`, 2);
      }
      const labels = word === undefined ? null : parseRouteLabels(given);
      const config = loadDatabaseConfig(terminal);
      if (labels === null) {
        terminal.print(
          json ? jsonObject(describeConfig(config).route) : `${describeRoutes(config.route).join("\n")}\n`,
        );
      } else {
        const now = systemClock();
        const tested = testRoutes(config, labels, now);
        for (const warning of tested.warnings) terminal.say(`${warning}\n`);
        terminal.print(json ? jsonObject(tested) : `${routeTestLines(tested, timesAt(now).local).join("\n")}\n`);
      }
      finish(0);
    });
}
