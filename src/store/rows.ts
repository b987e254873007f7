/**
 * A set of rows as one parameter: SQL takes it apart with `json_to_recordset`. Unlike arrays of columns it carries nulls
 * and instants without a cast for each, and unlike a list of values its text is the same for any number of rows.
 */
export function rowsJson(rows: readonly Readonly<Record<string, unknown>>[]): string {
  return JSON.stringify(rows, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

/** A total as the domain counts it. The decoder takes none that is so large that anything would be lost here. */
export function numberOf(total: bigint): number;
export function numberOf(total: bigint | null): number | null;
export function numberOf(total: bigint | null): number | null {
  return total === null ? null : Number(total);
}
