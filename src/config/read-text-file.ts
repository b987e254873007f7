import { closeSync, openSync, readSync } from "node:fs";

const BYTES_MAX = 4 * 1024 * 1024;
const BYTES_AT_ONCE = 64 * 1024;

/**
 * The text of a file, or of a pipe, without a byte order mark. Throws what the system throws, and for a file that is
 * too large or not UTF-8 an error with the code `TOO_LARGE` or `NOT_UTF8`.
 */
export function readTextFile(path: string): string {
  const file = openSync(path, "r");
  try {
    const parts: Buffer[] = [];
    let length = 0;
    for (;;) {
      const part = Buffer.alloc(BYTES_AT_ONCE);
      const read = readSync(file, part);
      if (read === 0) return decode(Buffer.concat(parts));
      length += read;
      if (length > BYTES_MAX) throw Object.assign(new Error("The file is too large"), { code: "TOO_LARGE" });
      parts.push(part.subarray(0, read));
    }
  } finally {
    closeSync(file);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw Object.assign(new Error("The file is not UTF-8"), { code: "NOT_UTF8" });
  }
}
