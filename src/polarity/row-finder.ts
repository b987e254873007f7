import * as crypto from "node:crypto";
import { type RowEnd, valueEnd } from "./find-rows.js";

/** The bytes of a row, by their digest and how many they are. */
export type Source = { source: string; bytes: number };

/** Finds where rows end, and tells each by its digest, in the order of the list. */
export type RowFinder = { endOf: RowEnd; sources: readonly string[] };

/**
 * Most rows of a list come again in the next one, byte for byte and in their order. So the row that came next in the list
 * `before` is looked for first: its digest tells that it is there, and with it where it ends. Any other row is searched to
 * its end, and where it was in the list before, the search goes on from there. Takes time in proportion to the length of the
 * list, whatever is in it: where too many bytes were looked at in vain, a row is searched to its end at once.
 */
export function createRowFinder(before: readonly Source[]): RowFinder {
  const sources: string[] = [];
  let placeOf: Map<string, number> | null = null;
  let next = 0;
  let [bytesFound, bytesInVain] = [0, 0];
  return {
    sources,
    endOf(body, from) {
      const expected = bytesInVain < bytesFound + body.length ? before[next] : undefined;
      if (expected !== undefined) {
        if (sourceDigestOf(body.subarray(from, from + expected.bytes)) === expected.source) {
          sources.push(expected.source);
          next += 1;
          bytesFound += expected.bytes;
          return from + expected.bytes;
        }
        bytesInVain += expected.bytes;
      }
      const end = valueEnd(body, from);
      if (end < 0) return end;
      const source = sourceDigestOf(body.subarray(from, end));
      sources.push(source);
      bytesFound += end - from;
      placeOf ??= new Map(before.map((row, place) => [row.source, place]));
      next = (placeOf.get(source) ?? next) + 1;
      return end;
    },
  };
}

/** SHA-256, so that no two differing sources are ever taken for the same. */
export function sourceDigestOf(source: string | Uint8Array): string {
  return crypto.hash("sha256", source, "base64");
}
