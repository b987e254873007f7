import type { Severity } from "../../domain/alert.js";
import { type Html, html } from "../../lib/html.js";
import { TAG_TONES, type Tag } from "../tag.js";

/**
 * How one kind of news looks: what needs somebody is a full band under white text, what does not is pale; the mark tells
 * them apart without colour too.
 */
export type Look = {
  /** Of the class by which dark mode knows it. */
  name: "critical" | "warning" | "info" | "over" | "taken" | "report";
  /** Of text on white, and of the edge beside it. */
  ink: string;
  band: string;
  bandInk: string;
  mark: string;
};

const problem = (name: Severity, ink: string): Look => ({ name, ink, band: ink, bandInk: "#ffffff", mark: "●" });
const PROBLEMS = {
  critical: problem("critical", "#b3261e"),
  warning: problem("warning", "#9a5b00"),
  info: problem("info", "#1a5fb4"),
} as const satisfies Record<Severity, Look>;
const OVER: Look = { name: "over", ink: "#1e7a3c", band: "#d9f0df", bandInk: "#12522a", mark: "✓" };
const TAKEN: Look = { name: "taken", ink: "#5546a8", band: "#e4e0f7", bandInk: "#3b2f85", mark: "◐" };
const REPORT: Look = { name: "report", ink: "#4a5568", band: "#e3e8ee", bandInk: "#333d4a", mark: "■" };

export function lookOf(tag: Tag, severity: Severity): Look {
  const tone = TAG_TONES[tag];
  switch (tone) {
    case "problem":
      return PROBLEMS[severity];
    case "over":
      return OVER;
    case "taken":
      return TAKEN;
    case "report":
      return REPORT;
    default:
      throw new Error(`Unknown tone: ${JSON.stringify(tone satisfies never)}`);
  }
}

/** The tag with its mark, as text on the card. */
export function tagLine(tag: Tag, severity: Severity): Html {
  const { name, ink, mark } = lookOf(tag, severity);
  return html`<div class="pw-ink pw-${name}" style="font-size:12px;font-weight:bold;letter-spacing:.04em;color:${ink};">${hidden(mark)} <span class="pw-tag">${tag}</span></div>`;
}

/** A sign for those who see, which is not read aloud. */
export function hidden(mark: string): Html {
  return html`<span aria-hidden="true">${mark}</span>`;
}

/** What the text inside is about, by the colour of its left edge. */
export function edged(tag: Tag, severity: Severity, content: Html): Html {
  const { name, ink } = lookOf(tag, severity);
  return html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="pw-edge pw-${name}" style="border-left:4px solid ${ink};padding:2px 0 2px 14px;">${content}</td></tr></table>`;
}
