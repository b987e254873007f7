import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { allOf, integrationsNamed, ofServer } from "./conditions.js";
import { createCursor, textKey } from "./cursor.js";
import { type Page, type PageRequest, pageOf, placeAfter } from "./page.js";

/** A Polarity integration as it was last seen. */
export type IntegrationRow = {
  id: string;
  serverId: string;
  polarityId: string;
  name: string;
  acronym: string;
  /** Any but `running` means that it is not running. */
  integrationStatus: string;
  /** False once the server no longer lists it. */
  present: boolean;
  firstSeenAt: Date;
  /** When it was last seen to differ from before. */
  observedAt: Date;
  errorsPresent: number;
};

export type IntegrationFilter = {
  server: string | null;
  /** A status, or `not-running` for every one but `running`. */
  integrationStatus: string | null;
  present: boolean | null;
};

export const integrationCursor = createCursor("integrations", textKey);

/** Integrations by name. Names are compared by their first hundred characters, so that cursors stay short. */
export async function findIntegrations(
  db: Db,
  filter: IntegrationFilter,
  page: PageRequest,
): Promise<Page<IntegrationRow>> {
  const after = placeAfter(integrationCursor, page);
  const { server, present } = filter;
  const rows = await db.$queryRaw<(IntegrationRow & { sortName: string })[]>`
    SELECT i.id::text AS id, i.server_id AS "serverId", i.polarity_id AS "polarityId", i.name, i.acronym,
           i.status AS "integrationStatus", i.present, i.first_seen_at AS "firstSeenAt", i.observed_at AS "observedAt",
           (SELECT count(*)::integer FROM error AS e WHERE e.integration_id = i.id AND e.present) AS "errorsPresent",
           left(i.name, 100) AS "sortName"
      FROM integration AS i
     WHERE ${allOf(
       ofServer(Prisma.sql`i.server_id`, server),
       statusIs(filter.integrationStatus),
       present === null ? null : Prisma.sql`i.present = ${present}`,
       after === null ? null : Prisma.sql`(left(i.name, 100), i.id) > (${after.key}, ${after.id})`,
     )}
     ORDER BY left(i.name, 100), i.id LIMIT ${page.size + 1}`;
  const found = pageOf(rows, page, integrationCursor, (row) => row.sortName);
  return { ...found, rows: found.rows.map(({ sortName: _, ...row }) => row) };
}

function statusIs(integrationStatus: string | null): Prisma.Sql | null {
  if (integrationStatus === null) return null;
  if (integrationStatus === "not-running") return Prisma.sql`i.status <> 'running'`;
  return Prisma.sql`lower(i.status) = lower(${integrationStatus})`;
}

/** The ids of the integrations that people may mean by this, on one server or on all, in order; at most 20. */
export async function findIntegrationIds(db: Db, server: string | null, name: string): Promise<bigint[]> {
  const rows = await db.$queryRaw<{ id: bigint }[]>`
    SELECT i.id FROM integration AS i
     WHERE ${allOf(Prisma.sql`i.id IN ${integrationsNamed(name)}`, ofServer(Prisma.sql`i.server_id`, server))}
     ORDER BY i.server_id, i.id LIMIT 20`;
  return rows.map(({ id }) => id);
}
