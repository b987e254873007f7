import { localClock } from "./local-clock.js";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** In how long stretches a timeline counts, the finest first. */
export const BUCKETS = ["1m", "5m", "15m", "1h", "6h", "1d"] as const;
export type Bucket = (typeof BUCKETS)[number];

const BUCKET_MS = {
  "1m": MINUTE_MS,
  "5m": 5 * MINUTE_MS,
  "15m": 15 * MINUTE_MS,
  "1h": 60 * MINUTE_MS,
  "6h": 360 * MINUTE_MS,
  "1d": DAY_MS,
} as const satisfies Record<Bucket, number>;

export const BUCKETS_MAX = 2000;
const BUCKETS_COMFORTABLE = 200;

type Span = { since: Date; until: Date };

/** The finest bucket of which at most so many make up the span; null when even days are too many. */
export function finestBucket({ since, until }: Span, countMax: number = BUCKETS_COMFORTABLE): Bucket | null {
  // One more than fit: the span may begin and end within a bucket.
  return BUCKETS.find((bucket) => (until.getTime() - since.getTime()) / BUCKET_MS[bucket] + 1 <= countMax) ?? null;
}

/**
 * Where the buckets begin that make up the span, and last where the last one ends. The span is widened to whole buckets.
 * They begin at whole minutes, hours or days of UTC; days at midnight of the time zone, or when the day begins there.
 */
export function bucketEdges({ since, until }: Span, bucket: Bucket, timeZone: string): Date[] {
  const edges = bucket === "1d" ? dayStarts(since, until, timeZone) : evenStarts(since, until, BUCKET_MS[bucket]);
  return edges.map((ms) => new Date(ms));
}

function evenStarts(since: Date, until: Date, lengthMs: number): number[] {
  const first = Math.floor(since.getTime() / lengthMs) * lengthMs;
  const count = Math.max(Math.ceil((until.getTime() - first) / lengthMs), 1);
  return Array.from({ length: count + 1 }, (_, index) => first + index * lengthMs);
}

function dayStarts(since: Date, until: Date, timeZone: string): number[] {
  const startOfDay = createStartOfDay(timeZone);
  const edges = [startOfDay(since.getTime())];
  for (let last = edges[0] ?? 0; last < until.getTime(); ) {
    last = startOfDay(last + 1.5 * DAY_MS); // no day is shorter than half of this, or longer
    edges.push(last);
  }
  return edges;
}

/** Clocks are changed by quarters of an hour, and mostly in the first hours of a day. */
const STEP_MS = 15 * MINUTE_MS;
const EARLY_MINUTES = 240;

function createStartOfDay(timeZone: string): (atMs: number) => number {
  const clock = localClock(timeZone);
  return (atMs) => {
    const { minute, date } = clock(atMs);
    const isSameDay = (ms: number) => {
      const other = clock(ms).date;
      return other.day === date.day && other.month === date.month && other.year === date.year;
    };
    const early = atMs - Math.max(minute - EARLY_MINUTES, 0) * MINUTE_MS;
    let start = Math.floor(early / STEP_MS) * STEP_MS;
    while (isSameDay(start - STEP_MS)) start -= STEP_MS;
    return start;
  };
}
