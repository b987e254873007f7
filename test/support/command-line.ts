import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.js";

const MAIN = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));

/** One command line of the compiled product, in a process and an environment of its own. */
export class CommandLine {
  output = "";
  errors = "";
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;
  private readonly ended: Promise<unknown[]>;

  constructor(args: readonly string[], options: { cwd: string; env?: Record<string, string> }) {
    const { PATH = "", HOME = "" } = process.env;
    this.child = spawn(process.execPath, [MAIN, ...args], {
      cwd: options.cwd,
      env: { PATH, HOME, TZ: "UTC", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.output += text;
    });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    this.ended = once(this.child, "close");
  }

  /** Waits until standard output or standard error holds the text. */
  async says(text: string, deadlineMs: number): Promise<void> {
    await eventually(
      () => {
        if (this.output.includes(text) || this.errors.includes(text)) return;
        throw new Error(`It did not say "${text}", but:\n${this.output}\n${this.errors}`);
      },
      { deadlineMs },
    );
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async exitCode(): Promise<number | null> {
    const [code] = await this.ended;
    return typeof code === "number" ? code : null;
  }
}
