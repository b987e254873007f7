import type { Parsed } from "./values.js";

/** Why a file could not be read, in words that hold neither its path nor its content. */
export function readFailureOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EACCES":
    case "EPERM":
      return "the file may not be read by this user";
    case "EISDIR":
      return "it is a directory";
    case "TOO_LARGE":
      return "the file is larger than 4 MiB";
    case "NOT_UTF8":
      return "the file is not UTF-8 text";
    default:
      return typeof code === "string" && /^[A-Z0-9_]{1,40}$/.test(code)
        ? `the system says ${code}`
        : "reading it failed";
  }
}

/** The one value that a file holds; a single newline at its end is not part of it. */
export function readValueFile(
  path: string,
  options: { readFile: (path: string) => string; multiline: boolean },
): Parsed<string> {
  let text: string;
  try {
    text = options.readFile(path);
  } catch (error) {
    return { kind: "problem", problem: `cannot be read: ${readFailureOf(error)}` };
  }
  const value = text.replace(/\r?\n$/, "");
  if (value === "") return { kind: "problem", problem: "names an empty file" };
  if (!options.multiline && /[\r\n]/.test(value)) {
    return {
      kind: "problem",
      problem: "names a file with more than one line; it must hold the value and nothing else",
    };
  }
  return { kind: "value", value };
}
