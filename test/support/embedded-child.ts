import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as z from "zod";

/** The compiled module: Node 20 cannot run TypeScript, and a process that is to be killed cannot be vitest's own. */
const COMPILED = fileURLToPath(new URL("../../dist/src/embedded/open-embedded-postgres.js", import.meta.url));

const SCRIPT = `
const { module, ...options } = JSON.parse(process.argv[1]);
const { openEmbeddedPostgres } = await import(module);
const silent = () => undefined;
const log = { trace: silent, debug: silent, info: silent, warn: silent, error: silent, fatal: silent };
const say = (answer) => process.stdout.write(JSON.stringify(answer) + "\\n");
try {
  const db = await openEmbeddedPostgres({ ...options, log, clock: () => new Date() });
  say({ databaseUrl: db.databaseUrl, owner: db.owner, note: db.note });
  process.stdin.once("data", async (order) => {
    if (String(order) === "throw") setImmediate(() => { throw new Error("uncaught, as ordered"); });
    else await db.stop().then(() => process.exit(0));
  });
} catch (error) {
  say({ reason: error.reason ?? null, message: error.message });
  process.exit(1);
}`;

const answer = z.union([
  z.object({ databaseUrl: z.string(), owner: z.boolean(), note: z.nullable(z.string()) }),
  z.object({ reason: z.nullable(z.string()), message: z.string() }),
]);

export type EmbeddedChild = {
  child: ChildProcess;
  /** What openEmbeddedPostgres gave, or threw. */
  answer: z.infer<typeof answer>;
  /** Lets the process stop its opening and exit, or throw where nothing catches; resolves when it has exited. */
  order(what: "stop" | "throw"): Promise<void>;
  /** Sends a signal and resolves when the process has exited. */
  kill(signal: NodeJS.Signals): Promise<void>;
};

export type EmbeddedChildOptions = {
  dataDir: string;
  mode: "serve" | "borrow";
  settings?: Readonly<Record<string, string>>;
  /** Another compiled copy of the module. */
  module?: string;
  /** An ordinary user to run as; only root can say so. */
  user?: { uid: number; gid: number };
};

/** Starts a process that opens the embedded database, and gives it at once; `opened` waits for what came of it. */
export function spawnEmbeddedChild({ user, ...options }: EmbeddedChildOptions): {
  child: ChildProcess;
  opened: Promise<EmbeddedChild>;
} {
  const argument = JSON.stringify({ module: COMPILED, ...options });
  const child = spawn(process.execPath, ["--input-type=module", "-e", SCRIPT, argument], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true, // a process group of its own, to which a test can send what a terminal sends at Ctrl-C
    cwd: "/",
    ...user,
  });
  return { child, opened: readAnswer(child) };
}

async function readAnswer(child: ChildProcess): Promise<EmbeddedChild> {
  const exited = once(child, "exit").then(() => undefined);
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const line = await new Promise<string>((resolve, reject) => {
    if (child.stdout === null) throw new Error("The child has no standard output.");
    createInterface(child.stdout).once("line", resolve);
    child.once("close", () => reject(new Error(`The child said nothing. On standard error: ${complaint}`)));
  });
  return {
    child,
    answer: answer.parse(JSON.parse(line)),
    order(what) {
      child.stdin?.write(what);
      return exited;
    },
    kill(signal) {
      child.kill(signal);
      return exited;
    },
  };
}
