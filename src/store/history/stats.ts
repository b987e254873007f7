import type { Cause } from "../../domain/cause.js";
import { sumsByWeekHour, type WeekHour } from "../../domain/week-hour.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";
import { addedInSpan, type Span } from "./added-in-span.js";

/** An integration and how much was added to its errors. */
export type NoisyIntegration = {
  id: string;
  serverId: string;
  name: string;
  acronym: string;
  added: number;
  /** How much of the watched time one of its errors grew in. */
  growingMs: number;
};

export type Stats = {
  /** The noisiest first. */
  integrations: NoisyIntegration[];
  causes: { cause: Cause; added: number }[];
  /** From Monday on; hours in which nothing was added are left out. */
  weekHours: (WeekHour & { added: number })[];
  /** All that was added in the span. */
  added: number;
};

export type StatsFilter = { server: string | null; span: Span; timeZone: string };

/** What was noisy in a span of time: which integrations, which causes, at which hours of the week. */
export async function findStats(db: Db, { server, span, timeZone }: StatsFilter, limit: number): Promise<Stats> {
  const [integrations, causes, hours] = await Promise.all([
    findNoisyIntegrations(db, server, span, limit),
    findCauses(db, server, span),
    findHours(db, server, span),
  ]);
  return {
    integrations,
    causes,
    weekHours: sumsByWeekHour(hours, timeZone),
    added: hours.reduce((sum, { added }) => sum + added, 0),
  };
}

export async function findNoisyIntegrations(
  db: Db,
  server: string | null,
  span: Span,
  limit: number,
): Promise<NoisyIntegration[]> {
  type Raw = Omit<NoisyIntegration, "added" | "growingMs"> & { added: bigint; growingMs: bigint };
  const rows = await db.$queryRaw<Raw[]>(noisyIntegrationsQuery(server, span, limit));
  return rows.map((row) => ({ ...row, added: numberOf(row.added), growingMs: numberOf(row.growingMs) }));
}

/** The one statement of the noisiest integrations. */
export function noisyIntegrationsQuery(server: string | null, span: Span, limit: number): Prisma.Sql {
  return Prisma.sql`
    SELECT i.id::text AS id, i.server_id AS "serverId", i.name, i.acronym, noisy.added, noisy.growing_ms AS "growingMs"
      FROM (SELECT integration_id, sum(added)::bigint AS added, sum(growing_ms)::bigint AS growing_ms
              FROM (${addedInSpan("integration", span, { server, integrationId: null })})
                   AS a(integration_id, hour, added, growing_ms)
             GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${limit}) AS noisy
      JOIN integration AS i ON i.id = noisy.integration_id
     ORDER BY noisy.added DESC, noisy.integration_id`;
}

async function findCauses(db: Db, server: string | null, span: Span): Promise<Stats["causes"]> {
  const rows = await db.$queryRaw<{ cause: Cause; added: bigint }[]>`
    SELECT cause, sum(added)::bigint AS added
      FROM (${addedInSpan("cause", span, { server, integrationId: null })}) AS a(integration_id, hour, cause, added)
     GROUP BY 1 ORDER BY 2 DESC, 1`;
  return rows.map(({ cause, added }) => ({ cause, added: numberOf(added) }));
}

async function findHours(db: Db, server: string | null, span: Span): Promise<{ hour: Date; added: number }[]> {
  const rows = await db.$queryRaw<{ hour: Date; added: bigint }[]>`
    SELECT hour, sum(added)::bigint AS added
      FROM (${addedInSpan("integration", span, { server, integrationId: null })})
           AS a(integration_id, hour, added, growing_ms)
     GROUP BY 1 ORDER BY 1`;
  return rows.map(({ hour, added }) => ({ hour, added: numberOf(added) }));
}
