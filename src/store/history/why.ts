import * as z from "zod";
import type { Cause } from "../../domain/cause.js";
import type { RuleVerdict } from "../../domain/rule.js";
import type { DecisionThen, ErrorThen, WhyFacts } from "../../domain/why-facts.js";
import { SUPPRESSING_VERDICTS } from "../../domain/why-verdict.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";
import { rowIdOf } from "./row-id.js";
import { findAlertsThen } from "./why-alerts.js";

type ErrorRecord = {
  id: string;
  serverId: string;
  integrationId: bigint;
  integration: string;
  acronym: string;
  cause: Cause;
  httpStatus: number | null;
  present: boolean;
  observedAt: Date;
  firstSeenAt: Date;
  integrationStatus: string | null;
  baselineAt: Date | null;
  lastGoodPollAt: Date | null;
};

/**
 * What is on record of an error up to a moment: of each rule its latest decisions, the alerts that were open then and
 * the last one that was over, and whom they were told. Of what an error says, its newest words. Null when there is none.
 */
export async function findWhy(db: Db, id: string, at: Date): Promise<WhyFacts | null> {
  const errorId = rowIdOf(id);
  if (errorId === null) return null;
  const record = await findRecord(db, errorId, at);
  if (record === null) return null;
  const { serverId, integrationId, cause } = record;
  const [changes, decisions, alerts] = await Promise.all([
    findLatestChanges(db, errorId, record.firstSeenAt, at),
    findDecisionsThen(db, errorId, integrationId, at),
    findAlertsThen(db, { errorId, integrationId, serverId, cause }, at),
  ]);
  return { at, error: errorThen(record, changes, at), decisions, alerts };
}

async function findRecord(db: Db, errorId: bigint, at: Date): Promise<ErrorRecord | null> {
  const [record] = await db.$queryRaw<ErrorRecord[]>`
    SELECT e.id::text AS id, e.server_id AS "serverId", e.integration_id AS "integrationId", i.name AS integration,
           i.acronym, e.cause, e.http_status AS "httpStatus", e.present, e.observed_at AS "observedAt",
           e.first_seen_at AS "firstSeenAt", s.baseline_at AS "baselineAt",
           (SELECT CASE WHEN o.present THEN o.status END FROM integration_observation AS o
             WHERE o.integration_id = i.id AND o.observed_at <= ${at}
             ORDER BY o.observed_at DESC LIMIT 1) AS "integrationStatus",
           (SELECT taken.taken_at FROM snapshot AS taken
             WHERE taken.server_id = e.server_id AND taken.taken_at <= ${at}
             ORDER BY taken.taken_at DESC LIMIT 1) AS "lastGoodPollAt"
      FROM error AS e
      JOIN integration AS i ON i.id = e.integration_id
      JOIN server AS s ON s.id = e.server_id
     WHERE e.id = ${errorId}`;
  return record ?? null;
}

type ChangeThen = ErrorThen["changes"][number];

async function findLatestChanges(db: Db, errorId: bigint, firstSeenAt: Date, at: Date): Promise<ChangeThen[]> {
  const rows = await db.$queryRaw<(Omit<ChangeThen, "added"> & { added: bigint })[]>`
    SELECT DISTINCT ON (kind) kind, at, added FROM change
     WHERE error_id = ${errorId} AND at >= ${firstSeenAt} AND at <= ${at} ORDER BY kind, at DESC`;
  return rows.map((row) => ({ ...row, added: numberOf(row.added) }));
}

function errorThen(record: ErrorRecord, changes: readonly ChangeThen[], at: Date): ErrorThen {
  const { id, serverId, integration, acronym, cause, httpStatus, firstSeenAt, integrationStatus } = record;
  const [latest] = [...changes].sort((one, other) => other.at.getTime() - one.at.getTime());
  return {
    id,
    subject: { server: serverId, integration, acronym, cause, httpStatus },
    present: at >= record.observedAt ? record.present : latest?.kind !== "gone",
    firstSeenAt,
    changes,
    integrationStatus,
    baselineAt: record.baselineAt,
    lastGoodPollAt: record.lastGoodPollAt,
  };
}

const decisionInputs = z.record(z.string(), z.union([z.number(), z.string(), z.null()]).catch(null)).catch({});

/** A rule keeps an alert and a silence hides it at the same time: of each rule both latest ones are told. */
async function findDecisionsThen(db: Db, errorId: bigint, integrationId: bigint, at: Date): Promise<DecisionThen[]> {
  const suppressing: readonly RuleVerdict[] = SUPPRESSING_VERDICTS;
  const rows = await db.$queryRaw<(Omit<DecisionThen, "inputs"> & { inputs: unknown })[]>`
    SELECT id::text AS id, at, about, rule, verdict, because, inputs FROM (
      SELECT DISTINCT ON (about, rule, hides) * FROM (
        SELECT d.id, d.at, CASE WHEN d.error_id IS NULL THEN 'integration' ELSE 'error' END AS about, d.rule, d.verdict,
               d.verdict = ANY (${suppressing}) AS hides, d.because, d.inputs
          FROM decision AS d
         WHERE (d.error_id = ${errorId} OR (d.error_id IS NULL AND d.integration_id = ${integrationId}))
           AND d.at <= ${at}) AS looked
       ORDER BY about, rule, hides, at DESC, looked.id DESC) AS latest
     ORDER BY at DESC, latest.id DESC`;
  return rows.map((row) => ({ ...row, inputs: decisionInputs.parse(row.inputs) }));
}
