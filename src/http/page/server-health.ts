import { formatDuration } from "../../domain/duration.js";
import { overdueMs } from "../../domain/overdue.js";
import { READ_FAILURE_TEXTS } from "../../domain/snapshot.js";
import { type Html, html, nothing } from "../../lib/html.js";
import type { ServerRow } from "../../store/history/servers.js";
import { tag } from "./layout.js";
import { line } from "./outside-text.js";
import { counted, when } from "./words.js";

/** Whether a server is being read, in a word and, where it is not, a sentence. */
export function healthOf(server: ServerRow, now: Date): { word: Html; sentence: Html } {
  if (!server.watched) {
    const sentence = html`<p>It has left the configuration; its history stays.</p>`;
    return { word: tag("not watched", "plain"), sentence };
  }
  if (server.failingSince !== null) return { word: tag("failing", "bad"), sentence: failureOf(server, now) };
  const ms = overdueMs(server, now);
  if (ms !== null) {
    const sentence = html`<p>It has not been read for ${formatDuration(ms)}, and nothing says why: is the poll step running?</p>`;
    return { word: tag("overdue", "bad"), sentence };
  }
  if (server.lastGoodPollAt === null) {
    return { word: tag("starting", "plain"), sentence: html`<p>Its first poll is on its way.</p>` };
  }
  return { word: tag("read", "good"), sentence: nothing };
}

function failureOf({ failingSince, lastFailure }: ServerRow, now: Date): Html {
  const since = failingSince === null ? nothing : html` since ${when(failingSince, now)}`;
  if (lastFailure === null) return html`<p>Failing${since}.</p>`;
  const detail = lastFailure.detail === null ? nothing : html`<p class="quiet">${line(lastFailure.detail, "")}</p>`;
  return html`<p>Failing${since}: ${READ_FAILURE_TEXTS[lastFailure.failure]}.</p>${detail}`;
}

/** A list without errors may be one that we are not allowed to see; only errors that were once shown prove otherwise. */
export function unprovedNote(server: ServerRow): Html {
  const sawNone = server.lastGoodPollAt !== null || server.lastFailure?.failure === "visibility-unproved";
  if (server.credentialsProvedAt !== null || !sawNone) return nothing;
  return html`<p class="note">These credentials have never been shown an error. Until they are, an empty list may be a
lack of rights: check what the account may see in Polarity.</p>`;
}

export function countsOf(server: ServerRow): Html {
  const notRunning =
    server.integrationsNotRunning === 0
      ? nothing
      : html` · ${counted(server.integrationsNotRunning, "integration")} not running`;
  return html`<p>${counted(server.openAlerts, "open alert")} · ${counted(server.errorsPresent, "error")} present${notRunning}</p>`;
}
