import type { Command } from "commander";
import * as z from "zod";
import { OPEN_ALERT_STATES, SEVERITIES } from "../domain/alert.js";
import { CAUSES } from "../domain/cause.js";
import { ERROR_SORT_KEYS, type ErrorSortKey } from "../store/history/error-order.js";
import type { ListedErrorRow } from "../store/history/error-row.js";
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
import {
  COMMON_OPTIONS,
  choiceOption,
  forwardSpan,
  isForward,
  momentOption,
  numberOption,
  textOption,
  wordsOption,
} from "./listing-options.js";
import type { Column } from "./table.js";
import type { ExitCode, Terminal } from "./terminal.js";

const DAYS_DEFAULT = 7;
const DAY_MS = 86_400_000;

function optionsAt(now: Date) {
  return z
    .object({
      ...COMMON_OPTIONS,
      integration: textOption,
      acronym: textOption,
      cause: choiceOption(CAUSES),
      httpStatus: numberOption(100, 999).nullable().default(null),
      state: choiceOption(ERROR_STATES),
      severity: choiceOption(SEVERITIES),
      alertState: choiceOption(OPEN_ALERT_STATES),
      text: wordsOption,
      firstSeenSince: momentOption(now),
      firstSeenUntil: momentOption(now),
      lastSeenSince: momentOption(now),
      lastSeenUntil: momentOption(now),
      since: momentOption(now).refine((at) => !(at instanceof Date) || at <= now, "must not lie in the future"),
      addedMin: numberOption(1, 999_999_999).nullable().default(null),
      sort: choiceOption(ERROR_SORT_KEYS),
      reverse: z.boolean().default(false),
    })
    .refine(
      (asked) => isForward({ since: asked.firstSeenSince, until: asked.firstSeenUntil }),
      forwardSpan("firstSeenSince", "--first-seen-until"),
    )
    .refine(
      (asked) => isForward({ since: asked.lastSeenSince, until: asked.lastSeenUntil }),
      forwardSpan("lastSeenSince", "--last-seen-until"),
    )
    .transform(({ since, firstSeenSince, firstSeenUntil, lastSeenSince, lastSeenUntil, ...asked }) => {
      const asksForAdded = asked.sort === "added" || asked.addedMin !== null;
      return {
        ...asked,
        firstSeen: { since: firstSeenSince, until: firstSeenUntil },
        lastSeen: { since: lastSeenSince, until: lastSeenUntil },
        addedSince: since ?? (asksForAdded ? new Date(now.getTime() - DAYS_DEFAULT * DAY_MS) : null),
      };
    });
}
type Options = z.infer<ReturnType<typeof optionsAt>>;

const listing: Listing<ListedErrorRow, Options> = {
  name: "errors",
  description: "list the errors on record, those first that grew last",
  filters: [
    ["--integration <name>", "only those of this integration: its name, acronym or id"],
    ["--cause <cause>", `only those of this cause: ${CAUSES.join(", ")}`],
    ["--http-status <number>", "only those with this HTTP status"],
    ["--state <state>", "only those that are present, or gone, in the newest snapshot"],
    ["--acronym <acronym>", "only those of integrations with this acronym"],
    ["--severity <severity>", `only those with an open alert of it: ${SEVERITIES.join(", ")}`],
    ["--alert-state <state>", `only those with an open alert in it: ${OPEN_ALERT_STATES.join(", ")}`],
    ["--text <text>", "only those whose headline or texts hold these words, or words that begin so"],
    ["--first-seen-since <time>", "only those first seen from then on: 24h, 30d, 2026-11-23"],
    ["--first-seen-until <time>", "only those first seen before then"],
    ["--last-seen-since <time>", "only those that last occurred from then on"],
    ["--last-seen-until <time>", "only those that last occurred before then"],
    ["--since <time>", `from when on it counts what was added (default: ${DAYS_DEFAULT}d, where that matters)`],
    ["--added-min <number>", "only those to which at least so much was added since then"],
    ["--sort <key>", `the newest or highest first, by: ${ERROR_SORT_KEYS.join(", ")}`],
    ["--reverse", "the oldest or lowest first"],
  ],
  schemaOf: optionsAt,
  examples: [
    "errors --state present --cause credential",
    "errors --integration VirusTotal --sort occurrences",
    "errors --sort added --since 24h",
  ],
  find: (db, { sort, reverse, ...filter }, page) =>
    findErrors(db, { ...filter, sort: { by: sort ?? "last-grown-at", descending: !reverse } }, page),
  columnsOf: (rows, times, { sort, addedSince }) =>
    errorColumns(rows, times, sort ?? "last-grown-at", addedSince !== null),
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
  added: { heading: "GREW", atOf: (row) => row.lastGrownAt },
} as const satisfies Record<ErrorSortKey, { heading: string; atOf: (row: ListedErrorRow) => Date | null }>;

/** The time that is shown is the one that they are sorted by. */
function errorColumns(
  rows: readonly ListedErrorRow[],
  times: Times,
  sort: ErrorSortKey,
  isOfWindow: boolean,
): readonly Column<ListedErrorRow>[] {
  const { heading, atOf } = SORTED_TIMES[sort];
  return [
    { heading: "ID", textOf: (row) => row.id, align: "right" },
    serverColumn(rows),
    { ...integrationColumn<ListedErrorRow>(), spare: 1 },
    { heading: "CAUSE", textOf: (row) => row.cause, spare: 3 },
    { heading: "HTTP", textOf: (row) => String(row.httpStatus ?? NONE), align: "right", spare: 7 },
    { heading: "STATE", textOf: (row) => (row.present ? "present" : "gone"), spare: 5 },
    { ...countColumn<ListedErrorRow>("COUNT", (row) => row.occurrences), ...(isOfWindow && { spare: 2 }) },
    isOfWindow
      ? countColumn("ADDED", (row) => row.addedInWindow)
      : { ...countColumn<ListedErrorRow>("ADDED", (row) => row.addedTotal), spare: 6 },
    { ...timeColumn(`${heading} AT`, atOf, times), spare: 8 },
    ageColumn(heading, atOf, times),
    { heading: "ERROR", textOf: (row) => headlineOf(row.headline), flexibleMin: 24 },
  ];
}
