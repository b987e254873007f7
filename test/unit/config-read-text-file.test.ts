import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readTextFile } from "../../src/config/read-text-file.js";

function aFile(content: string | Uint8Array): string {
  const directory = mkdtempSync(join(tmpdir(), "polarwatch-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "file");
  writeFileSync(path, content);
  return path;
}

test("a file is read as UTF-8, without its byte order mark", () => {
  expect(readTextFile(aFile("\ufeffservers: ä\n"))).toBe("servers: ä\n");
  expect(readTextFile(aFile(""))).toBe("");
});

test.each<[string, string, () => string]>([
  ["is missing", "ENOENT", () => `${aFile("")}-elsewhere`],
  ["is a directory", "EISDIR", () => tmpdir()],
  ["is not UTF-8", "NOT_UTF8", () => aFile(new Uint8Array([0xff, 0xfe]))],
  ["has no end", "TOO_LARGE", () => "/dev/zero"],
])("a file that %s is refused with the code %s", (_, code, path) => {
  expect(() => readTextFile(path())).toThrow(expect.objectContaining({ code }));
});
