import * as z from "zod";
import { ALERT_STATES, type AlertState, type AlertSubject, type Severity } from "../../domain/alert.js";
import type { Cause } from "../../domain/cause.js";
import type { Labels } from "../../domain/matcher.js";
import { labelsColumn } from "../facts.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";
import { allOf, ofServer } from "./conditions.js";
import { createCursor, noKey } from "./cursor.js";
import { type Page, type PageRequest, pageOf, placeAfter } from "./page.js";
import { rowIdOf } from "./row-id.js";

/** One recorded move of an alert. */
export type TransitionRow = {
  id: string;
  at: Date;
  fromState: AlertState | null;
  toState: AlertState;
  because: string;
  /** The person who moved it; null when a poll did. */
  author: string | null;
};

/** That somebody has taken an alert on. */
export type AcknowledgementRow = { author: string; at: Date; note: string; untilAt: Date | null };

/** One rule firing for one error, an integration or a server as a whole, with all its moves, the oldest first. */
export type AlertRow = {
  id: string;
  serverId: string;
  subject: AlertSubject;
  /** Null when the alert is about an integration or the server. */
  error: { id: string; headline: string; cause: Cause } | null;
  /** Null when the alert is about the server. */
  integration: { id: string; name: string; acronym: string } | null;
  rule: string;
  severity: Severity;
  alertState: AlertState;
  /** What routes, silences and inhibition match. */
  labels: Labels;
  openedAt: Date;
  /** When it last began to fire; null while it is pending. */
  firedAt: Date | null;
  lastActiveAt: Date;
  resolvedAt: Date | null;
  /** How long, while watched, nothing has kept it firing. */
  quietMs: number;
  /** Null when nobody has taken it on, or has no more. */
  acknowledgement: AcknowledgementRow | null;
  transitions: TransitionRow[];
};

export type AlertFilter = {
  server: string | null;
  /** A state, or `open` for every one but `resolved`. */
  alertState: AlertState | "open" | null;
  /** An error's id. */
  error: string | null;
  severity: Severity | null;
};

export const alertCursor = createCursor("alerts", noKey);

const instant = z.iso.datetime({ offset: true }).transform((iso) => new Date(iso));
const transitionList: z.ZodType<TransitionRow[]> = z.array(
  z.object({
    id: z.string(),
    at: instant,
    fromState: z.enum(ALERT_STATES).nullable(),
    toState: z.enum(ALERT_STATES),
    because: z.string(),
    author: z.string().nullable(),
  }),
);
const acknowledgementOrNone: z.ZodType<AcknowledgementRow | null> = z.nullable(
  z.object({ author: z.string(), at: instant, note: z.string(), untilAt: instant.nullable() }),
);
/** Alerts, those first that were opened last. */
export async function findAlerts(db: Db, filter: AlertFilter, page: PageRequest): Promise<Page<AlertRow>> {
  const after = placeAfter(alertCursor, page);
  const { server, error, severity } = filter;
  const rows = await db.$queryRaw<RawAlert[]>`
    SELECT a.id::text AS id, a.server_id AS "serverId", a.subject, a.rule, a.severity, a.state AS "alertState",
           a.labels, a.opened_at AS "openedAt", a.fired_at AS "firedAt", a.last_active_at AS "lastActiveAt",
           a.resolved_at AS "resolvedAt", a.quiet_ms AS "quietMs",
           e.id::text AS "errorId", e.headline, e.cause,
           i.id::text AS "integrationId", i.name AS "integrationName", i.acronym AS "integrationAcronym",
           (SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id::text, 'at', t.at, 'fromState', t.from_state,
                                                         'toState', t.to_state, 'because', t.because, 'author', t.author)
                                      ORDER BY t.id), '[]'::jsonb)
              FROM transition AS t WHERE t.alert_id = a.id) AS transitions,
           (SELECT jsonb_build_object('author', k.author, 'at', k.at, 'note', k.note, 'untilAt', k.until_at)
              FROM acknowledgement AS k WHERE k.alert_id = a.id AND k.ended_at IS NULL) AS acknowledgement
      FROM alert AS a
      LEFT JOIN error AS e ON e.id = a.error_id
      LEFT JOIN integration AS i ON i.id = a.integration_id
     WHERE ${allOf(
       server === null && error !== null ? null : ofServer(Prisma.sql`a.server_id`, server),
       stateIs(filter.alertState),
       error === null ? null : Prisma.sql`a.error_id = ${rowIdOf(error)}::bigint`,
       severity === null ? null : Prisma.sql`a.severity = ${severity}`,
       after === null ? null : Prisma.sql`a.id < ${after.id}`,
     )}
     ORDER BY a.id DESC LIMIT ${page.size + 1}`;
  return pageOf(rows.map(alertRowOf), page, alertCursor, () => null);
}

function stateIs(alertState: AlertFilter["alertState"]): Prisma.Sql | null {
  if (alertState === null) return null;
  return alertState === "open" ? Prisma.sql`a.state <> 'resolved'` : Prisma.sql`a.state = ${alertState}`;
}

type RawAlert = Omit<AlertRow, "error" | "integration" | "labels" | "quietMs" | "acknowledgement" | "transitions"> & {
  labels: unknown;
  quietMs: bigint;
  errorId: string | null;
  headline: string | null;
  cause: Cause | null;
  integrationId: string | null;
  integrationName: string | null;
  integrationAcronym: string | null;
  acknowledgement: unknown;
  transitions: unknown;
};

function alertRowOf(raw: RawAlert): AlertRow {
  const { errorId, headline, cause, integrationId, integrationName, integrationAcronym, ...row } = raw;
  return {
    ...row,
    error: errorId === null || headline === null || cause === null ? null : { id: errorId, headline, cause },
    integration:
      integrationId === null || integrationName === null || integrationAcronym === null
        ? null
        : { id: integrationId, name: integrationName, acronym: integrationAcronym },
    labels: labelsColumn.parse(row.labels),
    quietMs: numberOf(row.quietMs),
    acknowledgement: acknowledgementOrNone.parse(row.acknowledgement),
    transitions: transitionList.parse(row.transitions),
  };
}
