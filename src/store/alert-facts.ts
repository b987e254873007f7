import type { Cause } from "../domain/cause.js";
import type { AlertId, ErrorId } from "../domain/ids.js";
import { type TransitionFacts, transitionFacts } from "./facts.js";
import type { Db } from "./prisma.js";
import { numberOf } from "./rows.js";

/** What is told about an error, as a snapshot shows it. */
export type ErrorNews = {
  integration: { name: string; acronym: string };
  headline: string;
  body: string;
  cause: Cause;
  httpStatus: number | null;
  occurrences: number | null;
  lastOccurredAt: Date | null;
  firstSeenAt: Date;
};

/** What there is to tell about each of these errors, as it was at an instant. */
export async function findErrorNews(tx: Db, errorIds: readonly ErrorId[], at: Date): Promise<Map<ErrorId, ErrorNews>> {
  if (errorIds.length === 0) return new Map();
  const rows = await tx.$queryRaw<
    (Omit<ErrorNews, "integration" | "occurrences"> & {
      errorId: ErrorId;
      name: string;
      acronym: string;
      occurrences: bigint | null;
    })[]
  >`
    SELECT e.id AS "errorId", i.name, i.acronym, t.headline, t.body, t.cause, t.http_status AS "httpStatus",
           seen.occurrences, seen.last_occurred_at AS "lastOccurredAt", e.first_seen_at AS "firstSeenAt"
      FROM error AS e
      JOIN integration AS i ON i.id = e.integration_id
      CROSS JOIN LATERAL observation_in_force(e.id, e.first_seen_at, ${at}) AS seen
      JOIN error_text AS t ON t.id = seen.text_id
     WHERE e.id = ANY (${errorIds}::bigint[])`;
  return new Map(
    rows.map(({ errorId, name, acronym, occurrences, ...row }) => [
      errorId,
      { ...row, integration: { name, acronym }, occurrences: numberOf(occurrences) },
    ]),
  );
}

/** What was recorded with the latest move of each alert, so that the notice of its end can name the same things. */
export async function findLatestFacts(tx: Db, alertIds: readonly AlertId[]): Promise<Map<AlertId, TransitionFacts>> {
  if (alertIds.length === 0) return new Map();
  const rows = await tx.$queryRaw<{ alertId: AlertId; facts: unknown }[]>`
    SELECT DISTINCT ON (alert_id) alert_id AS "alertId", facts
      FROM transition WHERE alert_id = ANY (${alertIds}::bigint[]) ORDER BY alert_id, id DESC`;
  return new Map(rows.map((row) => [row.alertId, transitionFacts.parse(row.facts)]));
}
