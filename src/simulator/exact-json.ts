const NUMBER_MARK = "\u0001number:";
const STRINGS_AND_NUMBERS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
const MARKED_NUMBER = /"\\u0001number:([-+.\deE]+)"/g;

/**
 * Parses JSON and keeps what JavaScript's numbers would lose (integers beyond 2^53, a negative zero), so that
 * `stringifyExact` can write it as it came. Throws a SyntaxError when `text` is no JSON.
 */
export function parseExact(text: string): unknown {
  const marked = text.replace(STRINGS_AND_NUMBERS, (token) =>
    token.startsWith('"') || String(Number(token)) === token ? token : `"\\u0001number:${token}"`,
  );
  return JSON.parse(marked);
}

/** JSON as `JSON.stringify` writes it, but for the numbers that `parseExact` kept. Undefined where JSON has no form. */
export function stringifyExact(value: unknown): string | undefined {
  const text: string | undefined = JSON.stringify(value);
  return text?.includes(JSON.stringify(NUMBER_MARK).slice(1, -1)) ? text.replace(MARKED_NUMBER, "$1") : text;
}
