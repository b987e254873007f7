export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** An instant of the simulated year, as `03-02 00:15`. */
export function timeOf(text: string): number {
  return Date.parse(`2026-${text.replace(" ", "T")}:00.000Z`);
}

/** An instant of the simulated year to the second, as `03-02 00:15:30`. */
export function textOf(at: Date): string {
  return at.toISOString().slice(5, 19).replace("T", " ");
}

/** From the first instant up to, and not including, the second. */
export type Span = readonly [from: string, until: string];

export function isWithin([from, until]: Span, atMs: number): boolean {
  return atMs >= timeOf(from) && atMs < timeOf(until);
}
