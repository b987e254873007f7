export const ROW_ID_MAX = 2n ** 63n - 1n;

/** Outside, ids are opaque texts. Null for one that no row can have; compared with it, SQL finds nothing. */
export function rowIdOf(text: string): bigint | null {
  if (!/^[1-9]\d{0,18}$/.test(text)) return null;
  const id = BigInt(text);
  return id <= ROW_ID_MAX ? id : null;
}
