import { unlinked } from "../plain-text.js";

/** Markup that is safe to send: only `html` makes it, and that escapes every text put into it. */
export type Html = { readonly __html: string };

/** A template whose values are escaped, unless they are markup themselves; lists are joined. */
export function html(strings: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  const parts = strings.map((string, index) => {
    const value = values[index];
    return value === undefined ? string : string + markupOf(value);
  });
  return { __html: parts.join("") };
}

/** Text for HTML, attributes included. */
function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** As `escapeHtml`, with line breaks, and with nothing in it that a mail program would make a link of. */
export function outsideText(text: string): Html {
  return { __html: escapeHtml(unlinked(text)).replaceAll("\n", "<br>") };
}

function markupOf(value: string | Html | readonly Html[]): string {
  if (typeof value === "string") return escapeHtml(value);
  return "__html" in value ? value.__html : value.map(({ __html }) => __html).join("");
}
