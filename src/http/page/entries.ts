import { CAUSE_LABELS } from "../../domain/cause.js";
import { formatDuration } from "../../domain/duration.js";
import { type Silence, silencedBy } from "../../domain/silence.js";
import { type Html, html, nothing } from "../../lib/html.js";
import type { AlertRow } from "../../store/history/alerts.js";
import type { ChangeRow } from "../../store/history/changes.js";
import type { ErrorRow } from "../../store/history/error-row.js";
import { errorPath, tag } from "./layout.js";
import { line } from "./outside-text.js";
import { count, when, whenOr } from "./words.js";

export const NO_TEXT = "(the error has no text)";

export function integrationName({ name, acronym }: { name: string; acronym: string }): Html {
  const short = acronym === "" || acronym === name ? nothing : html` <span class="quiet">(${line(acronym, "")})</span>`;
  return html`${line(name, "Unnamed integration")}${short}`;
}

/** An alert in a list that is not about one error alone. */
export function alertEntry(alert: AlertRow, now: Date): Html {
  const about =
    alert.error === null
      ? aboutTheWhole(alert)
      : html`<a href="${errorPath(alert.error.id)}">${line(alert.error.headline, NO_TEXT)}</a>`;
  const integration =
    alert.integration === null ? nothing : html`<p class="quiet">${integrationName(alert.integration)}</p>`;
  return html`<li>
<p>${severityTag(alert)} ${about}</p>
${integration}
<p>${alert.alertState} since ${when(alert.openedAt, now)}, by the rule <strong>${alert.rule}</strong></p>
</li>`;
}

/** What is wrong with an integration is in the reason of its alert. */
function aboutTheWhole({ subject, transitions }: AlertRow): Html {
  if (subject === "server") return html`This server cannot be read`;
  return line(transitions.findLast(({ toState }) => toState !== "acknowledged")?.because ?? "", "A whole integration");
}

/** An alert among those of one error, with all its moves, who looks after it and what hides it now. */
export function alertHistory(alert: AlertRow, silences: readonly Silence[], now: Date): Html {
  const moves = alert.transitions.map(
    (move) => html`<li>${when(move.at, now)}: ${move.toState}${byWhom(move)}. ${line(move.because, "")}</li>`,
  );
  return html`<li><p>${severityTag(alert)} ${alert.alertState}, by the rule
<strong>${alert.rule}</strong></p>${acknowledgementOf(alert, now)}${silenceOf(alert, silences, now)}<ol class="moves">${moves}</ol></li>`;
}

function byWhom({ author }: AlertRow["transitions"][number]): Html {
  return author === null ? nothing : html` by ${line(author, "somebody")}`;
}

function acknowledgementOf({ acknowledgement }: AlertRow, now: Date): Html {
  if (acknowledgement === null) return nothing;
  const { author, untilAt, note } = acknowledgement;
  const until = untilAt === null ? html`it is resolved` : when(untilAt, now);
  return html`<p>${line(author, "Somebody")} looks after it until ${until}. ${line(note, "")}</p>`;
}

function silenceOf({ alertState, labels }: AlertRow, silences: readonly Silence[], now: Date): Html {
  const silence = alertState === "resolved" ? null : silencedBy(silences, labels, now);
  if (silence === null) return nothing;
  const { id, author, reason, endsAt } = silence;
  return html`<p>Silence ${String(id)} of ${line(author, "somebody")} hides it until ${when(endsAt, now)} or sooner.
${line(reason, "")}</p>`;
}

function severityTag({ severity, alertState }: AlertRow): Html {
  if (alertState === "resolved") return tag(severity, "plain");
  return tag(severity, severity === "info" ? "plain" : severity === "critical" ? "bad" : "warn");
}

export function errorEntry(error: ErrorRow, now: Date): Html {
  const grown = whenOr(error.lastGrownAt, now, "not since it is watched");
  return html`<li>
<p>${error.present ? [] : tag("gone", "good")} <a href="${errorPath(error.id)}">${line(error.headline, NO_TEXT)}</a></p>
<p class="quiet">${integrationName(error.integration)} · ${CAUSE_LABELS[error.cause]} · ${totalOf(error)}</p>
<p>Grew last: ${grown}</p>
</li>`;
}

export function totalOf({ occurrences, addedTotal }: Pick<ErrorRow, "occurrences" | "addedTotal">): string {
  const total = occurrences === null ? "total not known" : `${count(occurrences)} in all`;
  return `${total}, ${count(addedTotal)} added while watched`;
}

/** One change of the error whose page it is on. */
export function changeEntry(change: ChangeRow, now: Date): Html {
  const added = change.kind === "gone" ? nothing : html` ${count(change.added)} added (${totalsOf(change)}).`;
  const notes = [
    ...(change.addedBecause === "counter_reset" ? ["The counter was reset."] : []),
    ...(change.restarted ? ["Its integration was restarted."] : []),
    ...(change.blindMs === null ? [] : [`Found after ${formatDuration(change.blindMs)} in which nobody was looking.`]),
  ];
  return html`<li><p>${tag(change.kind, toneOf(change))} ${when(change.at, now)}:${added} ${notes.join(" ")}</p></li>`;
}

function totalsOf({ occurrencesBefore, occurrencesAfter }: ChangeRow): string {
  if (occurrencesAfter === null) return "total not known";
  const after = count(occurrencesAfter);
  return occurrencesBefore === null ? `total ${after}` : `total ${count(occurrencesBefore)} → ${after}`;
}

function toneOf({ kind }: ChangeRow): "bad" | "warn" | "good" {
  return kind === "gone" ? "good" : kind === "growing" ? "warn" : "bad";
}
