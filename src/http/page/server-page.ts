import { type Html, html, nothing } from "../../lib/html.js";
import type { AlertRow } from "../../store/history/alerts.js";
import type { ErrorRow } from "../../store/history/error-row.js";
import type { IntegrationRow } from "../../store/history/integrations.js";
import type { Page as Rows } from "../../store/history/page.js";
import type { ServerRow } from "../../store/history/servers.js";
import { alertEntry, errorEntry, integrationName } from "./entries.js";
import { facts, type Page, section, tag, text } from "./layout.js";
import { line } from "./outside-text.js";
import { countsOf, healthOf, unprovedNote } from "./server-health.js";
import { when, whenOr } from "./words.js";

export type ServerPageData = {
  server: ServerRow;
  openAlerts: Rows<AlertRow>;
  errors: Rows<ErrorRow>;
  notRunning: Rows<IntegrationRow>;
};

/** One server: what is firing, what grew last, what does not run. */
export function serverPage({ server, openAlerts, errors, notRunning }: ServerPageData, now: Date): Page {
  const { word, sentence } = healthOf(server, now);
  const body = html`<h1>${server.id} ${word}</h1>
${sentence}
${countsOf(server)}
${unprovedNote(server)}
${facts([
  ["Address", text(server.url)],
  ["Last good poll", whenOr(server.lastGoodPollAt, now, "none yet")],
  ["Watched since", whenOr(server.baselineAt, now, "not yet")],
])}
<p class="quiet">On this page: <a href="#alerts">open alerts</a>, <a href="#errors">errors that grew last</a>,
<a href="#integrations">integrations that are not running</a></p>
${section(
  { text: "Open alerts", id: "alerts" },
  openAlerts.rows.map((alert) => alertEntry(alert, now)),
  "None. Nothing needs you right now.",
  moreOf(openAlerts),
)}
${section(
  { text: "Errors that grew last", id: "errors" },
  errors.rows.map((error) => errorEntry(error, now)),
  "No errors have been seen on this server.",
  moreOf(errors),
)}
${section(
  { text: "Integrations that are not running", id: "integrations" },
  notRunning.rows.map((integration) => integrationEntry(integration, now)),
  "None: every integration that is listed is running.",
  moreOf(notRunning),
)}`;
  return { title: server.id, body };
}

function integrationEntry(integration: IntegrationRow, now: Date): Html {
  return html`<li>
<p>${tag("not running", "warn")} ${integrationName(integration)}</p>
<p class="quiet">${line(integration.integrationStatus, "no status")} since ${when(integration.observedAt, now)}</p>
</li>`;
}

function moreOf({ rows, next }: Rows<unknown>): Html {
  return next === null
    ? nothing
    : html`<p class="quiet">These are the first ${rows.length}; the API has the others.</p>`;
}
