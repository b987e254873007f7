/**
 * Breaks text into lines of at most `columns` characters, at spaces where there are any; a longer word is cut. Line
 * breaks of the text stay. `indent` goes before every line but the first and counts.
 */
export function wrapText(text: string, columns: number, indent = ""): string {
  const lines = text.split("\n").flatMap((line) => wrapLine(line, columns - indent.length));
  return lines.map((line, index) => (index === 0 || line === "" ? line : indent + line)).join("\n");
}

function wrapLine(line: string, columns: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ").flatMap((whole) => piecesOf(whole, columns))) {
    if (current !== "" && [...current].length + 1 + [...word].length > columns) {
      lines.push(current);
      current = word;
    } else {
      current = current === "" ? word : `${current} ${word}`;
    }
  }
  return [...lines, current];
}

function piecesOf(word: string, columns: number): string[] {
  const characters = [...word];
  if (characters.length <= columns) return [word];
  const pieces: string[] = [];
  for (let start = 0; start < characters.length; start += columns) {
    pieces.push(characters.slice(start, start + columns).join(""));
  }
  return pieces;
}
