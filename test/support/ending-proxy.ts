import { startTcpProxy, type TcpProxy } from "./tcp-proxy.js";

/** All but its last byte, which says whether a transaction is open. */
const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5]);
const FATAL = errorResponse({
  S: "FATAL",
  V: "FATAL",
  C: "57P01",
  M: "terminating connection due to administrator command",
});

/**
 * Stands before a Postgres that may be shutting down: while `isEnding`, what it says to be ready for the next query is
 * followed, in the same piece, by the end of the connection, as a client reads it that was busy with something else meanwhile.
 */
export async function startEndingProxy(url: string): Promise<TcpProxy & { isEnding: boolean }> {
  const state = { isEnding: false };
  const proxy = await startTcpProxy(url, {
    fromServer: (chunk) =>
      state.isEnding && chunk.subarray(-READY_FOR_QUERY.length - 1, -1).equals(READY_FOR_QUERY)
        ? { chunk: Buffer.concat([chunk, FATAL]), ends: true }
        : { chunk, ends: false },
  });
  return Object.assign(state, proxy);
}

function errorResponse(fields: Record<string, string>): Buffer {
  const body = Buffer.from(
    `${Object.entries(fields)
      .map(([code, text]) => `${code}${text}\0`)
      .join("")}\0`,
  );
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
