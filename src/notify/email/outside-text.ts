import { escapeHtml, type Html } from "../../lib/html.js";
import { unlinked } from "../plain-text.js";

/** Text from outside for HTML, with line breaks, and with nothing in it that a mail program would make a link of. */
export function outsideText(text: string): Html {
  return { markup: escapeHtml(unlinked(text)).replaceAll("\n", "<br>") };
}
