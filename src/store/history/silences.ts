import type { AlertState } from "../../domain/alert.js";
import type { AlertId } from "../../domain/ids.js";
import type { Labels } from "../../domain/matcher.js";
import { isStale, type SilenceEnd, type SilenceState, STALE_AFTER_MS, silenceState } from "../../domain/silence.js";
import { labelsColumn } from "../facts.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";
import { silenceEndOf } from "../silences.js";
import { allOf } from "./conditions.js";
import { createCursor, noKey } from "./cursor.js";
import { type Page, type PageRequest, pageOf, placeAfter } from "./page.js";
import { rowIdOf } from "./row-id.js";

/** A silence, where it stands, and how much it has hidden. */
export type SilenceRow = {
  id: string;
  silenceState: SilenceState;
  /** Active for over 24 h, and nothing has matched it for as long. */
  isStale: boolean;
  /** In their canonical spelling. */
  matchers: string[];
  startsAt: Date;
  /** When it was meant to end. */
  endsAt: Date;
  author: string;
  reason: string;
  createdAt: Date;
  endsWhen: SilenceEnd;
  /** Good polls in a row, the latest among them, at which nothing matched it. */
  unmatchedPolls: number;
  lastMatchedAt: Date | null;
  /** When and why it ended; null while it has not, and until it is noticed that its time is over. */
  endedAt: Date | null;
  endedBecause: string | null;
  /** How many alerts it has hidden, and how many moves of theirs. */
  hidden: { alerts: number; transitions: number };
};

/** An alert of which a silence has hidden something. */
export type HiddenAlertRow = {
  alertId: string;
  serverId: string;
  /** Null when the alert is about a server. */
  integration: { name: string; acronym: string } | null;
  error: { id: string; headline: string } | null;
  rule: string;
  alertState: AlertState;
  /** How many of its moves were hidden, from when to when. */
  transitions: number;
  firstAt: Date;
  lastAt: Date;
};

/** A silence with the alerts that it has hidden, those first of which it hid something last; at most 100. */
export type SilenceDetail = SilenceRow & { hiddenAlerts: HiddenAlertRow[] };

export type SilenceFilter = {
  /** A state; `open` for those that are not over; `stale` for those that hide nothing any more. Null: all. */
  silenceState: SilenceState | "open" | "stale" | null;
  /** The moment at which they stand so. */
  at: Date;
};

export const silenceCursor = createCursor("silences", noKey);

const HIDDEN_ALERTS_MAX = 100;

/** Silences, those first that were added last. */
export async function findSilences(db: Db, filter: SilenceFilter, page: PageRequest): Promise<Page<SilenceRow>> {
  const after = placeAfter(silenceCursor, page);
  const beyond = after === null ? null : Prisma.sql`s.id < ${after.id}`;
  const rows = await readSilences(db, allOf(stateIs(filter), beyond), page.size + 1);
  const found = rows.map((raw) => silenceRowOf(raw, filter.at));
  return pageOf(found, page, silenceCursor, () => null);
}

/** One silence as it stands at this moment, with what it has hidden. Null when there is none. */
export async function findSilence(db: Db, id: string, at: Date): Promise<SilenceDetail | null> {
  const silenceId = rowIdOf(id);
  if (silenceId === null) return null;
  const [raw] = await readSilences(db, Prisma.sql`s.id = ${silenceId}`, 1);
  if (raw === undefined) return null;
  return { ...silenceRowOf(raw, at), hiddenAlerts: await findHiddenAlerts(db, silenceId) };
}

type RawSilence = Omit<SilenceRow, "silenceState" | "isStale" | "endsWhen" | "hidden"> & {
  unmatchedPollsMax: number | null;
  endsWhen: string[];
  hiddenAlerts: bigint;
  hiddenTransitions: bigint;
};

function readSilences(db: Db, condition: Prisma.Sql, limit: number): Promise<RawSilence[]> {
  return db.$queryRaw<RawSilence[]>`
    SELECT s.id::text AS id, s.matchers, s.starts_at AS "startsAt", s.ends_at AS "endsAt", s.author, s.reason,
           s.created_at AS "createdAt", s.unmatched_polls_max AS "unmatchedPollsMax", s.ends_when AS "endsWhen",
           s.unmatched_polls AS "unmatchedPolls", s.last_matched_at AS "lastMatchedAt", s.ended_at AS "endedAt",
           s.ended_because AS "endedBecause", hidden.alerts AS "hiddenAlerts", hidden.transitions AS "hiddenTransitions"
      FROM silence AS s
     CROSS JOIN LATERAL (
           SELECT count(DISTINCT t.alert_id) AS alerts, count(DISTINCT t.id) AS transitions
             FROM delivery_transition AS dt JOIN transition AS t ON t.id = dt.transition_id
            WHERE dt.silence_id = s.id) AS hidden
     WHERE ${condition} ORDER BY s.id DESC LIMIT ${limit}`;
}

/** The same as `silenceState` and `isStale` find it, so that pages can be cut where the rows are. */
function stateIs({ silenceState: asked, at }: SilenceFilter): Prisma.Sql | null {
  const isOpen = Prisma.sql`(s.ended_at IS NULL AND s.ends_at > ${at})`;
  switch (asked) {
    case null:
      return null;
    case "open":
      return isOpen;
    case "pending":
      return Prisma.sql`${isOpen} AND s.starts_at > ${at}`;
    case "active":
      return Prisma.sql`${isOpen} AND s.starts_at <= ${at}`;
    case "expired":
      return Prisma.sql`NOT ${isOpen}`;
    case "stale": {
      const staleBefore = new Date(at.getTime() - STALE_AFTER_MS);
      return Prisma.sql`${isOpen} AND greatest(s.starts_at, s.last_matched_at) < ${staleBefore}`;
    }
    default:
      throw new Error(`Unknown state of a silence: ${JSON.stringify(asked satisfies never)}`);
  }
}

function silenceRowOf(raw: RawSilence, at: Date): SilenceRow {
  const { unmatchedPollsMax, endsWhen, hiddenAlerts, hiddenTransitions, ...row } = raw;
  return {
    ...row,
    silenceState: row.endedAt === null ? silenceState(row, at) : "expired",
    isStale: row.endedAt === null && isStale(row, row.lastMatchedAt, at),
    endsWhen: silenceEndOf({ unmatchedPollsMax, endsWhen }),
    hidden: { alerts: numberOf(hiddenAlerts), transitions: numberOf(hiddenTransitions) },
  };
}

type RawAbout = {
  errorId: string | null;
  headline: string | null;
  integrationName: string | null;
  integrationAcronym: string | null;
};

function aboutOf({ errorId, headline, integrationName: name, integrationAcronym: acronym }: RawAbout) {
  return {
    integration: name === null || acronym === null ? null : { name, acronym },
    error: errorId === null || headline === null ? null : { id: errorId, headline },
  };
}

async function findHiddenAlerts(db: Db, silenceId: bigint): Promise<HiddenAlertRow[]> {
  const rows = await db.$queryRaw<
    (Omit<HiddenAlertRow, "integration" | "error" | "transitions"> & RawAbout & { transitions: bigint })[]
  >`
    SELECT a.id::text AS "alertId", a.server_id AS "serverId", a.rule, a.state AS "alertState",
           e.id::text AS "errorId", e.headline, i.name AS "integrationName", i.acronym AS "integrationAcronym",
           count(DISTINCT t.id) AS transitions, min(t.at) AS "firstAt", max(t.at) AS "lastAt"
      FROM delivery_transition AS dt
      JOIN transition AS t ON t.id = dt.transition_id
      JOIN alert AS a ON a.id = t.alert_id
      LEFT JOIN error AS e ON e.id = a.error_id
      LEFT JOIN integration AS i ON i.id = a.integration_id
     WHERE dt.silence_id = ${silenceId}
     GROUP BY a.id, e.id, i.id ORDER BY max(t.at) DESC, a.id DESC LIMIT ${HIDDEN_ALERTS_MAX}`;
  return rows.map(({ errorId, headline, integrationName, integrationAcronym, transitions, ...row }) => ({
    ...row,
    ...aboutOf({ errorId, headline, integrationName, integrationAcronym }),
    transitions: numberOf(transitions),
  }));
}

/** One time at which an alert began to fire, with the labels that are on record for the alert. */
export type FiringRow = Pick<HiddenAlertRow, "integration" | "error"> & {
  transitionId: bigint;
  alertId: AlertId;
  at: Date;
  labels: Labels;
  because: string;
};

/** What fired within this time, the end not included, in the order in which it was recorded, behind `after`. */
export async function findFirings(
  db: Db,
  span: { fromAt: Date; toAt: Date },
  { size, after }: { size: number; after: bigint },
): Promise<FiringRow[]> {
  const rows = await db.$queryRaw<
    (Omit<FiringRow, "integration" | "error" | "labels"> & RawAbout & { labels: unknown })[]
  >`
    SELECT t.id AS "transitionId", t.alert_id AS "alertId", t.at, t.because, a.labels,
           e.id::text AS "errorId", e.headline, i.name AS "integrationName", i.acronym AS "integrationAcronym"
      FROM transition AS t
      JOIN alert AS a ON a.id = t.alert_id
      LEFT JOIN error AS e ON e.id = a.error_id
      LEFT JOIN integration AS i ON i.id = a.integration_id
     WHERE t.id > ${after} AND t.to_state = 'firing' AND t.at >= ${span.fromAt} AND t.at < ${span.toAt}
     ORDER BY t.id LIMIT ${size}`;
  return rows.map(({ errorId, headline, integrationName, integrationAcronym, labels, ...row }) => ({
    ...row,
    ...aboutOf({ errorId, headline, integrationName, integrationAcronym }),
    labels: labelsColumn.parse(labels),
  }));
}
