import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Clock } from "../lib/clock.js";
import { refusal } from "./answer.js";
import { answerOf, type FailureMode, type Failures, sendAnswer } from "./failures.js";
import { targetOf } from "./form.js";
import type { Routes } from "./routes.js";
import type { Sessions } from "./sessions.js";
import type { World } from "./world.js";

/** A request as the server saw it. It holds no header and no body, so no secret unless somebody put one in the URL. */
export type SeenRequest = {
  readonly at: Date;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Whether it came with a valid token or API key. */
  readonly authorised: boolean;
  /** Null until it is answered, and for ever where the answer was withheld. */
  readonly httpStatus: number | null;
  /** The failure that was played on it. */
  readonly failure: FailureMode | null;
};

export type ServerParts = {
  readonly clock: Clock;
  readonly world: World;
  readonly sessions: Sessions;
  readonly failures: Failures;
  readonly routes: Routes;
  readonly tls: { key: string; cert: string } | null;
};

const SEEN_MAX = 10_000;
const BODY_BYTES_MAX = 64 * 1024;

/** A server that does not listen yet, and the requests that it has seen: the latest ten thousand, oldest first. */
export function createPolarityServer(parts: ServerParts): { server: Server; seen: readonly SeenRequest[] } {
  const seen: SeenRequest[] = [];
  const listener: RequestListener = (request, response) => {
    response.sendDate = false;
    response.setHeader("Date", parts.clock().toUTCString());
    response.on("error", () => response.destroy()); // a client that hung up is no failure of ours
    handle(parts, seen, request, response).catch((error: unknown) => {
      if (response.headersSent || request.destroyed) response.destroy();
      else sendAnswer(response, refusal(500, error instanceof Error ? error.message : "Unknown error"), null);
    });
  };
  return { server: parts.tls === null ? createServer(listener) : createTlsServer(parts.tls, listener), seen };
}

async function handle(
  { clock, world, sessions, failures, routes }: ServerParts,
  seen: SeenRequest[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = "", ...search] = (request.url ?? "").split("?");
  const query = new URLSearchParams(search.join("?"));
  if (targetOf(path) === "errors") world.begin();
  const view = world.look(); // before the caller is known: a restart that is due makes tokens invalid
  const caller = sessions.callerOf(request.headers.authorization);
  const failure = failures.take(targetOf(path));
  const mode = failure?.mode ?? null;
  const method = request.method ?? "";
  const entry = {
    at: clock(),
    method,
    path,
    query: Object.fromEntries(query),
    authorised: caller.kind !== "nobody",
    httpStatus: null as number | null,
    failure: mode,
  };
  seen.push(entry);
  if (seen.length > SEEN_MAX) seen.shift();

  if (mode === "unreachable") {
    request.socket.destroy();
    return;
  }
  if (mode === "timeout") return;
  const body = await readBody(request);
  const { accept, "content-type": contentType } = request.headers;
  const instead = failure === null ? null : answerOf(failure);
  const answer = instead ?? routes.answer({ method, path, query, contentType, accept, caller, body }, view, mode);
  entry.httpStatus = answer.httpStatus;
  sendAnswer(response, answer, mode);
}

/** Null when it is longer than any request needs. The rest is read all the same, so that an answer can be sent. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
  }
  return bytes > BODY_BYTES_MAX ? null : Buffer.concat(chunks).toString("utf8");
}
