/** What was added in each stretch of time; null where nobody was watching. */
export type ChartBar = { from: Date; until: Date; added: number | null };

export type ChartStyle = {
  /** Of the widest line. */
  width: number;
  /** Plain characters: for what is no terminal, and for those who want no others. */
  isAscii: boolean;
};

const ROWS = 6;
const BLOCKS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/** In quarters of a line, as far as plain characters can tell them. */
const ASCII = [" ", ".", ":", "|", "#"];

/**
 * Lines of bars, the earliest at the left, and below them a line that marks time nobody watched. Where there are more bars
 * than fit, neighbours are added up; a sum that hides unwatched time counts what is known.
 */
export function chartLines(
  bars: readonly ChartBar[],
  { width, isAscii }: ChartStyle,
  format: (count: number) => string,
): string[] {
  const highest = (sums: readonly ChartBar[]) => Math.max(1, ...sums.map(({ added }) => added ?? 0));
  const labelRoom = format(bars.reduce((sum, { added }) => sum + (added ?? 0), 0)).length + 2;
  const shown = merged(bars, Math.max(width - labelRoom, 10));
  const top = highest(shown);
  const label = format(top);
  const levels = isAscii ? ASCII : BLOCKS;
  const [floor, gap] = isAscii ? ["-", "?"] : ["─", "░"];
  const perRow = levels.length - 1;
  const lines = Array.from({ length: ROWS }, (_, index) => {
    const row = ROWS - 1 - index;
    const heading = index === 0 ? label : "";
    const cells = shown.map(({ added }) => {
      if (added === null || added === 0) return " ";
      const height = Math.max(1, Math.round((added / top) * ROWS * perRow));
      return levels[Math.min(Math.max(height - row * perRow, 0), perRow)] ?? " ";
    });
    return `${heading.padStart(label.length)}  ${cells.join("")}`.trimEnd();
  });
  const ground = shown.map(({ added }) => (added === null ? gap : floor)).join("");
  return [...lines, `${"0".padStart(label.length)}  ${ground}`];
}

function merged(bars: readonly ChartBar[], countMax: number): ChartBar[] {
  const each = Math.max(Math.ceil(bars.length / countMax), 1);
  const sums: ChartBar[] = [];
  for (let start = 0; start < bars.length; start += each) {
    const group = bars.slice(start, start + each);
    const [first, last] = [group[0], group.at(-1)];
    if (first === undefined || last === undefined) break;
    const known = group.flatMap(({ added }) => (added === null ? [] : [added]));
    const added = known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
    sums.push({ from: first.from, until: last.until, added });
  }
  return sums;
}
