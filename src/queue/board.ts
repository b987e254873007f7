import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Queue } from "bullmq";
import { BoardAdapter } from "./board-adapter.js";
import type { QueueConnection } from "./connection.js";
import type { JobName } from "./jobs.js";
import type { Queues } from "./queues.js";
import { within } from "./within.js";

const ANSWER_MS_MAX = 5000;

/** What Bull Board is made of, for a server of any kind. Paths begin with a slash and are decoded. It only reads. */
export type Board = {
  /** Below the address of a file, in the order in which the page names them. */
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
  /** For the page of this path, its settings as JSON that can stand in HTML; null where there is no page. */
  pageSettings(path: string): string | null;
  /** Null where there is no such file. */
  readFile(path: string): Promise<Buffer | null>;
  /** What the page asks for; null where it cannot be asked. Rejects in bounded time when the queue does not answer. */
  read(path: string, query: Record<string, unknown>): Promise<{ httpStatus: number; body: unknown } | null>;
};

/** Loads Bull Board, and a BullMQ of its own with it: only when somebody looks. */
export async function createBoard(connection: QueueConnection, queues: Queues): Promise<Board> {
  const [{ createBullBoard }, { BullMQAdapter }] = await Promise.all([
    import("@bull-board/api"),
    import("@bull-board/api/bullMQAdapter"),
  ]);
  const adapter = new BoardAdapter();
  const adapterOf = (queue: Queues[JobName]) => {
    // Its type speaks of a queue in Redis; it asks any backend, and Postgres for figures of its own.
    const adapted = new BullMQAdapter(queue as unknown as Queue, { readOnlyMode: true });
    // Our workers share connections, so BullMQ finds none by their names: unknown, which is not the same as none.
    adapted.getWorkers = async () => null;
    return adapted;
  };
  createBullBoard({
    queues: Object.values(queues).map(adapterOf),
    serverAdapter: adapter,
    options: {
      uiConfig: {
        boardTitle: "polarwatch queues",
        hideDocsLink: true,
        // Also where the queue is in Postgres it would show a Redis, coloured by a style that the page's policy forbids.
        hideRedisDetails: true,
        miscLinks: [{ text: "polarwatch", url: "/" }],
        pollingInterval: { showSetting: true },
      },
    },
  });
  const { views, files } = adapter.folders;
  const template = await readFile(join(views, "index.ejs"), "utf8");
  const known = new Set(await filesIn(files));
  const named = (pattern: RegExp) => [...template.matchAll(pattern)].flatMap(([, path = ""]) => path);
  return {
    scripts: named(/<script[^>]+src="(static\/[^"]+\.js)"/g),
    styles: named(/<link[^>]+href="(static\/[^"]+\.css)"/g),
    pageSettings: (path) => adapter.pageSettings(path),
    readFile: async (path) => (known.has(path) ? readFile(join(files, path)) : null),
    read: async (path, query) => {
      const reason = connection.unreachableReason();
      if (reason !== null) throw new Error(reason);
      const answer = adapter.read(path, query);
      if (answer === null) return null;
      const { status = 200, body } = await within(ANSWER_MS_MAX, answer);
      return { httpStatus: status, body };
    },
  };
}

/** As `/js/main.js`. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `/${relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/")}`);
}
