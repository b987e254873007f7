import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * One thing to do wrong with a request. `drop-reply` does what was asked first and then hangs up; `cut-short` begins an
 * answer and hangs up within its body; `raw` says something that may be no HTTP.
 */
export type HttpFailure =
  | { kind: "answer"; httpStatus: number; headers?: Record<string, string>; body?: string }
  | { kind: "cut-short"; httpStatus: number }
  | { kind: "raw"; bytes: string }
  | { kind: "drop-request" }
  | { kind: "drop-reply" }
  | { kind: "hang" };

export type HttpFake = { url: string; close(): Promise<void> };

export type Received = { method: string; path: string; headers: IncomingMessage["headers"]; body: string };

/** A server on a free loopback port; `handle` gets each request with its whole body. */
export async function startHttpFake(
  handle: (received: Received, response: ServerResponse) => void | Promise<void>,
): Promise<HttpFake> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const received = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body };
      Promise.resolve(handle(received, response)).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Plays a failure that needs nothing done first; `hang` never answers. */
export function playFailure(failure: Exclude<HttpFailure, { kind: "drop-reply" }>, response: ServerResponse): void {
  switch (failure.kind) {
    case "answer":
      response.writeHead(failure.httpStatus, failure.headers ?? {}).end(failure.body ?? "");
      return;
    case "cut-short":
      response.writeHead(failure.httpStatus, { "content-type": "text/plain", "content-length": "100" });
      response.write("it began", () => response.destroy());
      return;
    case "raw":
      response.socket?.end(failure.bytes);
      return;
    case "drop-request":
      response.destroy();
      return;
    case "hang":
      return;
    default:
      throw new Error(`Unknown failure: ${JSON.stringify(failure satisfies never)}`);
  }
}
