import type { Command } from "commander";
import * as z from "zod";
import { findSnapshots, type SnapshotRow } from "../store/history/snapshots.js";
import { ageColumn, countColumn, serverColumn, timeColumn } from "./listed-columns.js";
import { type Listing, listingCommand } from "./listing.js";
import { COMMON_OPTIONS, forwardSpan, isForward, momentOption } from "./listing-options.js";
import type { ExitCode, Terminal } from "./terminal.js";

function optionsAt(now: Date) {
  return z
    .object({ ...COMMON_OPTIONS, since: momentOption(now), until: momentOption(now) })
    .refine(isForward, forwardSpan());
}

const listing: Listing<SnapshotRow, z.infer<ReturnType<typeof optionsAt>>> = {
  name: "snapshots",
  description: "list what the good polls saw, in numbers, the newest first",
  filters: [
    ["--since <time>", "only those from then on: 24h, 7d, 2026-11-23"],
    ["--until <time>", "only those before then"],
  ],
  schemaOf: optionsAt,
  examples: ["snapshots --since 1h", 'snapshots --since 2026-11-20 --until "2026-11-20 12:00"'],
  find: findSnapshots,
  columnsOf: (rows, times) => [
    { heading: "ID", textOf: (row) => row.id, align: "right" },
    serverColumn(rows),
    timeColumn("TAKEN", (row) => row.takenAt, times),
    { ...ageColumn<SnapshotRow>("AGE", (row) => row.takenAt, times), spare: 2 },
    countColumn("INTEGRATIONS", (row) => row.integrations),
    countColumn("ERRORS", (row) => row.errors),
    { ...countColumn<SnapshotRow>("BYTES", (row) => row.bytes), spare: 1 },
    { heading: "ANSWER", textOf: (row) => (row.unchanged ? "as before" : "differs"), flexibleMin: 9 },
  ],
  noneNote: "No snapshots: no poll has succeeded yet.",
  narrowedBy: "--since",
};

/** `snapshots`: what the good polls saw. */
export function snapshotsCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return listingCommand(listing, terminal, finish);
}
