import { oneLine, unlinked } from "../plain-text.js";
import { type Fact, formatUtc } from "../wording.js";

/** What of Adaptive Cards 1.4 is used. Styles are the only colours: a card follows the reader's theme. */
export type CardStyle = "default" | "emphasis" | "good" | "attention" | "warning" | "accent";
export type CardElement =
  | { type: "RichTextBlock"; inlines: TextRun[]; spacing?: "Small" | "None" }
  | { type: "FactSet"; facts: { title: string; value: string }[] }
  | { type: "Container"; style?: CardStyle; bleed?: true; separator?: true; items: CardElement[] };
export type TextRun = { type: "TextRun"; text: string; weight?: "Bolder"; size?: "Medium" | "Small"; isSubtle?: true };

type Look = Omit<TextRun, "type" | "text">;

/** Part of a line. A run is never read as Markdown, so outside text belongs here. */
export function run(text: string, look: Look = {}): TextRun {
  return { type: "TextRun", text: inert(text), ...look };
}

export function line(...inlines: TextRun[]): CardElement {
  return { type: "RichTextBlock", inlines };
}

/** Small grey text. */
export function smallPrint(text: string): CardElement {
  return { type: "RichTextBlock", inlines: [run(text, { isSubtle: true, size: "Small" })], spacing: "Small" };
}

/** Two columns of labels and values. Both are read as Markdown there, hence the escaping. */
export function factSet(facts: readonly Fact[]): CardElement[] {
  if (facts.length === 0) return [];
  const shown = facts.slice(0, 12).map(({ label, value }) => ({
    title: escapeMarkdown(oneLine(label, 60)),
    value: escapeMarkdown(value instanceof Date ? formatUtc(value) : oneLine(value, 300)),
  }));
  return [{ type: "FactSet", facts: shown }];
}

/** What Markdown takes for more than text, as text. A dash or number begins a list only at the start of a line. */
export function escapeMarkdown(text: string): string {
  return inert(text)
    .replace(/[\\`*_[\]<>~|#]/g, "\\$&")
    .replace(/^(\s*)([-+]|\d+[.)])(?=\s)/, (_, blank: string, mark: string) => `${blank}${mark.replace(/.$/, "\\$&")}`);
}

/** Links of the reader's program, and `{{DATE(...)}}`, which a card would compute, come apart by an invisible character. */
function inert(text: string): string {
  return unlinked(text).replace(/\{(?=\{)|\}(?=\})/g, "$&\u2060");
}
