import type { ContextBlock, HeaderBlock, RichTextBlock, RichTextElement, SectionBlock } from "@slack/web-api";
import { shorten } from "../../domain/plain-text.js";
import { oneLine, unlinked } from "../plain-text.js";
import { type Fact, formatUtc } from "../wording.js";

export const HEADER_LENGTH_MAX = 150;
const URL_LENGTH_MAX = 3000;

/** Its text is never read as markup, but the program that shows it makes links of addresses: hence `unlinked`. */
export function headerBlock(text: string): HeaderBlock {
  return {
    type: "header",
    text: { type: "plain_text", text: shorten(unlinked(text), HEADER_LENGTH_MAX), emoji: false },
  };
}

/** Small grey text, treated as that of a header. */
export function contextBlock(text: string): ContextBlock {
  return { type: "context", elements: [{ type: "plain_text", text: shorten(unlinked(text), 1000), emoji: false }] };
}

/** A line of a rich text block. Outside text is always such an element: in it nothing is markup, a mention or a link. */
export function text(value: string, style?: { bold?: true; italic?: true }): RichTextElement {
  return style === undefined ? { type: "text", text: value } : { type: "text", text: value, style };
}

export function date(at: Date): RichTextElement {
  const fallback = formatUtc(at);
  const timestamp = slackTimestamp(at);
  return timestamp === null ? text(fallback) : { type: "date", timestamp, format: DATE_FORMAT, fallback };
}

/** A link rather than a button: a click on a button asks for an answer that only an interactive app can give. */
export function link(url: string, label: string): RichTextElement[] {
  return url.length > URL_LENGTH_MAX ? [] : [{ type: "link", url, text: label }];
}

/** Lines of rich text, and below them a quote where there is one. */
export function richText(lines: readonly (readonly RichTextElement[])[], quote = ""): RichTextBlock {
  const elements = lines.flatMap((line, index) => (index === 0 ? line : [text("\n"), ...line]));
  return {
    type: "rich_text",
    elements: [
      ...(elements.length === 0 ? [] : [{ type: "rich_text_section" as const, elements }]),
      ...(quote === "" ? [] : [{ type: "rich_text_quote" as const, elements: [text(quote)] }]),
    ],
  };
}

/** Two columns of labels and values (ten fit). For words, numbers and instants of our own: this alone is markup. */
export function factsBlock(facts: readonly Fact[]): SectionBlock {
  return {
    type: "section",
    fields: facts.slice(0, 10).map(({ label, value }) => ({
      type: "mrkdwn",
      text: `*${label}*\n${value instanceof Date ? dateMarkup(value) : escapeMarkup(unlinked(oneLine(value, 300)))}`,
    })),
  };
}

/** The three characters that begin everything special in Slack's markup: mentions, links, dates and entities. */
export function escapeMarkup(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

const DATE_FORMAT = "{date_short_pretty} {time}";

function dateMarkup(at: Date): string {
  const timestamp = slackTimestamp(at);
  const fallback = formatUtc(at);
  return timestamp === null ? fallback : `<!date^${timestamp}^${DATE_FORMAT}|${fallback}>`;
}

/** Slack shows instants from 1970 to 9999; any other is shown as text. */
function slackTimestamp(at: Date): number | null {
  const seconds = Math.floor(at.getTime() / 1000);
  return seconds > 0 && seconds < 253_402_300_800 ? seconds : null;
}
