import fc from "fast-check";
import { expect, test } from "vitest";
import { type ChartBar, chartLines } from "../../src/cli/chart.js";
import { widthOf } from "../../src/cli/table.js";

const barsOf = (added: readonly (number | null)[]): ChartBar[] =>
  added.map((one, index) => ({ from: new Date(index), until: new Date(index + 1), added: one }));
const format = (count: number) => String(count);

test("bars rise with what was added, and the ground marks what nobody watched", () => {
  const lines = chartLines(barsOf([0, 1, 6, null, 3]), { width: 80, isAscii: false }, format);
  expect(lines).toEqual(["6    █", "     █", "     █", "     █ █", "     █ █", "    ██ █", "0  ───░─"]);
});

test("in plain characters nothing else is printed", () => {
  const lines = chartLines(barsOf([0, 1, 600, null, 3]), { width: 80, isAscii: true }, format);
  expect(lines.join("")).toMatch(/^[ -~]*$/);
  expect(lines.at(-1)).toBe("  0  ---?-");
  expect(lines.at(-2)).toBe("      .# .");
});

test("whatever there is, no line is wider than the terminal, and what was added is never lost from view", () => {
  const bars = fc.array(fc.option(fc.nat(1_000_000)), { minLength: 1, maxLength: 400 });
  fc.assert(
    fc.property(bars, fc.integer({ min: 40, max: 200 }), fc.boolean(), (added, width, isAscii) => {
      const lines = chartLines(barsOf(added), { width, isAscii }, format);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      const ground = lines.at(-2) ?? "";
      expect(ground.trim() !== "").toBe(added.some((one) => one !== null && one > 0));
    }),
  );
});
