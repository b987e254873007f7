import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { runProgram } from "../../src/cli/program.js";

export type Ran = { code: number; out: string; said: string };
export type Run = (...args: string[]) => Promise<Ran>;

/** Runs command lines as the process would, on this database, in an empty directory. `columns`: those of a terminal. */
export async function commandRunner(
  databaseUrl: string | undefined,
  columns: number | null = null,
): Promise<Run & { cwd: string }> {
  const cwd = await mkdtemp(join(tmpdir(), "polarwatch-cli-"));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const run: Run = async (...args) => {
    const ran = { out: "", said: "" };
    const terminal = {
      env: { DATABASE_URL: databaseUrl, LOG_FORMAT: "json" },
      cwd,
      print: (text: string) => {
        ran.out += text;
      },
      say: (text: string) => {
        ran.said += text;
      },
      isOutputTerminal: columns !== null,
      isErrorTerminal: false,
      columns: columns ?? 80,
    };
    return { code: await runProgram(args, terminal, "1.2.3"), ...ran };
  };
  return Object.assign(run, { cwd });
}
