import type { Command } from "commander";
import * as z from "zod";
import { CAUSES } from "../domain/cause.js";
import { ERROR_SORT_KEYS, type ErrorSortKey } from "../store/history/error-order.js";
import type { ErrorRow } from "../store/history/error-row.js";
import { ERROR_STATES, findErrors } from "../store/history/errors.js";
import {
  ageColumn,
  countColumn,
  headlineOf,
  integrationColumn,
  NONE,
  serverColumn,
  timeColumn,
} from "./listed-columns.js";
import { type Listing, listingCommand, type Times } from "./listing.js";
import { COMMON_OPTIONS, choiceOption, numberOption, textOption } from "./listing-options.js";
import type { Column } from "./table.js";
import type { ExitCode, Terminal } from "./terminal.js";

const options = z.object({
  ...COMMON_OPTIONS,
  integration: textOption,
  cause: choiceOption(CAUSES),
  httpStatus: numberOption(100, 999).nullable().default(null),
  state: choiceOption(ERROR_STATES),
  text: textOption,
  sort: choiceOption(ERROR_SORT_KEYS),
  reverse: z.boolean().default(false),
});
type Options = z.infer<typeof options>;

const listing: Listing<ErrorRow, Options> = {
  name: "errors",
  description: "list the errors on record, those first that grew last",
  filters: [
    ["--integration <name>", "only those of this integration: its name, acronym or id"],
    ["--cause <cause>", `only those of this cause: ${CAUSES.join(", ")}`],
    ["--http-status <number>", "only those with this HTTP status"],
    ["--state <state>", "only those that are present, or gone, in the newest snapshot"],
    ["--text <text>", "only those whose headline holds this text"],
    ["--sort <key>", `the newest or highest first, by: ${ERROR_SORT_KEYS.join(", ")}`],
    ["--reverse", "the oldest or lowest first"],
  ],
  schemaOf: () => options,
  examples: ["errors --state present --cause credential", "errors --integration VirusTotal --sort occurrences"],
  find: (db, { sort, reverse, ...filter }, page) =>
    findErrors(db, { ...filter, sort: { by: sort ?? "last-grown-at", descending: !reverse } }, page),
  columnsOf: (rows, times, { sort }) => errorColumns(rows, times, sort ?? "last-grown-at"),
  noneNote: "No errors: no server has shown one yet.",
  narrowedBy: "--cause",
};

/** `errors`: the long-lived record of each problem. */
export function errorsCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return listingCommand(listing, terminal, finish);
}

const SORTED_TIMES = {
  "last-grown-at": { heading: "GREW", atOf: (row) => row.lastGrownAt },
  "last-occurred-at": { heading: "OCCURRED", atOf: (row) => row.lastOccurredAt },
  "first-seen-at": { heading: "FIRST SEEN", atOf: (row) => row.firstSeenAt },
  occurrences: { heading: "GREW", atOf: (row) => row.lastGrownAt },
} as const satisfies Record<ErrorSortKey, { heading: string; atOf: (row: ErrorRow) => Date | null }>;

/** The time that is shown is the one that they are sorted by. */
function errorColumns(rows: readonly ErrorRow[], times: Times, sort: ErrorSortKey): readonly Column<ErrorRow>[] {
  const { heading, atOf } = SORTED_TIMES[sort];
  return [
    { heading: "ID", textOf: (row) => row.id, align: "right" },
    serverColumn(rows),
    integrationColumn(),
    { heading: "CAUSE", textOf: (row) => row.cause, spare: 1 },
    { heading: "HTTP", textOf: (row) => String(row.httpStatus ?? NONE), align: "right", spare: 5 },
    { heading: "STATE", textOf: (row) => (row.present ? "present" : "gone"), spare: 3 },
    countColumn("COUNT", (row) => row.occurrences),
    { ...countColumn<ErrorRow>("ADDED", (row) => row.addedTotal), spare: 4 },
    { ...timeColumn(`${heading} AT`, atOf, times), spare: 6 },
    ageColumn(heading, atOf, times),
    { heading: "ERROR", textOf: (row) => headlineOf(row.headline), flexibleMin: 24 },
  ];
}
