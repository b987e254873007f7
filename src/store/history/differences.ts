import type { Cause } from "../../domain/cause.js";
import { compareError, type ErrorDifference, type ShownError } from "../../domain/compare.js";
import type { ErrorText } from "../../domain/snapshot.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";
import { allOf, integrationsEverNamed } from "./conditions.js";
import { countKey, createCursor } from "./cursor.js";
import { type MomentOnRecord, observationAt, openMoment } from "./observations-at.js";
import { type Page, type PageRequest, pageOf, placeAfter } from "./page.js";
import { identityAt } from "./snapshot-at.js";

/** An error that differs between two moments of its server. */
export type DifferenceRow = {
  id: string;
  integration: { id: string; name: string; acronym: string };
  headline: string;
  cause: Cause;
  differences: readonly ErrorDifference[];
  /** By how much it rose after the first moment, up to the second, counter resets corrected. */
  added: number;
  /** How often its total fell in between, and how often because its whole integration restarted. */
  resets: number;
  restarts: number;
  firstSeenAt: Date;
  /** Null where it was not shown. */
  before: ShownError | null;
  after: ShownError | null;
};

/** How many errors differ, in what, and what was added to all of them. */
export type DifferenceCounts = {
  differing: number;
  added: number;
  appeared: number;
  gone: number;
  passed: number;
  grew: number;
  lastSeenMoved: number;
  httpStatusChanged: number;
  textChanged: number;
  idChanged: number;
};

/** Of one server between two of its snapshots, by when they were taken. */
export type DifferenceFilter = {
  server: string;
  /** An integration's id, name or acronym. */
  integration: string | null;
  fromAt: Date;
  toAt: Date;
};

export const differenceCursor = createCursor("differences", countKey);

/**
 * Prepares a transaction for a comparison: it looks up each error but once, so that there is nothing to remember, and
 * keeps what it found in memory; to compile its plan takes longer than to run it.
 */
export async function prepareComparison(tx: Db): Promise<void> {
  await tx.$queryRaw`
    SELECT set_config('enable_memoize', 'off', true), set_config('jit', 'off', true), set_config('work_mem', '64MB', true)`;
}

/**
 * The errors that differ, those first to which most was added, and all of them in numbers. Belongs into a transaction that
 * sees one state.
 */
export async function findDifferences(
  tx: Db,
  filter: DifferenceFilter,
  page: PageRequest,
): Promise<Page<DifferenceRow> & { counts: DifferenceCounts }> {
  const from = await openMoment(tx, filter.server, filter.fromAt);
  const to = await openMoment(tx, filter.server, filter.toAt);
  const rows = await tx.$queryRaw<RawRow[]>(differencesQuery(filter, { from, to }, page));
  const [first] = rows;
  if (first === undefined) throw new Error("A comparison came back without its counts");
  const found = rows.flatMap((row) => (row.id === null ? [] : [differenceRowOf({ ...row, id: row.id })]));
  return { ...pageOf(found, page, differenceCursor, ({ added }) => added), counts: countsOf(first) };
}

/**
 * The one statement of a comparison. Only errors that were observed after the first moment can differ, so the others
 * cost nothing. It says in sets what `compareError` says of one error, which tells what the rows of the page differ in.
 */
export function differencesQuery(
  { server, integration, fromAt, toAt }: DifferenceFilter,
  { from, to }: { from: MomentOnRecord; to: MomentOnRecord },
  page: PageRequest,
): Prisma.Sql {
  const after = placeAfter(differenceCursor, page);
  return Prisma.sql`
    WITH moved AS MATERIALIZED (
      SELECT DISTINCT n.error_id AS id FROM error_identity AS n
       WHERE n.observed_at > ${fromAt} AND n.observed_at <= ${toAt}),
    renamed AS MATERIALIZED (
      SELECT m.id FROM moved AS m
       WHERE (${identityAt(Prisma.sql`m.id`, fromAt)}) <> (${identityAt(Prisma.sql`m.id`, toAt)})),
    compared AS MATERIALIZED (
      SELECT e.id, e.integration_id, e.first_seen_at, coalesce(was.present, false) AS was_there,
             shows.present AS is_there, coalesce(was.present, false) AND shows.present AS is_both,
             was.text_id AS was_text_id, shows.text_id, was.occurrences AS was_occurrences, shows.occurrences,
             was.last_occurred_at AS was_last_occurred_at, shows.last_occurred_at,
             coalesce((${addedTotalAt(toAt)}), e.added_total) - coalesce((${addedTotalAt(fromAt)}), e.added_total) AS added
        FROM error AS e
       CROSS JOIN LATERAL (${observationAt(to)}) AS shows
        LEFT JOIN LATERAL (${observationAt(from)}) AS was ON true
       WHERE ${allOf(
         Prisma.sql`e.server_id = ${server} AND e.observed_at > ${fromAt} AND e.first_seen_at <= ${toAt}`,
         Prisma.sql`shows.observed_at > ${fromAt}`,
         integration === null ? null : Prisma.sql`e.integration_id IN ${integrationsEverNamed(integration)}`,
       )}),
    flagged AS (
      SELECT c.*, c.is_both AND c.was_last_occurred_at IS DISTINCT FROM c.last_occurred_at AS last_seen_moved,
             coalesce(said.status_changed, false) AS status_changed, coalesce(said.words_changed, false) AS words_changed,
             c.is_both AND r.id IS NOT NULL AS id_changed
        FROM compared AS c
        LEFT JOIN renamed AS r ON r.id = c.id
        LEFT JOIN LATERAL (
          SELECT a.http_status IS DISTINCT FROM b.http_status AS status_changed,
                 (a.title, a.short_text, a.long_text, a.meta, a.rest)
                   IS DISTINCT FROM (b.title, b.short_text, b.long_text, b.meta, b.rest) AS words_changed
            FROM error_text AS a, error_text AS b
           WHERE c.is_both AND c.was_text_id <> c.text_id AND a.id = c.was_text_id AND b.id = c.text_id
           LIMIT 1) AS said ON true),
    differing AS MATERIALIZED (
      SELECT * FROM flagged
       WHERE NOT is_both OR added > 0 OR last_seen_moved OR status_changed OR words_changed OR id_changed),
    counted AS (
      SELECT count(*) AS differing, coalesce(sum(added), 0)::bigint AS added_in_all,
             count(*) FILTER (WHERE is_there AND NOT was_there) AS appeared,
             count(*) FILTER (WHERE was_there AND NOT is_there) AS gone,
             count(*) FILTER (WHERE NOT was_there AND NOT is_there) AS passed,
             count(*) FILTER (WHERE added > 0) AS grew, count(*) FILTER (WHERE last_seen_moved) AS last_seen_moved,
             count(*) FILTER (WHERE status_changed) AS http_status_changed,
             count(*) FILTER (WHERE words_changed) AS text_changed, count(*) FILTER (WHERE id_changed) AS id_changed
        FROM differing),
    listed AS (
      SELECT * FROM differing AS d
       WHERE ${allOf(
         after === null ? null : Prisma.sql`(d.added < ${after.key} OR d.added = ${after.key} AND d.id > ${after.id})`,
       )}
       ORDER BY d.added DESC, d.id LIMIT ${page.size + 1})
    SELECT counted.differing, counted.added_in_all AS "addedInAll", counted.appeared, counted.gone, counted.passed,
           counted.grew, counted.last_seen_moved AS "lastSeenMoved", counted.http_status_changed AS "httpStatusChanged",
           counted.text_changed AS "textChanged", counted.id_changed AS "idChanged", row.*
      FROM counted LEFT JOIN LATERAL (${rowsOf({ fromAt, toAt })}) AS row ON true
     ORDER BY row.added DESC, row."errorId"`;
}

/**
 * The running sum of what was added to one error up to an instant, as a subquery for `error AS e`: what the first change
 * after it began with. Null when there is none: then it is still the sum on record.
 */
function addedTotalAt(at: Date): Prisma.Sql {
  return Prisma.sql`
    SELECT c.added_total - c.added FROM change AS c
     WHERE e.observed_at > ${at} AND c.error_id = e.id AND c.at > ${at} ORDER BY c.at LIMIT 1`;
}

/** All about the errors of the page. */
function rowsOf({ fromAt, toAt }: { fromAt: Date; toAt: Date }): Prisma.Sql {
  return Prisma.sql`
    SELECT l.id AS "errorId", l.id::text AS id, i.id::text AS "integrationId", i.name AS "integrationName",
           i.acronym AS "integrationAcronym", t.headline, t.cause, l.added, fell.resets, fell.restarts,
           l.first_seen_at AS "firstSeenAt", l.was_there AS "wasThere", l.is_there AS "isThere",
           (${identityAt(Prisma.sql`l.id`, fromAt)}) AS "polarityIdBefore",
           (${identityAt(Prisma.sql`l.id`, toAt)}) AS "polarityIdAfter",
           l.was_occurrences AS "occurrencesBefore", l.occurrences AS "occurrencesAfter",
           l.was_last_occurred_at AS "lastOccurredAtBefore", l.last_occurred_at AS "lastOccurredAtAfter",
           ${textOf(Prisma.sql`b`)} AS "textBefore", ${textOf(Prisma.sql`t`)} AS "textAfter"
      FROM listed AS l
      JOIN integration AS i ON i.id = l.integration_id
      JOIN error_text AS t ON t.id = l.text_id
      LEFT JOIN error_text AS b ON b.id = l.was_text_id
     CROSS JOIN LATERAL (
           SELECT count(*) AS resets, count(*) FILTER (WHERE c.restarted) AS restarts FROM change AS c
            WHERE c.error_id = l.id AND c.at > ${fromAt} AND c.at <= ${toAt} AND c.added_because = 'counter_reset') AS fell`;
}

function textOf(table: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    jsonb_build_object('title', ${table}.title, 'shortText', ${table}.short_text, 'longText', ${table}.long_text,
                       'httpStatus', ${table}.http_status, 'meta', ${table}.meta, 'rest', ${table}.rest)`;
}

type RawCounts = Record<Exclude<keyof DifferenceCounts, "added"> | "addedInAll", bigint>;

type RawRow = RawCounts & {
  /** Null when the page is empty. */
  id: string | null;
  integrationId: string;
  integrationName: string;
  integrationAcronym: string;
  headline: string;
  cause: Cause;
  added: bigint;
  resets: bigint;
  restarts: bigint;
  firstSeenAt: Date;
  wasThere: boolean;
  isThere: boolean;
  polarityIdBefore: string | null;
  polarityIdAfter: string | null;
  occurrencesBefore: bigint | null;
  occurrencesAfter: bigint | null;
  lastOccurredAtBefore: Date | null;
  lastOccurredAtAfter: Date | null;
  textBefore: ErrorText;
  textAfter: ErrorText;
};

function differenceRowOf(raw: RawRow & { id: string }): DifferenceRow {
  const before: ShownError | null = raw.wasThere
    ? {
        polarityId: raw.polarityIdBefore ?? "",
        occurrences: numberOf(raw.occurrencesBefore),
        lastOccurredAt: raw.lastOccurredAtBefore,
        text: raw.textBefore,
      }
    : null;
  const after: ShownError | null = raw.isThere
    ? {
        polarityId: raw.polarityIdAfter ?? "",
        occurrences: numberOf(raw.occurrencesAfter),
        lastOccurredAt: raw.lastOccurredAtAfter,
        text: raw.textAfter,
      }
    : null;
  const added = numberOf(raw.added);
  return {
    id: raw.id,
    integration: { id: raw.integrationId, name: raw.integrationName, acronym: raw.integrationAcronym },
    headline: raw.headline,
    cause: raw.cause,
    // Whatever is compared was observed in between: that is how it was found.
    differences: compareError({ before, after, added, shownBetween: true }),
    added,
    resets: numberOf(raw.resets),
    restarts: numberOf(raw.restarts),
    firstSeenAt: raw.firstSeenAt,
    before,
    after,
  };
}

function countsOf(raw: RawCounts): DifferenceCounts {
  return {
    differing: numberOf(raw.differing),
    added: numberOf(raw.addedInAll),
    appeared: numberOf(raw.appeared),
    gone: numberOf(raw.gone),
    passed: numberOf(raw.passed),
    grew: numberOf(raw.grew),
    lastSeenMoved: numberOf(raw.lastSeenMoved),
    httpStatusChanged: numberOf(raw.httpStatusChanged),
    textChanged: numberOf(raw.textChanged),
    idChanged: numberOf(raw.idChanged),
  };
}
