import type { Command } from "commander";
import * as z from "zod";
import { AUDIT_ACTIONS, VIAS } from "../domain/audit.js";
import { type AuditRow, findAuditEntries } from "../store/history/audit.js";
import { ageColumn, timeColumn } from "./listed-columns.js";
import { type Listing, listingCommand } from "./listing.js";
import { COMMON_OPTIONS, choiceOption, momentOption, textOption } from "./listing-options.js";
import type { ExitCode, Terminal } from "./terminal.js";

function optionsAt(now: Date) {
  return z.object({
    ...COMMON_OPTIONS,
    actor: textOption,
    via: choiceOption(VIAS),
    action: choiceOption(AUDIT_ACTIONS),
    subject: textOption,
    since: momentOption(now),
  });
}

const listing: Listing<AuditRow, z.infer<ReturnType<typeof optionsAt>>> = {
  name: "audit",
  description: "list who did what, and from where, the newest first",
  isOfNoServer: true,
  rowsName: "entries",
  filters: [
    ["--actor <name>", "only what this person did, by the whole name"],
    ["--via <place>", `only from there: ${VIAS.join(", ")}`],
    ["--action <action>", `only these: ${AUDIT_ACTIONS.join(", ")}`],
    ["--subject <subject>", "only what was done to it: alert-17, silence-3"],
    ["--since <time>", "only from then on: 24h, 7d, 2026-11-23"],
  ],
  schemaOf: optionsAt,
  examples: ["audit --since 7d", "audit --subject alert-17 --json"],
  find: (db, filter, page) => findAuditEntries(db, filter, page),
  columnsOf: (_rows, times) => [
    { heading: "ID", textOf: (row) => row.id, align: "right", spare: 4 },
    timeColumn("TIME", (row) => row.at, times),
    { ...ageColumn<AuditRow>("AGE", (row) => row.at, times), spare: 3 },
    { heading: "WHO", textOf: (row) => row.actor, widthMax: 30 },
    { heading: "VIA", textOf: (row) => row.via, spare: 2 },
    { heading: "ACTION", textOf: (row) => row.action },
    { heading: "SUBJECT", textOf: (row) => row.subject },
    { heading: "DETAIL", textOf: detailOf, flexibleMin: 12, spare: 1 },
  ],
  noneNote: "Nobody has done anything yet that is kept.",
  narrowedBy: "--since",
};

/** `audit`: who acknowledged, silenced and so on, and from where. */
export function auditCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return listingCommand(listing, terminal, finish);
}

/** `note: On it, untilAt: 2026-03-01T12:00:00.000Z`; what is empty is left out. */
function detailOf({ detail }: AuditRow): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(", ") : String(value)}`)
    .join(", ");
}
