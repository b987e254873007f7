import type { Command } from "commander";
import * as z from "zod";
import { ALERT_STATES, SEVERITIES } from "../domain/alert.js";
import { type AlertRow, findAlerts } from "../store/history/alerts.js";
import { ageColumn, headlineOf, integrationColumn, NONE, serverColumn, timeColumn } from "./listed-columns.js";
import { type Listing, listingCommand, type Times } from "./listing.js";
import { COMMON_OPTIONS, choiceOption, idOption } from "./listing-options.js";
import type { Column } from "./table.js";
import type { ExitCode, Terminal } from "./terminal.js";

const STATES = ["open", ...ALERT_STATES] as const;

const options = z.object({
  ...COMMON_OPTIONS,
  state: choiceOption(STATES),
  error: idOption,
  severity: choiceOption(SEVERITIES),
});

const listing: Listing<AlertRow, z.infer<typeof options>> = {
  name: "alerts",
  description: "list the alerts, those first that were opened last",
  filters: [
    ["--state <state>", `only these: ${ALERT_STATES.join(", ")}, or open for all but resolved`],
    ["--error <id>", "only those about this error"],
    ["--severity <severity>", `only these: ${SEVERITIES.join(", ")}`],
  ],
  schemaOf: () => options,
  examples: ["alerts --state open", "alerts --error 12 --json"],
  find: (db, { state, ...filter }, page) => findAlerts(db, { ...filter, alertState: state }, page),
  columnsOf: (rows, times) => [
    ...alertColumns(times),
    serverColumn(rows),
    integrationColumn(),
    { heading: "ERROR", textOf: (row) => row.error?.id ?? NONE, align: "right" },
    { heading: "ABOUT", textOf: aboutOf, flexibleMin: 20 },
  ],
  noneNote: "No alerts: no rule has fired yet.",
  narrowedBy: "--state",
};

/** `alerts`: rules firing for errors or servers, and those that are over. */
export function alertsCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return listingCommand(listing, terminal, finish);
}

/** What tells an alert when it is known what it is about. */
export function alertColumns(times: Times): readonly Column<AlertRow>[] {
  return [
    { heading: "ID", textOf: (row) => row.id, align: "right" },
    { heading: "STATE", textOf: (row) => row.alertState },
    { heading: "SEVERITY", textOf: (row) => row.severity, spare: 3 },
    { heading: "RULE", textOf: (row) => row.rule, spare: 1 },
    { ...timeColumn<AlertRow>("OPENED AT", (row) => row.openedAt, times), spare: 2 },
    ageColumn("OPENED", (row) => row.openedAt, times),
  ];
}

/** The error's headline; for an alert about a server, why it opened. */
function aboutOf({ error, transitions }: AlertRow): string {
  return error === null ? (transitions[0]?.because ?? NONE) : headlineOf(error.headline);
}
