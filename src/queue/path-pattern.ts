/** What stands in a decoded path for the `:names` of a pattern; null where it is another path. */
export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return null;
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? "";
    if (!part.startsWith(":")) {
      if (part !== text) return null;
    } else if (text === "") {
      return null;
    } else {
      found[part.slice(1)] = text;
    }
  }
  return found;
}
