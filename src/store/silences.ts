import { formatMatcher, parseMatcher } from "../domain/matcher.js";
import type { NewSilence, Silence, SilenceEnd, SilenceId } from "../domain/silence.js";
import type { Db } from "./prisma.js";

/** What ends a silence, as the table keeps it: the limit of polls has a column of its own. */
type StoredEnd = { unmatchedPollsMax: number | null; endsWhen: readonly string[] };

const END_WORDS = {
  countDoubles: "count_doubles",
  httpStatusChanges: "http_status_changes",
  textChanges: "text_changes",
} as const satisfies Record<Exclude<keyof SilenceEnd, "unmatchedPolls">, string>;

/** What ends a silence by itself, from the columns that keep it. */
export function silenceEndOf({ unmatchedPollsMax, endsWhen }: StoredEnd): SilenceEnd {
  return {
    unmatchedPolls: unmatchedPollsMax,
    countDoubles: endsWhen.includes(END_WORDS.countDoubles),
    httpStatusChanges: endsWhen.includes(END_WORDS.httpStatusChanges),
    textChanges: endsWhen.includes(END_WORDS.textChanges),
  };
}

/** Stores a silence, its matchers in their canonical spelling, and gives its id. */
export async function insertSilence(db: Db, silence: NewSilence, createdAt: Date): Promise<SilenceId> {
  const { matchers, startsAt, endsAt, author, reason, endsWhen } = silence;
  const words = [
    ...(endsWhen.countDoubles ? [END_WORDS.countDoubles] : []),
    ...(endsWhen.httpStatusChanges ? [END_WORDS.httpStatusChanges] : []),
    ...(endsWhen.textChanges ? [END_WORDS.textChanges] : []),
  ];
  const [row] = await db.$queryRaw<{ id: SilenceId }[]>`
    INSERT INTO silence (matchers, starts_at, ends_at, author, reason, created_at, unmatched_polls_max, ends_when)
    VALUES (${matchers.map(formatMatcher)}::text[], ${startsAt}, ${endsAt}, ${author}, ${reason}, ${createdAt},
            ${endsWhen.unmatchedPolls}::integer, ${words}::text[])
    RETURNING id`;
  if (row === undefined) throw new Error("A silence was not stored");
  return row.id;
}

/**
 * The silences that are active at this moment and that nobody and nothing has ended, the oldest first. One with a matcher
 * that this release cannot read, as another release or another Node.js may have stored it, hides nothing: to tell too
 * much is better than to tell nothing.
 */
export async function findActiveSilences(db: Db, at: Date): Promise<Silence[]> {
  const rows = await db.$queryRaw<
    (Omit<Silence, "matchers" | "endsWhen"> & StoredEnd & { matchers: readonly string[] })[]
  >`
    SELECT id, matchers, starts_at AS "startsAt", ends_at AS "endsAt", author, reason,
           unmatched_polls_max AS "unmatchedPollsMax", ends_when AS "endsWhen"
      FROM silence WHERE ended_at IS NULL AND ends_at > ${at} AND starts_at <= ${at}
     ORDER BY id`;
  return rows.flatMap(({ unmatchedPollsMax, endsWhen, ...row }) => {
    const matchers = row.matchers.map(parseMatcher).flatMap((read) => ("problem" in read ? [] : [read]));
    if (matchers.length < row.matchers.length) return [];
    return [{ ...row, matchers, endsWhen: silenceEndOf({ unmatchedPollsMax, endsWhen }) }];
  });
}

/** Until the transaction ends, nobody else adds a silence with these matchers who asks for the same lock first. */
export async function lockMatchers(tx: Db, matchers: readonly string[]): Promise<void> {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended(${JSON.stringify(matchers)}, 0))::text`;
}

/** Ends a silence before its time. False, and nothing done, when it is over already or there is none. */
export async function endSilence(db: Db, id: SilenceId, because: string, at: Date): Promise<boolean> {
  const rows = await db.$executeRaw`
    UPDATE silence SET ended_at = ${at}, ended_because = ${because}
     WHERE id = ${id} AND ended_at IS NULL AND ends_at > ${at}`;
  return rows === 1;
}
