import type { Command } from "commander";
import * as z from "zod";
import { DELIVERY_OUTCOMES } from "../domain/delivery.js";
import { type DeliveryRow, findDeliveries } from "../store/history/deliveries.js";
import { showDeliveryCommand } from "./delivery-show.js";
import { ageColumn, countColumn, serverColumn, timeColumn } from "./listed-columns.js";
import { type Listing, listingCommand } from "./listing.js";
import { COMMON_OPTIONS, choiceOption, momentOption, textOption } from "./listing-options.js";
import type { ExitCode, Terminal } from "./terminal.js";

const OWED = "owed";
const OUTCOMES = [OWED, ...DELIVERY_OUTCOMES] as const;

function optionsAt(now: Date) {
  return z.object({
    ...COMMON_OPTIONS,
    destination: textOption,
    outcome: choiceOption(OUTCOMES),
    since: momentOption(now),
  });
}

const listing: Listing<DeliveryRow, z.infer<ReturnType<typeof optionsAt>>> = {
  name: "deliveries",
  description: "list what destinations were told or are owed, the newest first",
  filters: [
    ["--destination <id>", "only those to this destination"],
    ["--outcome <outcome>", `only these: ${DELIVERY_OUTCOMES.join(", ")}, or ${OWED} for those without one yet`],
    ["--since <time>", "only those from then on: 24h, 7d, 2026-11-23"],
  ],
  schemaOf: optionsAt,
  examples: ["deliveries --outcome dead --since 7d", "deliveries --outcome owed"],
  find: (db, { outcome, ...filter }, page) => findDeliveries(db, { ...filter, deliveryOutcome: outcome }, page),
  columnsOf: (rows, times) => [
    { heading: "ID", textOf: (row) => row.id, align: "right" },
    serverColumn(rows),
    timeColumn("OWED SINCE", (row) => row.createdAt, times),
    { ...ageColumn<DeliveryRow>("AGE", (row) => row.createdAt, times), spare: 3 },
    { heading: "ABOUT", textOf: aboutOf, spare: 2 },
    { heading: "DESTINATION", textOf: (row) => row.destination, widthMax: 24 },
    { heading: "OUTCOME", textOf: (row) => row.deliveryOutcome ?? OWED },
    { ...countColumn<DeliveryRow>("TRIES", (row) => row.attempts.length), spare: 1 },
    { heading: "BECAUSE", textOf: becauseOf, flexibleMin: 12 },
  ],
  noneNote: "No deliveries: nobody had to be told anything yet.",
  narrowedBy: "--since",
};

/** `deliveries`: what destinations were told, and what they are owed. */
export function deliveriesCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return listingCommand(listing, terminal, finish).addCommand(showDeliveryCommand(terminal, finish));
}

function aboutOf({ kind, alertIds }: DeliveryRow): string {
  if (kind !== "alerts") return kind.replace("_", " ");
  return alertIds.length === 1 ? "1 alert" : `${alertIds.length} alerts`;
}

/** Why it came to this outcome; while it is owed, what came of the last try. */
function becauseOf({ outcomeBecause, attempts }: DeliveryRow): string {
  const last = attempts.at(-1);
  return outcomeBecause ?? last?.detail ?? last?.reason ?? "";
}
