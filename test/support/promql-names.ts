const STRING = /"(?:[^"\\]|\\.)*"/g;
const SELECTOR = /\{[^{}]*\}/g;
const RANGE = /\[[^\]]*\]/g;
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)/g;
const WORD = /[a-zA-Z_:][\w:]*(?!\w*\s*\()/g;
const OPERATORS = new Set(["and", "or", "unless", "bool", "offset", "inf", "nan"]);

/** The names of the metrics that a PromQL expression asks for. Throws when its brackets do not match. */
export function metricNamesIn(expression: string): string[] {
  const withoutText = expression.replace(STRING, "");
  if (!areBalanced(withoutText)) throw new Error(`Brackets do not match: ${expression}`);
  const bare = withoutText.replace(SELECTOR, "").replace(RANGE, "").replace(GROUPING, " ");
  const words = [...bare.matchAll(WORD)].filter(
    ({ index, 0: word }) => !/^\s*\(/.test(bare.slice(index + word.length)),
  );
  return [...new Set(words.map(([word]) => word).filter((word) => !OPERATORS.has(word)))];
}

function areBalanced(text: string): boolean {
  const open: string[] = [];
  const closes: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
  for (const sign of text) {
    if ("([{".includes(sign)) open.push(sign);
    else if (sign in closes && open.pop() !== closes[sign]) return false;
  }
  return open.length === 0;
}
