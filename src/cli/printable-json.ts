/** Control, bidirectional and other characters without a shape, which JSON leaves as they are inside texts. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** One object on each line, so that line tools can work with it too, and nothing in it that steers a terminal. */
export function jsonArray(values: readonly unknown[]): string {
  if (values.length === 0) return "[]\n";
  return `[\n${values.map(jsonLine).join(",\n")}\n]\n`;
}

/** One value on one line, without its end. */
export function jsonLine(value: unknown): string {
  return printable(JSON.stringify(value));
}

/** One object over many lines, for people to read. */
export function jsonObject(value: unknown): string {
  const lines = JSON.stringify(value, null, 2).split("\n");
  return `${lines.map(printable).join("\n")}\n`;
}

/** Such characters stand nowhere in JSON but inside texts, where their escapes mean the same. */
function printable(json: string): string {
  return json.replace(UNPRINTABLE, (character) =>
    Array.from({ length: character.length }, (_, index) => escapeOf(character.charCodeAt(index))).join(""),
  );
}

function escapeOf(codeUnit: number): string {
  return `\\u${codeUnit.toString(16).padStart(4, "0")}`;
}
