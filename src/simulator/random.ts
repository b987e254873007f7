/** Spreads 32 bits over 32 bits. No two inputs share an output, so ids made from a counter never collide. */
export function mix32(value: number): number {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** 32 bits that depend on every part and its place, and on nothing else. */
export function hashOf(...parts: readonly (number | string)[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    for (const character of typeof part === "number" ? `#${part}` : `$${part}`) {
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    }
    hash = mix32(hash ^ 0x5bd1e995);
  }
  return hash;
}

/** A whole number from `min` to `max`, both included, always the same for the same parts. */
export function drawBetween(min: number, max: number, ...parts: readonly (number | string)[]): number {
  return min + Math.floor((hashOf(...parts) / 2 ** 32) * (max - min + 1));
}

/** The same items in an order that the parts decide. */
export function shuffled<Item>(items: readonly Item[], ...parts: readonly (number | string)[]): Item[] {
  return items
    .map((item, place) => ({ item, place, rank: hashOf(...parts, place) }))
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
    .map(({ item }) => item);
}

/** Eight lower-case hexadecimal digits. */
export function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
