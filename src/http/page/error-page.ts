import { CAUSE_LABELS } from "../../domain/cause.js";
import type { Silence } from "../../domain/silence.js";
import { describeInputs, VERDICT_PHRASES } from "../../domain/why-verdict.js";
import { type Html, html, nothing } from "../../lib/html.js";
import type { DecisionRow, ErrorDetail, ErrorTextRow } from "../../store/history/error-detail.js";
import { alertHistory, changeEntry, integrationName, NO_TEXT, totalOf } from "./entries.js";
import { facts, type Page, section, serverPath, tag, text } from "./layout.js";
import { block, line } from "./outside-text.js";
import { when, whenOr } from "./words.js";

/** One error: what it says, when it moved, whom it alerted and why. `silences`: those that are active now. */
export function errorPage(error: ErrorDetail, silences: readonly Silence[], now: Date): Page {
  const state = error.present ? tag("present", "warn") : tag("gone", "good");
  const earlier = error.earlierTexts.map(
    (said) => html`<li>${when(said.firstSeenAt, now)}: ${line(said.headline, NO_TEXT)}</li>`,
  );
  const body = html`<p class="quiet"><a href="${serverPath(error.serverId)}">${error.serverId}</a> ·
${integrationName(error.integration)}</p>
<h1>${line(error.headline, NO_TEXT)} ${state}</h1>
${factsOf(error, now)}
${error.text === null ? nothing : textOf(error.text)}
${section(
  { text: "Alerts", id: "alerts" },
  error.alerts.map((alert) => alertHistory(alert, silences, now)),
  "It has raised no alert.",
)}
${section(
  { text: "Changes", id: "changes" },
  error.changes.map((change) => changeEntry(change, now)),
  "Nothing has changed since it was first seen.",
)}
${section(
  { text: "Decisions", id: "decisions" },
  error.decisions.map((decision) => decisionEntry(decision, now)),
  "No rule has had anything to decide about it.",
)}
${earlier.length === 0 ? nothing : section({ text: "What it said before", id: "before" }, earlier, "")}`;
  return { title: "Error", body };
}

function factsOf(error: ErrorDetail, now: Date): Html {
  const because =
    error.text === null ? nothing : html` <span class="quiet">${line(error.text.causeBecause, "")}</span>`;
  return facts([
    ["Cause", html`${CAUSE_LABELS[error.cause]}${because}`],
    ...(error.httpStatus === null ? [] : [["HTTP status", text(String(error.httpStatus))] as const]),
    ["Count", text(totalOf(error))],
    ["First seen", when(error.firstSeenAt, now)],
    ["Last occurred", whenOr(error.lastOccurredAt, now, "not known")],
    ["Grew last", whenOr(error.lastGrownAt, now, "not since it is watched")],
    ...(error.goneAt === null ? [] : [["Gone since", when(error.goneAt, now)] as const]),
    ["Id in Polarity", line(error.polarityId, "none")],
  ]);
}

function textOf({ title, shortText, longText, meta, rest }: ErrorTextRow): Html {
  const parts: (readonly [string, string | null])[] = [
    ["Title", title],
    ["Detail", shortText],
    ["Description", longText],
    ["Meta", Object.keys(meta).length === 0 ? null : JSON.stringify(meta, null, 2)],
    ["Other attributes", Object.keys(rest).length === 0 ? null : JSON.stringify(rest, null, 2)],
  ];
  const said = parts.flatMap(([label, value]) =>
    value === null || value.trim() === "" ? [] : [html`<h3>${label}</h3>${block(value)}`],
  );
  return said.length === 0 ? nothing : html`<section><h2>What it says</h2>${said}</section>`;
}

function decisionEntry({ at, rule, verdict, because, inputs }: DecisionRow, now: Date): Html {
  const numbers = describeInputs(inputs).join(", ");
  return html`<li><p>${tag(VERDICT_PHRASES[verdict], "plain")} ${when(at, now)}, by the rule <strong>${rule}</strong>:
${line(because, "no reason was kept")}</p>${numbers === "" ? nothing : html`<p class="quiet">${line(numbers, "")}</p>`}</li>`;
}
