import { type Html, html } from "../../lib/html.js";
import { oneLine } from "../plain-text.js";
import { type Fact, formatUtc } from "../wording.js";
import { outsideText } from "./outside-text.js";

/** So that a long word from outside breaks rather than widens the page. */
export const CUT = "word-break:break-word;overflow-wrap:anywhere;";

export function heading(text: string): Html {
  return html`<div style="font-size:20px;line-height:1.3;font-weight:bold;${CUT}">${outsideText(text)}</div>`;
}

export function muted(text: string): Html {
  return html`<div class="pw-muted" style="color:#5b6673;font-size:13px;${CUT}">${outsideText(text)}</div>`;
}

export function quote(text: string): Html {
  return html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="pw-quote" style="background-color:#f1f3f6;border-left:3px solid #aab3bf;padding:10px 14px;font-family:Consolas,Menlo,monospace;font-size:13px;line-height:1.5;${CUT}">${outsideText(text)}</td></tr></table>`;
}

export function factsTable(facts: readonly Fact[]): Html {
  const rows = facts.map(({ label, value }) => {
    const text = value instanceof Date ? formatUtc(value) : oneLine(value, 600);
    return html`<tr><td class="pw-muted" width="130" valign="top" style="padding:3px 12px 3px 0;color:#5b6673;white-space:nowrap;">${label}</td><td valign="top" style="padding:3px 0;${CUT}">${outsideText(text)}</td></tr>`;
  });
  return html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="font-size:14px;">${rows}</table>`;
}
