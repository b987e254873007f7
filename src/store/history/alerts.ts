import * as z from "zod";
import { ALERT_STATES, type AlertState, type AlertSubject, type Severity } from "../../domain/alert.js";
import type { Cause } from "../../domain/cause.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";
import { allOf } from "./conditions.js";
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
};

/** One rule firing for one error, or for a server as a whole, with all its moves, the oldest first. */
export type AlertRow = {
  id: string;
  serverId: string;
  subject: AlertSubject;
  /** Null when the alert is about the server. */
  error: { id: string; headline: string; cause: Cause } | null;
  integration: { id: string; name: string; acronym: string } | null;
  rule: string;
  severity: Severity;
  alertState: AlertState;
  groupKey: string;
  openedAt: Date;
  lastActiveAt: Date;
  resolvedAt: Date | null;
  /** How long, while watched, nothing has kept it firing. */
  quietMs: number;
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
  }),
);

/** Alerts, those first that were opened last. */
export async function findAlerts(db: Db, filter: AlertFilter, page: PageRequest): Promise<Page<AlertRow>> {
  const after = placeAfter(alertCursor, page);
  const { server, error, severity } = filter;
  const rows = await db.$queryRaw<RawAlert[]>`
    SELECT a.id::text AS id, a.server_id AS "serverId", a.subject, a.rule, a.severity, a.state AS "alertState",
           a.group_key AS "groupKey", a.opened_at AS "openedAt", a.last_active_at AS "lastActiveAt",
           a.resolved_at AS "resolvedAt", a.quiet_ms AS "quietMs",
           e.id::text AS "errorId", e.headline, e.cause,
           i.id::text AS "integrationId", i.name AS "integrationName", i.acronym AS "integrationAcronym",
           (SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id::text, 'at', t.at, 'fromState', t.from_state,
                                                         'toState', t.to_state, 'because', t.because)
                                      ORDER BY t.id), '[]'::jsonb)
              FROM transition AS t WHERE t.alert_id = a.id) AS transitions
      FROM alert AS a
      LEFT JOIN error AS e ON e.id = a.error_id
      LEFT JOIN integration AS i ON i.id = a.integration_id
     WHERE ${allOf(
       server === null ? null : Prisma.sql`a.server_id = ${server}`,
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

type RawAlert = Omit<AlertRow, "error" | "integration" | "quietMs" | "transitions"> & {
  quietMs: bigint;
  errorId: string | null;
  headline: string | null;
  cause: Cause | null;
  integrationId: string | null;
  integrationName: string | null;
  integrationAcronym: string | null;
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
    quietMs: numberOf(row.quietMs),
    transitions: transitionList.parse(row.transitions),
  };
}
