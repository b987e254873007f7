import { Command, Option } from "commander";
import type * as z from "zod";
import { systemClock } from "../lib/clock.js";
import { cellOf, csvLine } from "../lib/csv.js";
import { findIntegrationIds } from "../store/history/integrations.js";
import type { Page, PageRequest } from "../store/history/page.js";
import type { Db } from "../store/prisma.js";
import { findServerNames, historyOf } from "./history.js";
import { parseOptions, ROWS_DEFAULT, ROWS_MAX } from "./listing-options.js";
import { createLocalFormat, formatAge } from "./moment.js";
import { jsonArray } from "./printable-json.js";
import { type Column, tableLines } from "./table.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

type CommonOptions = {
  server: string | null;
  integration?: string | null;
  limit: number;
  json: boolean;
  csv: boolean;
  demo: boolean;
};

/** How instants are shown: in the time zone of this process, and how long ago. */
export type Times = { local: (at: Date) => string; age: (at: Date) => string };

/** A command that lists rows of the history, the newest first unless it says otherwise. */
export type Listing<Row extends object, Options extends CommonOptions> = {
  name: string;
  description: string;
  /** Its rows are not each of one server: there is no --server. */
  isOfNoServer?: true;
  /** What its rows are called; its name unless said. */
  rowsName?: string;
  /** The options besides --server, --limit, --json, --csv and --demo: flags and what they mean. */
  filters: readonly (readonly [flags: string, description: string])[];
  /** Of all options, by their names in camel case. */
  schemaOf: (now: Date) => z.ZodType<Options>;
  examples: readonly string[];
  find: (db: Db, options: Options, page: PageRequest) => Promise<Page<Row>>;
  columnsOf: (rows: readonly Row[], times: Times, options: Options) => readonly Column<Row>[];
  /** What it means that there is no row although no filter was given, in a sentence. */
  noneNote: string;
  /** The filter that best makes a long list shorter. */
  narrowedBy: string;
};

const PAGE_SIZE = 500;
const NOT_A_FILTER = new Set(["limit", "json", "csv", "demo", "sort", "reverse"]);

/** Makes the command of a listing. */
export function listingCommand<Row extends object, Options extends CommonOptions>(
  listing: Listing<Row, Options>,
  terminal: Terminal,
  finish: (code: ExitCode) => void,
): Command {
  const command = new Command(listing.name).description(listing.description);
  if (listing.isOfNoServer !== true) command.option("--server <name>", "only those of this server");
  for (const [flags, description] of listing.filters) command.option(flags, description);
  return command
    .option("--limit <number>", `how many, from 1 to ${ROWS_MAX} (default: ${ROWS_DEFAULT})`)
    .option("--json", "print all that is known as a JSON array")
    .addOption(new Option("--csv", "print all that is known as CSV, with a heading").conflicts("json"))
    .option("--demo", "look at what the demo keeps")
    .addHelpText("after", ["", "Examples:", ...listing.examples.map((line) => `  $ polarwatch ${line}`)].join("\n"))
    .action(async (given: Record<string, unknown>) => {
      const now = systemClock();
      const options = parseOptions(listing.schemaOf(now), given);
      const history = historyOf(terminal, options.demo);
      const found = await history.look((db) => findRows(db, listing, options));
      if (found === null || (found.rows.length === 0 && found.servers.length === 0)) {
        terminal.say(`${await history.explainEmpty()}\n`);
      } else if (found.rows.length === 0) {
        requireServer(options.server, found.servers);
        requireIntegration(options.integration ?? null, found.isIntegrationKnown);
        const isFiltered = Object.keys(given).some((key) => !NOT_A_FILTER.has(key));
        terminal.say(
          isFiltered ? `No ${listing.rowsName ?? listing.name} fit these options.\n` : `${listing.noneNote}\n`,
        );
      }
      print(terminal, listing, options, found?.rows ?? [], systemClock()); // what was read came after `now`
      if (found?.isCut === true) terminal.say(cutNote(options.limit, listing.narrowedBy));
      finish(0);
    });
}

/** Whether names that were asked for exist is looked up where there is no row: there it makes the difference. */
type FoundRows<Row> = { rows: Row[]; isCut: boolean; servers: string[]; isIntegrationKnown: boolean };

async function findRows<Row extends object, Options extends CommonOptions>(
  db: Db,
  listing: Listing<Row, Options>,
  options: Options,
): Promise<FoundRows<Row>> {
  const rows: Row[] = [];
  let after: string | null = null;
  do {
    const size = Math.min(PAGE_SIZE, options.limit - rows.length);
    const page: Page<Row> = await listing.find(db, options, { size, after });
    rows.push(...page.rows);
    after = page.next;
  } while (after !== null && rows.length < options.limit);
  if (rows.length > 0) return { rows, isCut: after !== null, servers: [], isIntegrationKnown: true };
  const { server, integration = null } = options;
  const isIntegrationKnown = integration === null || (await findIntegrationIds(db, server, integration)).length > 0;
  return { rows, isCut: false, servers: await findServerNames(db), isIntegrationKnown };
}

function requireServer(name: string | null, servers: readonly string[]): void {
  if (name === null || servers.includes(name)) return;
  throw new CommandFailure(`There is no server "${name}" on record. On record: ${servers.join(", ")}.`, 2);
}

function requireIntegration(name: string | null, isKnown: boolean): void {
  if (name === null || isKnown) return;
  throw new CommandFailure(`There is no integration ${JSON.stringify(name)} on record.`, 2);
}

function print<Row extends object, Options extends CommonOptions>(
  terminal: Terminal,
  { columnsOf }: Listing<Row, Options>,
  options: Options,
  rows: readonly Row[],
  now: Date,
): void {
  if (options.json) {
    terminal.print(jsonArray(rows));
  } else if (options.csv) {
    terminal.print(csvText(rows));
  } else if (rows.length > 0) {
    const lines = tableLines(columnsOf(rows, timesAt(now), options), rows, widthOfOutput(terminal));
    terminal.print(`${lines.join("\n")}\n`);
  }
}

/** All rows of a list have the same fields; where there is no row, there is nothing to head either. */
function csvText(rows: readonly object[]): string {
  const [first] = rows;
  if (first === undefined) return "";
  return [Object.keys(first), ...rows.map((row) => Object.values(row).map(cellOf))].map(csvLine).join("");
}

function cutNote(limit: number, narrowedBy: string): string {
  const ways = limit < ROWS_MAX ? `--limit, or a filter such as ${narrowedBy}` : `a filter such as ${narrowedBy}`;
  return `Shown: ${limit} of more. Use ${ways}.\n`;
}

/** The times of this process's time zone, as seen from `now`. */
export function timesAt(now: Date): Times {
  const local = createLocalFormat(Intl.DateTimeFormat().resolvedOptions().timeZone);
  return { local, age: (at) => formatAge(at, now) };
}

/** How wide a line may be; null where nobody looks, so that programs get whole texts. */
export function widthOfOutput(terminal: Terminal): number | null {
  return terminal.isOutputTerminal ? terminal.columns : null;
}
