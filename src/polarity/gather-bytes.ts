const BYTES_AT_FIRST = 16 * 1024;

/** Bytes that come piece by piece, in one piece. */
export type GatheredBytes = {
  /** False, and nothing is taken, when there would be more than allowed. */
  add(piece: Uint8Array): boolean;
  /** All of them, in memory that nothing else shares. Ends the gathering. */
  whole(): Buffer;
};

/**
 * Copies each piece to its place when it comes, so that a large body is never in memory twice. `expected`: how many bytes
 * were announced; 0 when nobody knows.
 */
export function gatherBytes(bytesMax: number, expected: number): GatheredBytes {
  let room = Buffer.allocUnsafeSlow(Math.min(Math.max(expected, BYTES_AT_FIRST), bytesMax));
  let used = 0;
  return {
    add(piece) {
      const needed = used + piece.byteLength;
      if (needed > bytesMax) return false;
      if (needed > room.length) {
        const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(2 * room.length, needed), bytesMax));
        room.copy(larger, 0, 0, used);
        room = larger;
      }
      room.set(piece, used);
      used = needed;
      return true;
    },
    whole: () => (used === room.length ? room : Buffer.from(room.buffer.slice(0, used))),
  };
}
