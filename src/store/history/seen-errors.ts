import type { Cause } from "../../domain/cause.js";
import type { ErrorId } from "../../domain/ids.js";
import type { Db } from "../prisma.js";
import { createCursor, instantKey } from "./cursor.js";
import { latestObservationsOf } from "./observations.js";
import { type Page, type PageRequest, pageOf, placeAfter } from "./page.js";

/** In what one observation can differ from the one before. */
export type ObservedField = "present" | "occurrences" | "lastOccurredAt" | "text";

/** How an error was seen when that differed from before. Its id is that of the snapshot. */
export type ObservationRow = {
  id: string;
  observedAt: Date;
  textId: string;
  present: boolean;
  occurrences: number | null;
  lastOccurredAt: Date | null;
  headline: string;
  cause: Cause;
  httpStatus: number | null;
  /** In what it differs from the observation before; null for the first one of the span, where that is not looked at. */
  differsIn: ObservedField[] | null;
};

export const observationCursor = createCursor("observations", instantKey);

/** When the server showed an error otherwise than before, and how, in a span of time; the newest first. */
export async function findObservations(
  db: Db,
  errorId: ErrorId,
  { since, until }: { since: Date; until: Date },
  page: PageRequest,
): Promise<Page<ObservationRow>> {
  const after = placeAfter(observationCursor, page);
  const end = after === null || after.key > until ? until : after.key;
  const span = { since, until: end, limit: page.size + 1 };
  const seen = (await latestObservationsOf(db, errorId, span)).map(({ textId, ...one }) => ({
    ...one,
    textId: String(textId),
  }));
  const texts = await findTextsOf(db, errorId, [...new Set(seen.map(({ textId }) => textId))]);
  const found = seen.map(({ snapshotId, errorId: _, ...row }, index) => {
    const text = texts.get(row.textId);
    if (text === undefined) throw new Error(`An observation has a text that is not on record: ${row.textId}`);
    return { id: String(snapshotId), ...row, ...text, differsIn: differencesOf(row, seen[index + 1]) };
  });
  return pageOf(found, page, observationCursor, (row) => row.observedAt);
}

type Compared = Pick<ObservationRow, "present" | "occurrences" | "lastOccurredAt" | "textId">;

function differencesOf(row: Compared, before: Compared | undefined): ObservedField[] | null {
  if (before === undefined) return null;
  return [
    ...(row.present === before.present ? [] : (["present"] as const)),
    ...(row.occurrences === before.occurrences ? [] : (["occurrences"] as const)),
    ...(row.lastOccurredAt?.getTime() === before.lastOccurredAt?.getTime() ? [] : (["lastOccurredAt"] as const)),
    ...(row.textId === before.textId ? [] : (["text"] as const)),
  ];
}

type Text = Pick<ObservationRow, "headline" | "cause" | "httpStatus">;

async function findTextsOf(db: Db, errorId: bigint, textIds: readonly string[]): Promise<Map<string, Text>> {
  const rows = await db.$queryRaw<(Text & { id: string })[]>`
    SELECT id::text AS id, headline, cause, http_status AS "httpStatus"
      FROM error_text WHERE error_id = ${errorId} AND id = ANY (${textIds.map(BigInt)}::bigint[])`;
  return new Map(rows.map(({ id, ...text }) => [id, text]));
}
