/** An error as the watched server truly had it, whatever was seen of it. */
export type Truth = {
  title: string;
  /** Every total that it had, null when it was gone, and since when. The last one is what it has now. */
  past: { sinceMs: number; total: number | null }[];
};

/** What it has now; null when it is gone. */
export function totalOf({ past }: Truth): number | null {
  return past.at(-1)?.total ?? null;
}
