import type { Cause } from "../domain/cause.js";
import type { Change, ErrorStep } from "../domain/diff.js";
import type { ErrorId, IntegrationId, PollId, SnapshotId } from "../domain/ids.js";
import type { Decision } from "../domain/judgement.js";
import type { ServerId } from "../domain/snapshot.js";
import type { Db } from "./prisma.js";
import { numberOf, rowsJson } from "./rows.js";

/** What the diff has to know about an error that a snapshot shows otherwise than the one before. */
type ErrorFacts = {
  headline: string;
  body: string;
  cause: Cause;
  httpStatus: number | null;
  firstSeenAt: Date;
  integration: { id: IntegrationId; polarityId: string; name: string; acronym: string };
};

export type StepRow = { step: ErrorStep; facts: ErrorFacts };

/** Each error that the snapshot shows otherwise than the one before, as it was then and before. */
export async function findSteps(tx: Db, snapshot: { id: SnapshotId; takenAt: Date }): Promise<StepRow[]> {
  const rows = await tx.$queryRaw<
    {
      errorId: ErrorId;
      integrationId: IntegrationId;
      present: boolean;
      occurrences: bigint | null;
      lastOccurredAt: Date | null;
      beforeAt: Date | null;
      beforePresent: boolean | null;
      beforeOccurrences: bigint | null;
      beforeLastOccurredAt: Date | null;
      renamed: boolean;
      addedTotal: bigint;
      firstSeenAt: Date;
      lastGrownAt: Date | null;
      headline: string;
      body: string;
      cause: Cause;
      httpStatus: number | null;
      polarityId: string;
      name: string;
      acronym: string;
    }[]
  >`
    SELECT o.error_id AS "errorId", e.integration_id AS "integrationId", o.present, o.occurrences,
           o.last_occurred_at AS "lastOccurredAt", before.observed_at AS "beforeAt", before.present AS "beforePresent",
           before.occurrences AS "beforeOccurrences", before.last_occurred_at AS "beforeLastOccurredAt",
           EXISTS (SELECT FROM error_identity AS n
                    WHERE n.error_id = o.error_id AND n.snapshot_id = o.snapshot_id) AS renamed,
           e.added_total AS "addedTotal", e.first_seen_at AS "firstSeenAt", e.last_grown_at AS "lastGrownAt",
           t.headline, t.body, t.cause, t.http_status AS "httpStatus",
           i.polarity_id AS "polarityId", i.name, i.acronym
      FROM observation AS o
      JOIN error AS e ON e.id = o.error_id
      JOIN integration AS i ON i.id = e.integration_id
      JOIN error_text AS t ON t.id = o.text_id
      LEFT JOIN LATERAL observation_in_force(
        o.error_id, e.first_seen_at, o.observed_at - interval '1 millisecond') AS before ON true
     WHERE o.snapshot_id = ${snapshot.id} AND o.observed_at = ${snapshot.takenAt}
     ORDER BY o.error_id`;
  return rows.map((row) => ({
    step: {
      errorId: row.errorId,
      integrationId: row.integrationId,
      before:
        row.beforeAt === null
          ? null
          : {
              observedAt: row.beforeAt,
              present: row.beforePresent === true,
              occurrences: numberOf(row.beforeOccurrences),
              lastOccurredAt: row.beforeLastOccurredAt,
            },
      after: { present: row.present, occurrences: numberOf(row.occurrences), lastOccurredAt: row.lastOccurredAt },
      renamed: row.renamed,
      addedTotal: numberOf(row.addedTotal),
      firstSeenAt: row.firstSeenAt,
      lastGrownAt: row.lastGrownAt,
    },
    facts: {
      headline: row.headline,
      body: row.body,
      cause: row.cause,
      httpStatus: row.httpStatus,
      firstSeenAt: row.firstSeenAt,
      integration: { id: row.integrationId, polarityId: row.polarityId, name: row.name, acronym: row.acronym },
    },
  }));
}

/** How many known totals each of these integrations has besides those of the errors that changed. */
export async function findStanding(
  tx: Db,
  integrationIds: readonly IntegrationId[],
  changed: readonly ErrorStep[],
): Promise<Map<IntegrationId, number>> {
  if (integrationIds.length === 0) return new Map();
  const rows = await tx.$queryRaw<{ integrationId: IntegrationId; totals: number }[]>`
    SELECT integration_id AS "integrationId", count(*)::integer AS totals
      FROM error
     WHERE integration_id = ANY (${integrationIds}::bigint[]) AND present AND occurrences IS NOT NULL
       AND id NOT IN (SELECT unnest(${changed.map((step) => step.errorId)}::bigint[]))
     GROUP BY integration_id`;
  return new Map(rows.map((row) => [row.integrationId, row.totals]));
}

export type ChangeRecord = { serverId: ServerId; snapshotId: SnapshotId; at: Date };

/**
 * Stores what changed, and brings each error's running sum and time of growth, and the sums of the hour, up to date with
 * it: one statement, so that the sums are those of the changes, always. Has to run once for a snapshot. `causeOf`: the
 * cause of each error as this snapshot shows it.
 */
export async function insertChanges(
  tx: Db,
  record: ChangeRecord,
  changes: readonly Change[],
  causeOf: ReadonlyMap<ErrorId, Cause>,
): Promise<void> {
  if (changes.length === 0) return;
  const rows = rowsJson(
    changes.map((change) => ({
      kind: change.kind,
      error_id: change.errorId,
      integration_id: change.integrationId,
      added: change.added,
      added_because: change.addedBecause,
      added_total: change.addedTotal,
      occurrences_before: change.occurrencesBefore,
      occurrences_after: change.occurrencesAfter,
      over_ms: change.overMs,
      blind_ms: change.blindMs,
      restarted: change.restarted,
      notes: `{${change.notes.join(",")}}`,
      cause: causeOf.get(change.errorId) ?? null,
    })),
  );
  const stored = await tx.$executeRaw`
    WITH found AS (
      INSERT INTO change (at, server_id, snapshot_id, kind, error_id, integration_id, added, added_because, added_total,
                          occurrences_before, occurrences_after, over_ms, blind_ms, restarted, notes, cause)
      SELECT ${record.at}, ${record.serverId}, ${record.snapshotId}, r.kind, r.error_id, r.integration_id, r.added,
             r.added_because, r.added_total, r.occurrences_before, r.occurrences_after, r.over_ms, r.blind_ms,
             r.restarted, r.notes::text[], r.cause
        FROM json_to_recordset(${rows}::json)
             AS r(kind text, error_id bigint, integration_id bigint, added bigint, added_because text,
                  added_total bigint, occurrences_before bigint, occurrences_after bigint, over_ms bigint,
                  blind_ms bigint, restarted boolean, notes text, cause text)
      RETURNING error_id, integration_id, date_trunc('hour', at, 'UTC') AS hour, cause, added, added_total, over_ms,
                blind_ms),
    grown AS (
      SELECT integration_id, hour, cause, sum(added)::bigint AS added,
             coalesce(max(over_ms) FILTER (WHERE blind_ms IS NULL), 0) AS growing_ms
        FROM found WHERE added > 0 GROUP BY 1, 2, 3),
    by_cause AS (
      INSERT INTO cause_hour AS h (integration_id, hour, cause, added)
      SELECT integration_id, hour, cause, added FROM grown ORDER BY 1, 3
          ON CONFLICT (integration_id, hour, cause) DO UPDATE SET added = h.added + excluded.added),
    by_integration AS (
      INSERT INTO integration_hour AS h (integration_id, hour, added, growing_ms)
      SELECT integration_id, hour, sum(added)::bigint, max(growing_ms) FROM grown GROUP BY 1, 2 ORDER BY 1
          ON CONFLICT (integration_id, hour) DO UPDATE
         SET added = h.added + excluded.added, growing_ms = h.growing_ms + excluded.growing_ms)
    UPDATE error AS e
       SET added_total = found.added_total,
           last_grown_at = CASE WHEN found.added > 0 THEN ${record.at} ELSE e.last_grown_at END
      FROM found WHERE e.id = found.error_id`;
  if (stored !== changes.length) throw new Error("A change belongs to an error that is not on record");
}

/** Stores why rules decided as they did. */
export async function insertDecisions(
  tx: Db,
  record: { serverId: ServerId; pollId: PollId; at: Date },
  decisions: readonly Decision[],
): Promise<void> {
  if (decisions.length === 0) return;
  const rows = rowsJson(
    decisions.map(({ about, rule, verdict, because, inputs }) => ({
      error_id: about.kind === "error" ? about.errorId : null,
      integration_id: about.integrationId,
      rule,
      verdict,
      because,
      inputs,
    })),
  );
  await tx.$executeRaw`
    INSERT INTO decision (at, server_id, poll_id, error_id, integration_id, rule, verdict, because, inputs)
    SELECT ${record.at}, ${record.serverId}, ${record.pollId}, r.*
      FROM json_to_recordset(${rows}::json)
           AS r(error_id bigint, integration_id bigint, rule text, verdict text, because text, inputs jsonb)`;
}

/** What a server shows as a whole: for the summary that opens its history, or that ends a long blind window. */
export type ServerTotals = {
  integrations: { total: number; notRunning: number };
  errorsPresent: number;
  causes: { cause: string; errors: number }[];
  topByCount: { errorId: ErrorId; integration: string; headline: string; cause: string; occurrences: number | null }[];
};

export async function findServerTotals(tx: Db, serverId: ServerId, top: number): Promise<ServerTotals> {
  const [integrations] = await tx.$queryRaw<{ total: number; notRunning: number }[]>`
    SELECT count(*)::integer AS total, (count(*) FILTER (WHERE status <> 'running'))::integer AS "notRunning"
      FROM integration WHERE server_id = ${serverId} AND present`;
  const causes = await tx.$queryRaw<{ cause: string; errors: number }[]>`
    SELECT cause, count(*)::integer AS errors FROM error WHERE server_id = ${serverId} AND present
     GROUP BY cause ORDER BY errors DESC, cause`;
  const topByCount = await tx.$queryRaw<
    (Omit<ServerTotals["topByCount"][number], "occurrences"> & { occurrences: bigint | null })[]
  >`
    SELECT e.id AS "errorId", i.name AS integration, e.headline, e.cause, e.occurrences
      FROM error AS e JOIN integration AS i ON i.id = e.integration_id
     WHERE e.server_id = ${serverId} AND e.present
     ORDER BY e.occurrences DESC NULLS LAST, e.id LIMIT ${top}`;
  return {
    integrations: integrations ?? { total: 0, notRunning: 0 },
    errorsPresent: causes.reduce((sum, { errors }) => sum + errors, 0),
    causes,
    topByCount: topByCount.map((row) => ({ ...row, occurrences: numberOf(row.occurrences) })),
  };
}
