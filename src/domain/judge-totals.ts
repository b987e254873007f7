import type { ErrorId } from "./ids.js";
import type { TotalAt } from "./judgement.js";

/** Collects the sums that were looked up for a poll. */
export type TotalsTable = {
  add(errorId: ErrorId, atMs: number, total: number): void;
  /** Throws for a sum that nobody looked up: to take it for 0 would make growth of it. */
  readonly totalAt: TotalAt;
};

/** An empty table. */
export function createTotalsTable(): TotalsTable {
  const totals = new Map<ErrorId, Map<number, number>>();
  return {
    add: (errorId, atMs, total) => {
      const known = totals.get(errorId);
      if (known === undefined) totals.set(errorId, new Map([[atMs, total]]));
      else known.set(atMs, total);
    },
    totalAt: (errorId, atMs) => {
      const total = totals.get(errorId)?.get(atMs);
      if (total !== undefined) return total;
      throw new Error(`The sum of error ${errorId} at ${new Date(atMs).toISOString()} was not looked up`);
    },
  };
}
