#!/usr/bin/env node
import { findOwnPackage } from "../lib/own-package.js";
import { runProgram } from "./program.js";

let isEndAsked = false;
/** Whoever read standard output has gone, as `| head` does. A command ends by itself; what runs on is asked to, once. */
process.stdout.on("error", (error) => {
  if (!isClosedPipe(error)) throw error;
  if (isEndAsked || process.listenerCount("SIGTERM") === 0) return;
  isEndAsked = true;
  process.kill(process.pid, "SIGTERM");
});
process.stderr.on("error", (error) => {
  if (!isClosedPipe(error)) throw error;
});

process.exitCode = await runProgram(
  process.argv.slice(2),
  {
    env: process.env,
    cwd: process.cwd(),
    print: (text) => void process.stdout.write(text),
    say: (text) => void process.stderr.write(text),
    isOutputTerminal: process.stdout.isTTY === true,
    isErrorTerminal: process.stderr.isTTY === true,
    columns: process.stdout.columns ?? 80,
  },
  findOwnPackage().version,
);

function isClosedPipe(error: Error): boolean {
  return "code" in error && error.code === "EPIPE";
}
