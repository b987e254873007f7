import type { Command } from "commander";
import * as z from "zod";
import { CHANGE_KINDS } from "../domain/change.js";
import { formatDuration } from "../domain/duration.js";
import { formatCount } from "../notify/wording.js";
import { type ChangeRow, findChanges } from "../store/history/changes.js";
import { ageColumn, countColumn, headlineOf, integrationColumn, serverColumn, timeColumn } from "./listed-columns.js";
import { type Listing, listingCommand, type Times } from "./listing.js";
import {
  COMMON_OPTIONS,
  choiceOption,
  forwardSpan,
  idOption,
  isForward,
  momentOption,
  textOption,
} from "./listing-options.js";
import type { Column } from "./table.js";
import type { ExitCode, Terminal } from "./terminal.js";

const DAYS_DEFAULT = 7;
const DAY_MS = 86_400_000;

function optionsAt(now: Date) {
  const daysAgo = new Date(now.getTime() - DAYS_DEFAULT * DAY_MS);
  return z
    .object({
      ...COMMON_OPTIONS,
      integration: textOption,
      error: idOption,
      kind: choiceOption(CHANGE_KINDS),
      since: momentOption(now).transform((at) => at ?? daysAgo),
      until: momentOption(now),
    })
    .refine(isForward, forwardSpan());
}

const listing: Listing<ChangeRow, z.infer<ReturnType<typeof optionsAt>>> = {
  name: "changes",
  description: "list what became new, grew, returned or went, the newest first",
  filters: [
    ["--integration <name>", "only those of this integration: its name, acronym or id"],
    ["--error <id>", "only those of this error"],
    ["--kind <kind>", `only these: ${CHANGE_KINDS.join(", ")}`],
    ["--since <time>", `only those from then on: 24h, 30d, 2026-11-23 (default: ${DAYS_DEFAULT}d)`],
    ["--until <time>", "only those before then"],
  ],
  schemaOf: optionsAt,
  examples: ["changes --since 24h --kind new", "changes --error 12 --since 90d"],
  find: findChanges,
  columnsOf: (rows, times) => [
    ...changeColumns(times),
    serverColumn(rows),
    { ...integrationColumn<ChangeRow>(), spare: 0 },
    { heading: "ERROR", textOf: (row) => row.error.id, align: "right" },
    { heading: "HEADLINE", textOf: (row) => headlineOf(row.error.headline), flexibleMin: 10 },
  ],
  noneNote: `No changes in the last ${DAYS_DEFAULT} days. --since looks further back, as with --since 30d.`,
  narrowedBy: "--since",
};

/** `changes`: what the diffs found. */
export function changesCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return listingCommand(listing, terminal, finish);
}

/** What tells a change when it is known which error it is about. */
export function changeColumns(times: Times): readonly Column<ChangeRow>[] {
  return [
    timeColumn("TIME", (row) => row.at, times),
    { ...ageColumn<ChangeRow>("AGE", (row) => row.at, times), spare: 4 },
    { heading: "CHANGE", textOf: (row) => row.kind },
    { heading: "ADDED", textOf: addedOf, align: "right" },
    { ...countColumn<ChangeRow>("COUNT", (row) => row.occurrencesAfter), spare: 2 },
    { heading: "NOTE", textOf: noteOf, spare: 1 },
  ];
}

function addedOf({ kind, added }: ChangeRow): string {
  return kind === "gone" ? "-" : `+${formatCount(added)}`;
}

/** What makes its time or its number less certain than usual. */
function noteOf({ restarted, addedBecause, blindMs }: ChangeRow): string {
  return [
    ...(restarted ? ["restarted"] : addedBecause === "counter_reset" ? ["counter reset"] : []),
    ...(blindMs === null ? [] : [`blind for ${formatDuration(blindMs)}`]),
  ].join(", ");
}
