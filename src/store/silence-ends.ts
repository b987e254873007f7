import type { ErrorId } from "../domain/ids.js";
import { type Labels, type Matcher, matchesAll } from "../domain/matcher.js";
import type { Silence, SilenceId } from "../domain/silence.js";
import type { HiddenError, SilenceEvidence } from "../domain/silence-end.js";
import type { ServerId } from "../domain/snapshot.js";
import { labelsColumn } from "./facts.js";
import type { Db } from "./prisma.js";
import { numberOf, rowsJson } from "./rows.js";
import { findActiveSilences } from "./silences.js";

type FiringAlert = { serverId: ServerId; errorId: ErrorId | null; labels: Labels };

/**
 * Records at a good poll, after its alerts have moved, which errors the active silences match and which of the silences
 * match nothing. A silence that matches an alert on another server is no silence without a match, and one that asks for
 * another server does not count the polls of this one.
 */
export async function observeSilences(tx: Db, poll: { serverId: ServerId; at: Date }): Promise<void> {
  const silences = await holdOpen(tx, await findActiveSilences(tx, poll.at));
  if (silences.length === 0) return;
  const here = await findFiring(tx, poll.serverId);
  const matched = silences.filter((silence) => matchesAny(silence, here));
  await storeMatches(tx, poll.at, matched, here);
  const counting = silences.filter(
    (silence) =>
      silence.endsWhen.unmatchedPolls !== null &&
      !matched.includes(silence) &&
      matchesAll(silence.matchers.filter(isAboutServers), { server: poll.serverId }),
  );
  if (counting.length === 0) return;
  const anywhere = await findFiring(tx, null);
  const idle = counting.filter((silence) => !matchesAny(silence, anywhere));
  await tx.$executeRaw`
    UPDATE silence SET unmatched_polls = unmatched_polls + 1
     WHERE id = ANY (${idle.map(({ id }) => id)}::bigint[]) AND ended_at IS NULL`;
}

/**
 * Keeps the silences from being reported until the transaction ends, those left out that are being reported now. Rows
 * are locked in one order, so that the polls of two servers never wait for each other.
 */
async function holdOpen(tx: Db, silences: readonly Silence[]): Promise<Silence[]> {
  if (silences.length === 0) return [];
  const rows = await tx.$queryRaw<{ id: SilenceId }[]>`
    SELECT id FROM silence WHERE id = ANY (${silences.map(({ id }) => id)}::bigint[]) AND ended_at IS NULL
     ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`;
  const held = new Set(rows.map(({ id }) => id));
  return silences.filter(({ id }) => held.has(id));
}

const isAboutServers = ({ label }: Matcher) => label === "server";

function matchesAny({ matchers }: Silence, alerts: readonly FiringAlert[]): boolean {
  return alerts.some(({ labels }) => matchesAll(matchers, labels));
}

/** The alerts that fire, acknowledged or not, on a server or, for null, on all. */
async function findFiring(tx: Db, serverId: ServerId | null): Promise<FiringAlert[]> {
  const rows = await tx.$queryRaw<(Omit<FiringAlert, "labels"> & { labels: unknown })[]>`
    SELECT server_id AS "serverId", error_id AS "errorId", labels FROM alert
     WHERE state IN ('firing', 'acknowledged') AND (${serverId}::text IS NULL OR server_id = ${serverId})`;
  return rows.map((row) => ({ ...row, labels: labelsColumn.parse(row.labels) }));
}

/** Notes that silences matched something, and how each error was when a silence first matched it. */
async function storeMatches(
  tx: Db,
  at: Date,
  matched: readonly Silence[],
  alerts: readonly FiringAlert[],
): Promise<void> {
  if (matched.length === 0) return;
  await tx.$executeRaw`
    UPDATE silence SET unmatched_polls = 0, last_matched_at = ${at}
     WHERE id = ANY (${matched.map(({ id }) => id)}::bigint[])`;
  const rows = matched.flatMap(({ id, matchers }) => {
    const errorIds = alerts.flatMap(({ errorId, labels }) =>
      errorId !== null && matchesAll(matchers, labels) ? [errorId] : [],
    );
    return [...new Set(errorIds)].map((errorId) => ({ silence_id: id, error_id: errorId }));
  });
  // The fingerprint is the digest of the text without its variable parts.
  await tx.$executeRaw`
    INSERT INTO silence_match (silence_id, error_id, matched_at, occurrences, http_status, text_digest)
    SELECT r.silence_id, e.id, ${at}, coalesce(e.occurrences, e.added_total), e.http_status, e.fingerprint
      FROM json_to_recordset(${rowsJson(rows)}::json) AS r(silence_id bigint, error_id bigint)
      JOIN error AS e ON e.id = r.error_id
    ON CONFLICT (silence_id, error_id) DO NOTHING`;
}

/** What speaks for the end of each of these silences. Errors are compared with how they were at the first match. */
export async function findSilenceEvidence(db: Db, ids: readonly SilenceId[]): Promise<Map<SilenceId, SilenceEvidence>> {
  if (ids.length === 0) return new Map();
  const silences = await db.$queryRaw<{ id: SilenceId; unmatchedPolls: number }[]>`
    SELECT id, unmatched_polls AS "unmatchedPolls" FROM silence WHERE id = ANY (${ids}::bigint[])`;
  const rows = await db.$queryRaw<
    {
      silenceId: SilenceId;
      errorId: ErrorId;
      occurrences: bigint | null;
      httpStatus: number | null;
      textDigest: string;
      addedSince: bigint;
      httpStatusNow: number | null;
      textDigestNow: string;
    }[]
  >`
    SELECT m.silence_id AS "silenceId", m.error_id AS "errorId", m.occurrences, m.http_status AS "httpStatus",
           m.text_digest AS "textDigest", e.http_status AS "httpStatusNow", e.fingerprint AS "textDigestNow",
           coalesce((SELECT sum(c.added) FROM change AS c WHERE c.error_id = m.error_id AND c.at > m.matched_at),
                    0)::bigint AS "addedSince"
      FROM silence_match AS m JOIN error AS e ON e.id = m.error_id
     WHERE m.silence_id = ANY (${ids}::bigint[]) ORDER BY m.error_id`;
  const hidden = new Map<SilenceId, HiddenError[]>();
  for (const row of rows) {
    const { silenceId, errorId, httpStatus, textDigest } = row;
    const count = numberOf(row.occurrences);
    const error: HiddenError = {
      errorId,
      first: { count, httpStatus, textDigest },
      now: {
        count: count === null ? null : count + numberOf(row.addedSince),
        httpStatus: row.httpStatusNow,
        textDigest: row.textDigestNow,
      },
    };
    hidden.set(silenceId, [...(hidden.get(silenceId) ?? []), error]);
  }
  return new Map(silences.map(({ id, unmatchedPolls }) => [id, { unmatchedPolls, hidden: hidden.get(id) ?? [] }]));
}

/** Ends every silence whose time is over, at that time. How many there were. */
export function endSilencesInTime(db: Db, now: Date): Promise<number> {
  return db.$executeRaw`
    UPDATE silence SET ended_at = ends_at, ended_because = 'Its time is over'
     WHERE ended_at IS NULL AND ends_at <= ${now}`;
}

/** Ends silences for the reason that each has; one that has ended meanwhile keeps its own. How many were ended. */
export async function endSilencesBecause(
  db: Db,
  ended: readonly { id: SilenceId; because: string }[],
  now: Date,
): Promise<number> {
  if (ended.length === 0) return 0;
  return db.$executeRaw`
    UPDATE silence AS s SET ended_at = ${now}, ended_because = r.because
      FROM json_to_recordset(${rowsJson(ended)}::json) AS r(id bigint, because text)
     WHERE s.id = r.id AND s.ended_at IS NULL`;
}
