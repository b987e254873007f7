import * as z from "zod";
import type { Cause } from "../../domain/cause.js";
import type { JsonObject } from "../../domain/json.js";
import type { RuleVerdict } from "../../domain/rule.js";
import type { Db } from "../prisma.js";
import { type AlertRow, findAlerts } from "./alerts.js";
import { type ChangeRow, findChanges } from "./changes.js";
import { ERROR_COLUMNS, type ErrorRow, errorRowOf, type RawErrorRow } from "./error-row.js";
import { rowIdOf } from "./row-id.js";

/** One of the things that an error said over time. */
export type ErrorTextRow = {
  id: string;
  title: string | null;
  shortText: string | null;
  longText: string | null;
  httpStatus: number | null;
  meta: JsonObject;
  rest: JsonObject;
  headline: string;
  body: string;
  cause: Cause;
  /** The evidence that decided the cause. */
  causeBecause: string;
  firstSeenAt: Date;
};

/** Under which id the server showed an error, and from when on. */
type IdentityRow = { polarityId: string; snapshotId: string; observedAt: Date };

/** What a rule made of an error, and why. */
export type DecisionRow = {
  id: string;
  at: Date;
  rule: string;
  verdict: RuleVerdict;
  because: string;
  inputs: Readonly<Record<string, number | string | null>>;
};

export type ErrorDetail = ErrorRow & {
  /** What it says now; null for an error that never said anything. */
  text: ErrorTextRow | null;
  /** What it said before, the newest first. */
  earlierTexts: ErrorTextRow[];
  /** The newest first. */
  identities: IdentityRow[];
  changes: ChangeRow[];
  alerts: AlertRow[];
  decisions: DecisionRow[];
};

const ROWS_MAX = 50;

/** One error with what it said and what became of it, at most 50 of each, the newest first. Null when there is none. */
export async function findError(db: Db, id: string): Promise<ErrorDetail | null> {
  const errorId = rowIdOf(id);
  if (errorId === null) return null;
  const [raw] = await db.$queryRaw<(RawErrorRow & { textId: string | null })[]>`
    SELECT ${ERROR_COLUMNS}, e.text_id::text AS "textId"
      FROM error AS e JOIN integration AS i ON i.id = e.integration_id WHERE e.id = ${errorId}`;
  if (raw === undefined) return null;
  const { textId, ...row } = raw;
  const error = errorRowOf(row);
  const page = { size: ROWS_MAX, after: null };
  const [texts, identities, changes, alerts, decisions] = await Promise.all([
    findTexts(db, errorId, textId),
    findIdentities(db, errorId),
    findChanges(
      db,
      { server: error.serverId, integration: null, error: id, kind: null, since: error.firstSeenAt, until: null },
      page,
    ),
    findAlerts(db, { server: error.serverId, alertState: null, error: id, severity: null }, page),
    findDecisions(db, errorId),
  ]);
  return {
    ...error,
    text: texts.find((text) => text.id === textId) ?? null,
    earlierTexts: texts.filter((text) => text.id !== textId),
    identities,
    changes: changes.rows,
    alerts: alerts.rows,
    decisions,
  };
}

const objectColumn: z.ZodType<JsonObject> = z
  .custom<JsonObject>((value) => typeof value === "object" && value !== null && !Array.isArray(value))
  .catch({});

async function findTexts(db: Db, errorId: bigint, textId: string | null): Promise<ErrorTextRow[]> {
  const rows = await db.$queryRaw<(Omit<ErrorTextRow, "meta" | "rest"> & { meta: unknown; rest: unknown })[]>`
    SELECT t.id::text AS id, t.title, t.short_text AS "shortText", t.long_text AS "longText",
           t.http_status AS "httpStatus", t.meta, t.rest, t.headline, t.body, t.cause,
           t.cause_because AS "causeBecause", t.first_seen_at AS "firstSeenAt"
      FROM error_text AS t WHERE t.error_id = ${errorId}
     ORDER BY (t.id::text = ${textId}) DESC NULLS LAST, t.id DESC LIMIT ${ROWS_MAX}`;
  return rows.map((row) => ({ ...row, meta: objectColumn.parse(row.meta), rest: objectColumn.parse(row.rest) }));
}

function findIdentities(db: Db, errorId: bigint): Promise<IdentityRow[]> {
  return db.$queryRaw<IdentityRow[]>`
    SELECT polarity_id AS "polarityId", snapshot_id::text AS "snapshotId", observed_at AS "observedAt"
      FROM error_identity WHERE error_id = ${errorId} ORDER BY snapshot_id DESC LIMIT ${ROWS_MAX}`;
}

const decisionInputs = z.record(z.string(), z.union([z.number(), z.string(), z.null()]).catch(null)).catch({});

async function findDecisions(db: Db, errorId: bigint): Promise<DecisionRow[]> {
  const rows = await db.$queryRaw<(Omit<DecisionRow, "inputs"> & { inputs: unknown })[]>`
    SELECT id::text AS id, at, rule, verdict, because, inputs
      FROM decision WHERE error_id = ${errorId} ORDER BY at DESC, decision.id DESC LIMIT ${ROWS_MAX}`;
  return rows.map((row) => ({ ...row, inputs: decisionInputs.parse(row.inputs) }));
}
