import type { Cause } from "../../domain/cause.js";
import type { ShownIntegration } from "../../domain/compare.js";
import type { ErrorId } from "../../domain/ids.js";
import type { JsonObject } from "../../domain/json.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";
import { allOf, integrationsEverNamed, ofServer } from "./conditions.js";
import { createCursor, noKey } from "./cursor.js";
import { type MomentInPart, type MomentOnRecord, observationAt, openMomentInPart } from "./observations-at.js";
import { type Page, type PageRequest, pageOf, placeAfter } from "./page.js";
import { findSnapshots, type SnapshotRow } from "./snapshots.js";

/** The snapshot in force at a moment: the newest taken at it or before. Null before the first one. */
export async function findSnapshotInForce(db: Db, server: string, at: Date): Promise<SnapshotRow | null> {
  const until = new Date(at.getTime() + 1); // instants are kept in milliseconds
  const { rows } = await findSnapshots(db, { server, since: null, until }, { size: 1, after: null });
  return rows[0] ?? null;
}

/** The names of all servers that are or were watched, in order. */
export async function findServerIds(db: Db): Promise<string[]> {
  const rows = await db.$queryRaw<
    { id: string }[]
  >`SELECT id FROM server WHERE ${ofServer(Prisma.sql`id`, null)} ORDER BY id`;
  return rows.map(({ id }) => id);
}

/** When a server was first read; null before. */
export async function findFirstTakenAt(db: Db, server: string): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ takenAt: Date }[]>`
    SELECT taken_at AS "takenAt" FROM snapshot WHERE server_id = ${server} ORDER BY taken_at LIMIT 1`;
  return row?.takenAt ?? null;
}

/** The integrations that a server listed at a moment, by name. */
export function findIntegrationsAt(db: Db, server: string, at: Date): Promise<ShownIntegration[]> {
  return db.$queryRaw<ShownIntegration[]>`
    SELECT i.id::text AS id, i.polarity_id AS "polarityId", was.name, was.acronym, was.status AS "integrationStatus"
      FROM integration AS i
     CROSS JOIN LATERAL (
           SELECT o.name, o.acronym, o.status, o.present FROM integration_observation AS o
            WHERE o.integration_id = i.id AND o.observed_at <= ${at} ORDER BY o.snapshot_id DESC LIMIT 1) AS was
     WHERE i.server_id = ${server} AND was.present
     ORDER BY was.name, i.id`;
}

/** The ids of the integrations of a server that have, or ever had, this name, acronym or id. */
export async function findIntegrationIdsEver(db: Db, server: string, name: string): Promise<Set<string>> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT i.id::text AS id FROM integration AS i
     WHERE i.server_id = ${server} AND i.id IN ${integrationsEverNamed(name)}`;
  return new Set(rows.map(({ id }) => id));
}

/** An error exactly as its server showed it at a moment. */
export type ErrorAtRow = {
  id: string;
  serverId: string;
  /** As they were named then. */
  integration: { id: string; polarityId: string; name: string; acronym: string };
  /** The id under which the server showed it then. */
  polarityId: string;
  headline: string;
  cause: Cause;
  httpStatus: number | null;
  occurrences: number | null;
  lastOccurredAt: Date | null;
  /** When it was first seen like this. */
  observedAt: Date;
  title: string | null;
  shortText: string | null;
  longText: string | null;
  meta: JsonObject;
  rest: JsonObject;
};

export const errorAtCursor = createCursor("errors-at", noKey);

/** Of one server, at the time of one of its snapshots. */
export type ErrorsAtFilter = {
  server: string;
  /** An integration's id, or a name or acronym that it ever had. */
  integration: string | null;
  at: Date;
};

/** Of the errors by their ids, so many times a page are looked at first: most that there were are shown. */
const LOOKED_AT_FIRST = 2;
/** Then more, so that a page is found soon among many errors that the moment did not show. */
const LOOKED_AT_AGAIN = 8;

/** The errors that a server showed at a moment, by their ids. Belongs into a transaction that sees one state. */
export async function findErrorsAt(tx: Db, filter: ErrorsAtFilter, page: PageRequest): Promise<Page<ErrorAtRow>> {
  const found: ErrorAtRow[] = [];
  const wanted = page.size + 1;
  let after: ErrorId | null = (placeAfter(errorAtCursor, page)?.id as ErrorId | undefined) ?? NO_ERROR;
  for (
    let errorsMax = LOOKED_AT_FIRST * wanted;
    after !== null && found.length < wanted;
    errorsMax *= LOOKED_AT_AGAIN
  ) {
    const moment: MomentInPart = await openMomentInPart(tx, filter.at, knownBy(filter, after, null), errorsMax);
    const part = { after, through: moment.through };
    const rows = await tx.$queryRaw<RawErrorAt[]>(errorsAtQuery(filter, moment, part, wanted - found.length));
    for (const row of rows) found.push(errorAtRowOf(row));
    after = moment.through;
  }
  return pageOf(found, page, errorAtCursor, () => null);
}

/** Before every error. */
const NO_ERROR = 0n as ErrorId;

/** Of `error AS e`: those that the filter means and that were known at its moment, behind one error and up to another. */
function knownBy({ server, integration, at }: ErrorsAtFilter, after: ErrorId, through: ErrorId | null): Prisma.Sql {
  return allOf(
    Prisma.sql`e.server_id = ${server} AND e.id > ${after} AND e.first_seen_at <= ${at}`,
    through === null ? null : Prisma.sql`e.id <= ${through}`,
    integration === null ? null : Prisma.sql`e.integration_id IN ${integrationsEverNamed(integration)}`,
  );
}

/** The one statement that reads a part of them. */
export function errorsAtQuery(
  filter: ErrorsAtFilter,
  moment: MomentOnRecord,
  { after, through }: { after: ErrorId; through: ErrorId | null },
  size: number,
): Prisma.Sql {
  const { at } = filter;
  return Prisma.sql`
    WITH shown AS (
      SELECT e.id, e.server_id, e.integration_id, was.*
        FROM error AS e CROSS JOIN LATERAL (${observationAt(moment)}) AS was
       WHERE ${knownBy(filter, after, through)} AND was.present
       ORDER BY e.id LIMIT ${size})
    SELECT s.id::text AS id, s.server_id AS "serverId", named.polarity_id AS "polarityId", t.headline, t.cause,
           t.http_status AS "httpStatus", s.occurrences, s.last_occurred_at AS "lastOccurredAt",
           s.observed_at AS "observedAt", t.title, t.short_text AS "shortText", t.long_text AS "longText", t.meta,
           t.rest, i.id::text AS "integrationId", i.polarity_id AS "integrationPolarityId",
           coalesce(listed.name, i.name) AS "integrationName", coalesce(listed.acronym, i.acronym) AS "integrationAcronym"
      FROM shown AS s
      JOIN error_text AS t ON t.id = s.text_id
      JOIN integration AS i ON i.id = s.integration_id
      CROSS JOIN LATERAL (${identityAt(Prisma.sql`s.id`, at)}) AS named
      LEFT JOIN LATERAL (
        SELECT o.name, o.acronym FROM integration_observation AS o
         WHERE o.integration_id = i.id AND o.observed_at <= ${at} ORDER BY o.snapshot_id DESC LIMIT 1) AS listed ON true
     ORDER BY s.id`;
}

/** Under which id its server showed an error at a moment, as the body of a LATERAL. */
export function identityAt(errorId: Prisma.Sql, at: Date): Prisma.Sql {
  return Prisma.sql`
    SELECT n.polarity_id FROM error_identity AS n
     WHERE n.error_id = ${errorId} AND n.observed_at <= ${at} ORDER BY n.snapshot_id DESC LIMIT 1`;
}

type RawErrorAt = Omit<ErrorAtRow, "integration" | "occurrences"> & {
  occurrences: bigint | null;
  integrationId: string;
  integrationPolarityId: string;
  integrationName: string;
  integrationAcronym: string;
};

/** Spelled out, as `errorRowOf` is. */
function errorAtRowOf(raw: RawErrorAt): ErrorAtRow {
  return {
    id: raw.id,
    serverId: raw.serverId,
    integration: {
      id: raw.integrationId,
      polarityId: raw.integrationPolarityId,
      name: raw.integrationName,
      acronym: raw.integrationAcronym,
    },
    polarityId: raw.polarityId,
    headline: raw.headline,
    cause: raw.cause,
    httpStatus: raw.httpStatus,
    occurrences: numberOf(raw.occurrences),
    lastOccurredAt: raw.lastOccurredAt,
    observedAt: raw.observedAt,
    title: raw.title,
    shortText: raw.shortText,
    longText: raw.longText,
    meta: raw.meta,
    rest: raw.rest,
  };
}
