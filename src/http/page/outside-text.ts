import { oneLine, shorten } from "../../domain/plain-text.js";
import { type Html, html } from "../../lib/html.js";

const LINE_CHARS_MAX = 300;
const BLOCK_CHARS_MAX = 20_000;
/** What cannot be seen, or turns the order of what can: controls, direction marks, zero-width and half characters. */
const UNSEEN = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A text from outside on one line, or what to say when it has none. Its reading direction stays within it. */
export function line(text: string, orElse: string): Html {
  const plain = shorten(oneLine(text.slice(0, 10 * LINE_CHARS_MAX)), LINE_CHARS_MAX);
  return plain === "" ? html`<span class="quiet">${orElse}</span>` : html`<bdi>${plain}</bdi>`;
}

/** A text from outside as it came, line by line, with what cannot be seen made visible. */
export function block(text: string): Html {
  const shown = text.slice(0, BLOCK_CHARS_MAX).replaceAll("\r\n", "\n").replace(UNSEEN, visible);
  const cut = text.length > BLOCK_CHARS_MAX;
  const note = html`<p class="quiet">Only the beginning is shown; the API has all of it.</p>`;
  return html`<pre tabindex="0">${shown}</pre>${cut ? note : []}`;
}

function visible(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}
