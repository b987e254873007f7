import type { SlackBlocks } from "./slack-block-kit.js";

type Block = SlackBlocks[number];

/**
 * The blocks as a person reads them, compactly: a header after `#`, small print after `~`, a quote after `>`, buttons in
 * brackets with the choices of a menu, links in guillemets. Markup stands as it was sent.
 */
export function readingOf(blocks: SlackBlocks): string {
  return blocks.map(blockReading).join("\n");
}

function blockReading(block: Block): string {
  switch (block.type) {
    case "header":
      return `# ${block.text.text}`;
    case "context":
      return block.elements.map(({ text }) => `~ ${text}`).join("\n");
    case "divider":
      return "---";
    case "section":
      return [
        ...(block.text === undefined ? [] : [block.text.text]),
        ...(block.fields ?? []).map(({ text }) => text.replace("\n", " ")),
      ].join("\n");
    case "actions":
      return block.elements
        .map((element) =>
          element.type === "button"
            ? `[${element.style === "primary" ? "*" : ""}${element.text.text}]`
            : `[${element.placeholder?.text ?? ""} ${element.options.map(({ text }) => text.text).join(" | ")}]`,
        )
        .join(" ");
    case "rich_text":
      return block.elements.map(partReading).join("\n");
    default:
      throw new Error(`Unknown block: ${JSON.stringify(block satisfies never)}`);
  }
}

function partReading(part: Extract<Block, { type: "rich_text" }>["elements"][number]): string {
  if (part.type === "rich_text_list")
    return part.elements.map((each) => `- ${each.elements.map(inline).join("")}`).join("\n");
  const text = part.elements.map(inline).join("");
  return part.type === "rich_text_quote" ? text.replace(/^/gm, "> ") : text;
}

type Inline = Extract<
  Extract<Block, { type: "rich_text" }>["elements"][number],
  { type: "rich_text_section" }
>["elements"][number];

function inline(element: Inline): string {
  switch (element.type) {
    case "text":
      return element.style?.bold === true ? `*${element.text}*` : element.text;
    case "link":
      return `«${element.text ?? element.url}»`;
    case "date":
      return element.fallback ?? "";
    default:
      return `(${element.type})`;
  }
}
