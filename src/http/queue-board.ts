import { extname } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod";
import { html } from "../lib/html.js";
import type { Logger } from "../lib/logger.js";
import { NOT_FOUND, QUEUE_AWAY, RequestRefused } from "./problem.js";
import { readOnlyRoute } from "./route.js";

/** A page that shows the queues, made of scripts, styles and what these ask for. */
type QueueBoard = {
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
  pageSettings(path: string): string | null;
  readFile(path: string): Promise<Buffer | null>;
  read(path: string, query: Record<string, unknown>): Promise<{ httpStatus: number; body: unknown } | null>;
};
export type QueueBoards = { board(): Promise<QueueBoard> };

/** Scripts run on this page alone, and only those that come from here; they may ask nobody else. The board has a `<base>`. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
};

const wildcard = z.object({ "*": z.string() });
const query = z.record(z.string(), z.unknown());

/** The queues as Bull Board shows them, for admins. Nothing can be changed there: Postgres says what is owed. */
export function registerQueueBoard(app: FastifyInstance, { queue, log }: { queue: QueueBoards; log: Logger }): void {
  const send = async (path: string, request: FastifyRequest, reply: FastifyReply) => {
    const board = await queue.board();
    const settings = board.pageSettings(path);
    if (settings !== null) return sendBoard(reply, board, settings);
    if (path.startsWith("/api/")) return sendAnswer(reply, await readFrom(board, path, request, log));
    const file = path.startsWith("/static/") ? await board.readFile(path.slice("/static".length)) : null;
    const type = TYPES[extname(path)];
    if (file === null || type === undefined) throw new RequestRefused([NOT_FOUND]);
    // One of the scripts is a worker, which goes by the policy that it came with.
    if (extname(path) === ".js") reply.header("content-security-policy", POLICY);
    return reply.header("content-type", type).send(file);
  };
  readOnlyRoute(app, "/queues", "admin", (request, reply) => send("/", request, reply));
  readOnlyRoute(app, "/queues/*", "admin", (request, reply) =>
    send(`/${wildcard.parse(request.params)["*"]}`, request, reply),
  );
}

async function readFrom(board: QueueBoard, path: string, request: FastifyRequest, log: Logger) {
  try {
    return await board.read(path, query.parse(request.query));
  } catch (error) {
    log.warn({ err: error }, "The board could not read the queue");
    throw new RequestRefused([QUEUE_AWAY]);
  }
}

function sendAnswer(reply: FastifyReply, answer: { httpStatus: number; body: unknown } | null): FastifyReply {
  if (answer === null) throw new RequestRefused([NOT_FOUND]);
  return reply.code(answer.httpStatus).header("content-type", "application/json; charset=utf-8").send(answer.body);
}

/** The board's own page names fonts of a third party, and styles that no strict policy lets in. */
function sendBoard(reply: FastifyReply, { scripts, styles }: QueueBoard, settings: string): FastifyReply {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<base href="/queues/">
<title>Queues · polarwatch</title>
<link rel="icon" id="fav-logo" href="data:,">
${styles.map((path) => html`<link rel="stylesheet" href="${path}">`)}
</head>
<body class="preload">
<script id="__UI_CONFIG__" type="application/json">${{ markup: settings }}</script>
<div id="root"></div>
${scripts.map((path) => html`<script defer src="${path}"></script>`)}
</body>
</html>
`;
  reply.headers({ "content-security-policy": POLICY, "content-type": "text/html; charset=utf-8" });
  return reply.send(page.markup);
}
