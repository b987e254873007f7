import { writeFileSync } from "node:fs";
import { CommandFailure } from "./terminal.js";

/** Writes a file that only its owner can read, over what was there. Ends the command when that is not possible. */
export function writeOutput(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new CommandFailure(`${path} cannot be written (${code})`);
  }
}
