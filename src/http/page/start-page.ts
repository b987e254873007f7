import { type Html, html, nothing } from "../../lib/html.js";
import type { ServerRow } from "../../store/history/servers.js";
import { type Page, serverPath } from "./layout.js";
import { countsOf, healthOf, unprovedNote } from "./server-health.js";
import { whenOr } from "./words.js";

/** Every server, with how it is doing. */
export function startPage(servers: readonly ServerRow[], hasMore: boolean, now: Date): Page {
  const list =
    servers.length === 0
      ? html`<p class="empty">No server is configured yet. Set POLARITY_URL, or list servers in polarwatch.yaml.</p>`
      : html`<ul class="cards">${servers.map((server) => card(server, now))}</ul>`;
  const more = hasMore ? html`<p class="quiet">There are more; the API lists them all at /api/servers.</p>` : nothing;
  return { title: "Servers", body: html`<h1>Servers</h1>${list}${more}` };
}

function card(server: ServerRow, now: Date): Html {
  const { word, sentence } = healthOf(server, now);
  return html`<li>
<h2><a href="${serverPath(server.id)}">${server.id}</a> ${word}</h2>
${sentence}
${countsOf(server)}
<p class="quiet">Last good poll: ${whenOr(server.lastGoodPollAt, now, "none yet")}</p>
${unprovedNote(server)}
</li>`;
}
