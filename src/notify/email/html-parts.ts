import type { Severity } from "../../domain/alert.js";
import { type Html, html } from "../../lib/html.js";
import { oneLine } from "../plain-text.js";
import { TAG_TONES, type Tag } from "../tag.js";
import { type Fact, formatUtc } from "../wording.js";
import { outsideText } from "./outside-text.js";

/** So that a long word from outside breaks rather than widens the page. */
export const CUT = "word-break:break-word;overflow-wrap:anywhere;";

const PROBLEM_COLORS = { critical: "#b3261e", warning: "#9a5b00", info: "#1a5fb4" } as const satisfies Record<
  Severity,
  string
>;

/** Readable as text on white and as a band under white text. */
export function colorOf(tag: Tag, severity: Severity): string {
  const tone = TAG_TONES[tag];
  switch (tone) {
    case "problem":
      return PROBLEM_COLORS[severity];
    case "over":
      return "#1e7a3c";
    case "taken":
    case "report":
      return "#4a5568";
    default:
      throw new Error(`Unknown tone: ${JSON.stringify(tone satisfies never)}`);
  }
}

export function tagLine(tag: Tag, severity: Severity): Html {
  return html`<div style="font-size:12px;font-weight:bold;letter-spacing:.04em;"><span class="pw-tag" style="color:${colorOf(tag, severity)};">${tag}</span></div>`;
}

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
