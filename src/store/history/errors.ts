import type { OpenAlertState, Severity } from "../../domain/alert.js";
import type { Cause } from "../../domain/cause.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";
import { allOf, integrationsNamed, ofServer } from "./conditions.js";
import { DEFAULT_ERROR_SORT, type ErrorOrder, type ErrorPart, type ErrorSort, errorOrder } from "./error-order.js";
import { ERROR_COLUMNS, errorRowOf, type ListedErrorRow, type RawErrorRow } from "./error-row.js";
import { type Page, type PageRequest, placeAfter } from "./page.js";

/** Whether the server's newest list shows an error. */
export const ERROR_STATES = ["present", "gone"] as const;
type ErrorState = (typeof ERROR_STATES)[number];

/** From `since`, and before `until`; null for no limit. */
type Span = { since: Date | null; until: Date | null };

export type ErrorFilter = {
  server: string | null;
  /** An integration's id, name or acronym. */
  integration: string | null;
  /** An integration's acronym. */
  acronym: string | null;
  cause: Cause | null;
  httpStatus: number | null;
  state: ErrorState | null;
  /** Of one of its open alerts; with both, of one and the same. */
  severity: Severity | null;
  alertState: OpenAlertState | null;
  /** Words, or their beginnings: all of them stand in one of the texts that it has ever shown. */
  text: string | null;
  firstSeen: Span;
  /** When it last occurred, as the server says. */
  lastSeen: Span;
  /** From when on it is told how much was added; null where nobody asked. */
  addedSince: Date | null;
  /** At least so much was added since then. */
  addedMin: number | null;
  sort: ErrorSort;
};

/** What lets every error through. */
export const EVERY_ERROR: ErrorFilter = {
  server: null,
  integration: null,
  acronym: null,
  cause: null,
  httpStatus: null,
  state: null,
  severity: null,
  alertState: null,
  text: null,
  firstSeen: { since: null, until: null },
  lastSeen: { since: null, until: null },
  addedSince: null,
  addedMin: null,
  sort: DEFAULT_ERROR_SORT,
};

type RawListed = RawErrorRow & { addedInWindow: bigint | null };

/**
 * Errors in the order of `filter.sort`, which `DEFAULT_ERROR_SORT` sets to those first that grew last. Those that have no
 * value to be sorted by come last, and are only looked for once the others are through: each part is one walk of an index.
 */
export async function findErrors(db: Db, filter: ErrorFilter, page: PageRequest): Promise<Page<ListedErrorRow>> {
  const order = errorOrder(filter.sort, filter.addedSince);
  const after = placeAfter(order.cursor, page);
  const candidates = await findCandidates(db, filter);
  const find = (part: ErrorPart, size: number) =>
    db.$queryRaw<RawListed[]>(errorsQuery(filter, order, part, { size, after }, candidates));
  const valued = after?.key === null ? [] : await find("valued", page.size + 1);
  const missing = page.size + 1 - valued.length;
  const unvalued = missing > 0 && order.canLackValue ? await find("unvalued", missing) : [];
  const found = [...valued, ...unvalued].map(listedRowOf);
  const rows = found.slice(0, page.size);
  const last = rows.at(-1);
  return {
    rows,
    next: found.length > rows.length && last !== undefined ? order.cursor.encode(order.keyOf(last), last.id) : null,
  };
}

/** The one statement of one part of a page of errors: those with a value to be sorted by, or those without one. */
function errorsQuery(
  filter: ErrorFilter,
  order: ErrorOrder,
  part: ErrorPart,
  { size, after }: { size: number; after: Parameters<ErrorOrder["partBehind"]>[1] },
  candidates: Candidates,
): Prisma.Sql {
  const { server, integration, acronym, cause, httpStatus, state, text, firstSeen, lastSeen } = filter;
  const { addedSince, addedMin } = filter;
  return Prisma.sql`
    SELECT ${ERROR_COLUMNS}, ${addedSince === null ? Prisma.sql`NULL::bigint` : ADDED_IN_WINDOW} AS "addedInWindow"
      FROM ${candidates.ids === null ? Prisma.sql`error` : amongThese(candidates.ids)} AS e
      JOIN integration AS i ON i.id = e.integration_id
      ${addedSince === null ? Prisma.empty : beforeWindow(addedSince)}
     WHERE ${allOf(
       ofServer(Prisma.sql`e.server_id`, server),
       integration === null ? null : Prisma.sql`e.integration_id IN ${integrationsNamed(integration)}`,
       acronym === null
         ? null
         : Prisma.sql`e.integration_id IN (SELECT id FROM integration WHERE lower(acronym) = lower(${acronym}))`,
       cause === null ? null : Prisma.sql`e.cause = ${cause}`,
       httpStatus === null ? null : Prisma.sql`e.http_status = ${httpStatus}`,
       state === null ? null : Prisma.sql`e.present = ${state === "present"}`,
       candidates.areByAlert ? null : hasOpenAlert(filter),
       text === null || candidates.areByText ? null : saying(text),
       ...within(Prisma.sql`e.first_seen_at`, firstSeen),
       ...within(Prisma.sql`e.last_occurred_at`, lastSeen),
       addedMin === null || addedSince === null
         ? null
         : Prisma.sql`e.last_grown_at >= ${addedSince} AND ${ADDED_IN_WINDOW} >= ${addedMin}`,
       order.partBehind(part, after),
     )}
     ${order.orderBy(part)} LIMIT ${size}`;
}

/** The running sum as it stood before the window: by the first change in it. Nothing is looked up for what stood still. */
function beforeWindow(since: Date): Prisma.Sql {
  return Prisma.sql`
    LEFT JOIN LATERAL (SELECT c.added_total - c.added AS total FROM change AS c
                        WHERE c.error_id = e.id AND c.at >= ${since} AND e.last_grown_at >= ${since}
                        ORDER BY c.at LIMIT 1) AS before ON true`;
}

const ADDED_IN_WINDOW = Prisma.sql`(e.added_total - coalesce(before.total, e.added_total))`;

/** The errors to look among, and which filters they are known to fit; no ids where all have to be looked at. */
type Candidates = { ids: readonly string[] | null; areByAlert: boolean; areByText: boolean };

/** Beyond so many it is quicker to walk the order and look at each error, since a page of those that fit is found soon. */
const CANDIDATES_MAX = 2000;

/** Postgres would walk the whole order for the few errors that fit a rare word, so these are looked up first. */
async function findCandidates(db: Db, filter: ErrorFilter): Promise<Candidates> {
  const byAlert = asksForAlert(filter)
    ? await findFew(db, Prisma.sql`SELECT DISTINCT a.error_id AS id FROM alert AS a WHERE ${openAlert(filter)}`)
    : null;
  const byText =
    filter.text === null
      ? null
      : await findFew(db, Prisma.sql`SELECT t.error_id AS id FROM error_text AS t WHERE ${says(filter.text)}`);
  const known = new Set(byText);
  return {
    ids: byAlert === null || byText === null ? (byAlert ?? byText) : byAlert.filter((id) => known.has(id)),
    areByAlert: byAlert !== null,
    areByText: byText !== null,
  };
}

/**
 * Null when there are more, of which then none is read. As one text, both ways: to read and write as many numbers takes
 * longer than to find them.
 */
async function findFew(db: Db, ids: Prisma.Sql): Promise<string[] | null> {
  const [row] = await db.$queryRaw<{ areFew: boolean; ids: string | null }[]>`
    WITH found AS MATERIALIZED (${ids} LIMIT ${CANDIDATES_MAX + 1}),
    counted AS MATERIALIZED (SELECT count(*) <= ${CANDIDATES_MAX} AS are_few FROM found)
    SELECT are_few AS "areFew", CASE WHEN are_few THEN (SELECT string_agg(DISTINCT id::text, ',') FROM found) END AS ids
      FROM counted`;
  if (row === undefined || !row.areFew) return null;
  return row.ids?.split(",") ?? [];
}

/** Read before they are sorted: without OFFSET the planner could still walk the order. */
function amongThese(ids: readonly string[]): Prisma.Sql {
  return Prisma.sql`(SELECT * FROM error WHERE id = ANY (string_to_array(${ids.join(",")}, ',')::bigint[]) OFFSET 0)`;
}

const asksForAlert = ({ severity, alertState }: ErrorFilter) => severity !== null || alertState !== null;

function hasOpenAlert(filter: ErrorFilter): Prisma.Sql | null {
  if (!asksForAlert(filter)) return null;
  return Prisma.sql`EXISTS (SELECT FROM alert AS a WHERE a.error_id = e.id AND ${openAlert(filter)})`;
}

function openAlert({ severity, alertState }: ErrorFilter): Prisma.Sql {
  return allOf(
    Prisma.sql`a.subject = 'error' AND a.state <> 'resolved'`,
    severity === null ? null : Prisma.sql`a.severity = ${severity}`,
    alertState === null ? null : Prisma.sql`a.state = ${alertState}`,
  );
}

function saying(text: string): Prisma.Sql {
  return Prisma.sql`EXISTS (SELECT FROM error_text AS t WHERE t.error_id = e.id AND ${says(text)})`;
}

/** A text without any word finds nothing. No sign is left in words that would mean something in a query. */
function says(text: string): Prisma.Sql {
  return Prisma.sql`t.words @@ to_tsquery('simple',
    '''' || replace(nullif(btrim(spaced_words(${text})), ''), ' ', ''':* & ''') || ''':*')`;
}

function within(column: Prisma.Sql, { since, until }: Span): (Prisma.Sql | null)[] {
  return [
    since === null ? null : Prisma.sql`${column} >= ${since}`,
    until === null ? null : Prisma.sql`${column} < ${until}`,
  ];
}

function listedRowOf(raw: RawListed): ListedErrorRow {
  return Object.assign(errorRowOf(raw), { addedInWindow: numberOf(raw.addedInWindow) });
}
