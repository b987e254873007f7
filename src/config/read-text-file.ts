import { closeSync, openSync, readSync } from "node:fs";

const BYTES_MAX = 1024 * 1024;

/**
 * The text of a small file, or of a pipe, without a byte order mark. Throws what the system throws, and for a file that is
 * too large or not UTF-8 an error with the code `TOO_LARGE` or `NOT_UTF8`.
 */
export function readTextFile(path: string): string {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(BYTES_MAX + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
      if (length > BYTES_MAX) throw Object.assign(new Error("The file is too large"), { code: "TOO_LARGE" });
    }
    return decode(buffer.subarray(0, length));
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
