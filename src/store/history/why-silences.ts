import { parseMatcher } from "../../domain/matcher.js";
import type { Silence } from "../../domain/silence.js";
import type { Db } from "../prisma.js";
import { silenceEndOf } from "../silences.js";

type RawSilence = Omit<Silence, "matchers" | "endsWhen"> & {
  matchers: readonly string[];
  unmatchedPollsMax: number | null;
  endsWhen: readonly string[];
};

/**
 * The silences that were active at a moment, also at one that is past; one that was ended before its time ends then. As
 * where alerts are told, one with a matcher that cannot be read hides nothing.
 */
export async function findSilencesAt(db: Db, at: Date): Promise<Silence[]> {
  const rows = await db.$queryRaw<RawSilence[]>`
    SELECT id, matchers, starts_at AS "startsAt", least(ends_at, ended_at) AS "endsAt", author, reason,
           unmatched_polls_max AS "unmatchedPollsMax", ends_when AS "endsWhen"
      FROM silence WHERE starts_at <= ${at} AND least(ends_at, ended_at) > ${at}`;
  return rows.flatMap(({ unmatchedPollsMax, endsWhen, ...row }) => {
    const matchers = row.matchers.map(parseMatcher).flatMap((read) => ("problem" in read ? [] : [read]));
    if (matchers.length < row.matchers.length) return [];
    return [{ ...row, matchers, endsWhen: silenceEndOf({ unmatchedPollsMax, endsWhen }) }];
  });
}
