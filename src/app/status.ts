import { formatDuration } from "../domain/duration.js";
import { counted } from "../notify/wording.js";
import { type AlertRow, findAlerts } from "../store/history/alerts.js";
import { findServers, type ServerRow } from "../store/history/servers.js";
import { findActiveSilences } from "../store/silences.js";
import { subjectWords } from "./action-wording.js";
import { type Answer, answer } from "./answer.js";
import type { AnswerDeps } from "./delivery-answers.js";

const SERVERS_MAX = 10;
const ALERTS_MAX = 8;

/** How the watched servers are doing, what is open, and how much is silenced. */
export async function tellStatus({ db, clock, links }: AnswerDeps): Promise<Answer> {
  const at = clock();
  const anyAlert = { server: null, alertState: "open", error: null, severity: null } as const;
  const [servers, alerts, silences] = await Promise.all([
    findServers(db, { server: null, watched: true }, { size: SERVERS_MAX, after: null }),
    findAlerts(db, anyAlert, { size: ALERTS_MAX, after: null }),
    findActiveSilences(db, at),
  ]);
  const [first, ...rest] = [
    ...servers.rows.map((server) => serverWords(server, at)),
    ...(servers.next === null ? [] : ["And more servers."]),
    ...(alerts.rows.length === 0 ? ["No alert is open."] : alerts.rows.map((alert) => alertWords(alert, at))),
    ...(alerts.next === null ? [] : ["And more alerts before these."]),
    ...(silences.length === 0 ? [] : [`${counted(silences.length, "silence")} active.`]),
  ];
  return first === undefined ? answer("No server is watched.") : { sentences: [first, ...rest], link: links.all() };
}

function serverWords(server: ServerRow, at: Date): string {
  const { id, lastGoodPollAt, failingSince, lastFailure, errorsPresent, openAlerts } = server;
  const counts = `${counted(errorsPresent, "error")}, ${counted(openAlerts, "open alert")}`;
  if (failingSince !== null) {
    const reason = lastFailure === null ? "" : ` (${lastFailure.failure})`;
    return `${id}: it could not be read for ${formatDuration(at.getTime() - failingSince.getTime())}${reason}; ${counts} before`;
  }
  if (lastGoodPollAt === null) return `${id}: not read yet`;
  return `${id}: read ${formatDuration(at.getTime() - lastGoodPollAt.getTime())} ago; ${counts}`;
}

function alertWords(alert: AlertRow, at: Date): string {
  const { id, severity, alertState, openedAt, serverId, error, integration, acknowledgement } = alert;
  const about = subjectWords({
    serverId,
    error,
    integration: integration === null ? null : integration.name || integration.acronym,
  });
  const state = acknowledgement === null ? alertState : `${alertState} by ${acknowledgement.author}`;
  return `Alert ${id}, ${severity}, ${state}, ${formatDuration(at.getTime() - openedAt.getTime())} old: ${about}`;
}
