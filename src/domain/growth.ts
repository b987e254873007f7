/** What a server says about how often and when an error occurred; null where it does not say. */
export type Counted = { occurrences: number | null; lastOccurredAt: Date | null };

const ADDED_BECAUSE = ["first_seen", "total_rose", "counter_reset", "time_moved", "nothing_moved"] as const;
/** What proved that an error grew, or that it did not. */
export type AddedBecause = (typeof ADDED_BECAUSE)[number];

const GROWTH_NOTES = ["last_seen_in_future", "last_seen_went_back", "total_unknown"] as const;
/** What is odd about the numbers, and was therefore noted but not trusted. */
export type GrowthNote = (typeof GROWTH_NOTES)[number];

export type Added = { added: number; because: AddedBecause; notes: readonly GrowthNote[] };

/** The server writes times with its own clock, but a read takes a while, and its `Date` header has whole seconds. */
const CLOCK_SKEW_MS_MAX = 60_000;

/**
 * How often an error truly occurred between two observations, as far as they prove it, and why we say so. `before` is
 * null for an error that was never seen. `readAt` is the server's clock at the later read.
 *
 * A total that fell is a counter reset: what it shows was added since. A total that stood still, or that one side does
 * not know, leaves the time: one that moved is one occurrence at least, unless it lies in the future of the read or
 * before the previous one.
 */
export function addedBetween(before: Counted | null, after: Counted, readAt: Date): Added {
  const notes = notesOn(before, after, readAt);
  if (before === null) {
    // That it is listed at all is one occurrence, also where the server does not count.
    return { added: after.occurrences ?? 1, because: "first_seen", notes };
  }
  if (before.occurrences !== null && after.occurrences !== null) {
    const risen = after.occurrences - before.occurrences;
    if (risen < 0) return { added: after.occurrences, because: "counter_reset", notes };
    if (risen > 0) return { added: risen, because: "total_rose", notes };
  }
  const [was, is] = [before.lastOccurredAt, after.lastOccurredAt];
  const moved = was !== null && is !== null && is > was && !notes.includes("last_seen_in_future");
  return moved ? { added: 1, because: "time_moved", notes } : { added: 0, because: "nothing_moved", notes };
}

function notesOn(before: Counted | null, after: Counted, readAt: Date): readonly GrowthNote[] {
  const notes: GrowthNote[] = [];
  const [was, is] = [before?.lastOccurredAt ?? null, after.lastOccurredAt];
  if (is !== null && is.getTime() > readAt.getTime() + CLOCK_SKEW_MS_MAX) notes.push("last_seen_in_future");
  if (was !== null && is !== null && is < was) notes.push("last_seen_went_back");
  if (after.occurrences === null || before?.occurrences === null) notes.push("total_unknown");
  return notes;
}

/** One error of an integration as two consecutive good polls saw it. */
export type CountedPair<Id> = { integrationId: Id; before: Counted; after: Counted };

/**
 * The integrations that restarted between two polls, as far as falling totals tell: more than half of the totals known
 * on both sides fell, and at least two did. One lone total that fell may have been cleared by somebody; that it is a
 * counter reset is said of the error itself. `standing` counts the known totals of each integration that are not among
 * the pairs, because nothing about their errors differed.
 */
export function restartedIntegrations<Id>(
  pairs: Iterable<CountedPair<Id>>,
  standing: ReadonlyMap<Id, number>,
): ReadonlySet<Id> {
  const tallies = new Map<Id, { known: number; fell: number }>();
  for (const { integrationId, before, after } of pairs) {
    if (before.occurrences === null || after.occurrences === null) continue;
    const tally = tallies.get(integrationId) ?? { known: standing.get(integrationId) ?? 0, fell: 0 };
    tally.known += 1;
    if (after.occurrences < before.occurrences) tally.fell += 1;
    tallies.set(integrationId, tally);
  }
  return new Set([...tallies].flatMap(([id, { known, fell }]) => (fell >= 2 && fell * 2 > known ? [id] : [])));
}
