const DAY_MS = 86_400_000;

/** What is deleted by its age; in polarwatch.yaml under the same names. */
export const RETAINED = ["observations", "changes", "attempts", "decisions", "polls"] as const;
export type Retained = (typeof RETAINED)[number];

/** How long each is kept, in ms; null: for ever. */
export type RetentionPolicy = Readonly<Record<Retained, number | null>>;

export const DEFAULT_RETENTION: RetentionPolicy = {
  observations: 400 * DAY_MS,
  changes: 400 * DAY_MS,
  attempts: 90 * DAY_MS,
  decisions: 90 * DAY_MS,
  polls: 30 * DAY_MS,
};

/**
 * No less can be configured. Growth is judged by windows of up to four weeks with as long a baseline before them, and
 * a weekly digest counts the polls of its week.
 */
export const RETENTION_MS_MIN: Readonly<Record<Retained, number>> = {
  observations: 60 * DAY_MS,
  changes: 60 * DAY_MS,
  attempts: 7 * DAY_MS,
  decisions: 7 * DAY_MS,
  polls: 8 * DAY_MS,
};

/** What lies before is deleted; null: nothing is. */
export function cutoffOf(policy: RetentionPolicy, what: Retained, now: Date): Date | null {
  const keptMs = policy[what];
  return keptMs === null ? null : new Date(now.getTime() - keptMs);
}

/** A monthly partition: its table and the instants it is for, the first included and the last not. */
export type Month = { table: string; startsAt: Date; endsAt: Date };

/** The month that a partition is for, by its name; null for the name of something else. */
export function monthOf(table: string): Month | null {
  const [, year, month] = /^(?:observation|change)_(\d{4})_(\d\d)$/.exec(table) ?? [];
  if (year === undefined || month === undefined) return null;
  const startsAt = new Date(Date.UTC(Number(year), Number(month) - 1));
  return { table, startsAt, endsAt: new Date(Date.UTC(Number(year), Number(month))) };
}

/** So long after its end a month is read as seldom as any older one. */
const PACK_AFTER_MS = 35 * DAY_MS;

/** Whether the observations of a month are to be packed: they are old, or so old that they are to be deleted, which packs are. */
export function isToBePacked({ endsAt }: Month, policy: RetentionPolicy, now: Date): boolean {
  const cutoff = cutoffOf(policy, "observations", now);
  return endsAt.getTime() + PACK_AFTER_MS <= now.getTime() || (cutoff !== null && endsAt <= cutoff);
}
