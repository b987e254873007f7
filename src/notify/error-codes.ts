/** The `code` of an error and of those it was caused by, outermost first; a few levels deep. */
export function errorCodesOf(error: unknown): string[] {
  const codes: string[] = [];
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if ("code" in current && typeof current.code === "string") codes.push(current.code);
    else if (current.name === "HTTPParserError") codes.push("HPE_INVALID"); // some of these have no code
    current = current.cause;
  }
  return codes;
}
