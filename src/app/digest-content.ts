import {
  DIGEST_DAYS,
  DIGEST_ENTRIES_MAX,
  DIGEST_SERVERS_MAX,
  type DigestContent,
  type EndedEntry,
  type MovedEntry,
} from "../domain/digest.js";
import { type EndedAlert, type SortedMoves, sortMoves } from "../domain/digest-moves.js";
import { reportPolling, summarizePolling } from "../domain/digest-polling.js";
import { type DigestWindow, windowBefore } from "../domain/digest-window.js";
import type { ErrorId } from "../domain/ids.js";
import { shorten } from "../domain/plain-text.js";
import type { ServerId } from "../domain/snapshot.js";
import {
  countAlerts,
  findEndedAlerts,
  findShownAlerts,
  findStandingAcknowledgements,
  findStandingSilences,
  type ShownAlert,
} from "../store/digest-alerts.js";
import {
  findAddedBetween,
  findErrorMoves,
  findGrownErrors,
  findShownErrors,
  type ShownError,
  type SummedGroup,
} from "../store/digest-errors.js";
import {
  countUndiffedPolls,
  findStoppedIntegrations,
  findUndelivered,
  findWindowPolls,
} from "../store/digest-watch.js";
import type { Db } from "../store/prisma.js";

const DAY_MS = 86_400_000;
/** No medium shows more, and facts are kept for ever. */
const TEXT_MAX = 300;

export type AskedDigest = { name: string; timeZone: string; servers: readonly ServerId[]; periods: number };

type Arrived = SortedMoves["new"][number];

/** All that a digest says about a window, as things stood when it ended. Reads only. */
export async function composeDigest(db: Db, asked: AskedDigest, window: DigestWindow): Promise<DigestContent> {
  const { servers, ...named } = asked;
  const max = DIGEST_ENTRIES_MAX;
  const { untilAt } = window;
  const found = await findErrorMoves(db, servers, window);
  const moves = sortMoves(found, await findEndedAlerts(db, servers, window));
  const acknowledged = await findStandingAcknowledgements(db, servers, untilAt, max.acknowledged);
  const silenced = await findStandingSilences(db, servers, untilAt, max.silenced);
  const stopped = await findStoppedIntegrations(db, servers, untilAt, max.notRunning);
  const undelivered = await findUndelivered(db, servers, window, max.undelivered);
  const polls = await findWindowPolls(db, servers, window);
  const counts = {
    now: await countAlerts(db, servers, window),
    before: await countAlerts(db, servers, windowBefore(window)),
  };

  const shown = { new: moves.new.slice(0, max.new), growing: moves.growing.slice(0, max.growing) };
  const over = { calmed: moves.calmed.slice(0, max.calmed), resolved: moves.resolved.slice(0, max.resolved) };
  const errors = await findShownErrors(
    db,
    [...shown.new, ...shown.growing].map(({ errorId }) => errorId),
  );
  const alerts = await findShownAlerts(
    db,
    [...over.calmed, ...over.resolved, ...acknowledged.rows].map(({ alertId }) => alertId),
  );
  const grown = await findGrownErrors(
    db,
    {
      integrationIds: [
        ...stopped.rows.map(({ integrationId }) => integrationId),
        ...[...alerts.values()].flatMap((alert) => (alert.errorId === null ? (alert.integrationId ?? []) : [])),
      ],
      silenceIds: silenced.rows.map(({ silenceId }) => silenceId),
      servers,
    },
    daysBefore(untilAt, DIGEST_DAYS),
  );
  const ofError = (errorId: ErrorId): SummedGroup => ({ key: `error/${errorId}`, errorIds: [errorId] });
  const ofIntegration = (id: bigint): SummedGroup => ({
    key: `integration/${id}`,
    errorIds: grown.ofIntegration.get(id) ?? [],
  });
  const ofSilence = (id: bigint): SummedGroup => ({ key: `silence/${id}`, errorIds: grown.ofSilence.get(id) ?? [] });
  /** Null for an alert about a whole server. */
  const ofAlert = ({ errorId, integrationId }: ShownAlert): SummedGroup | null => {
    if (errorId !== null) return ofError(errorId);
    return integrationId === null ? null : ofIntegration(integrationId);
  };
  const groups = [
    ...[...errors.keys()].map(ofError),
    ...[...alerts.values()].flatMap((alert) => ofAlert(alert) ?? []),
    ...silenced.rows.map(({ silenceId }) => ofSilence(silenceId)),
    ...stopped.rows.map(({ integrationId }) => ofIntegration(integrationId)),
  ];
  const distinct = [...new Map(groups.map((group) => [group.key, group])).values()];
  const instants = Array.from({ length: DIGEST_DAYS + 1 }, (_, day) => daysBefore(untilAt, DIGEST_DAYS - day));
  const added = await findAddedBetween(db, distinct, instants);
  const daily = (group: SummedGroup | null) => (group === null ? null : (added.get(group.key) ?? null));

  const movedEntry = (move: Arrived) =>
    movedEntryOf(move, requireOf(errors, move.errorId), daily(ofError(move.errorId)));
  const alertSubject = (alert: ShownAlert) => ({
    server: alert.server,
    integration: text(alert.integration),
    headline: text(alert.headline),
    errorId: alert.errorId === null ? null : String(alert.errorId),
    cause: alert.cause,
    daily: daily(ofAlert(alert)),
  });
  const addedBy = new Map<ErrorId | null, number>(found.map((move) => [move.errorId, move.added]));
  const endedEntry = ({ alertId, errorId, endedAt }: EndedAlert): EndedEntry => {
    const alert = requireOf(alerts, alertId);
    return { ...alertSubject(alert), endedAt, because: text(alert.because), added: addedBy.get(errorId) ?? 0 };
  };

  return {
    ...named,
    ...window,
    servers: servers.slice(0, DIGEST_SERVERS_MAX),
    totals: { now: { ...moves.now, ...counts.now }, before: { ...moves.before, ...counts.before } },
    new: { entries: shown.new.map(movedEntry), total: moves.new.length },
    growing: {
      entries: shown.growing.map((move) => movedEntry({ ...move, ending: null })),
      total: moves.growing.length,
    },
    calmed: { entries: over.calmed.map(endedEntry), total: moves.calmed.length },
    resolved: { entries: over.resolved.map(endedEntry), total: moves.resolved.length },
    acknowledged: {
      entries: acknowledged.rows.map(({ alertId, note, by, ...rest }) => ({
        ...alertSubject(requireOf(alerts, alertId)),
        ...rest,
        by: text(by),
        note: text(note),
      })),
      total: acknowledged.total,
    },
    silenced: {
      entries: silenced.rows.map(({ silenceId, reason, author, ...rest }) => ({
        ...rest,
        silenceId: String(silenceId),
        author: text(author),
        integration: "",
        headline: text(reason),
        daily: daily(ofSilence(silenceId)),
      })),
      total: silenced.total,
    },
    notRunning: {
      entries: stopped.rows.map(({ integrationId, server, name, status, sinceAt }) => ({
        server,
        integration: text(name),
        headline: text(status),
        sinceAt,
        daily: daily(ofIntegration(integrationId)),
      })),
      total: stopped.total,
    },
    undelivered: {
      entries: undelivered.rows.map((row) => ({ ...row, because: text(row.because) })),
      total: undelivered.total,
    },
    polling: summarizePolling(polls.map((one) => reportPolling(one, window))),
    undiffedPolls: await countUndiffedPolls(db, servers, untilAt),
  };
}

function movedEntryOf(
  { errorId, isReturned, isNew, ending, added, addedBefore }: Arrived,
  { integration, headline, ...error }: ShownError,
  daily: MovedEntry["daily"],
): MovedEntry {
  return {
    ...error,
    errorId: String(errorId),
    integration: text(integration),
    headline: text(headline),
    isReturned: isReturned && !isNew,
    ending,
    added,
    addedBefore,
    daily,
  };
}

function text(given: string): string {
  return shorten(given, TEXT_MAX);
}

function daysBefore(at: Date, days: number): Date {
  return new Date(at.getTime() - days * DAY_MS);
}

function requireOf<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): Value {
  const value = map.get(key);
  if (value === undefined) throw new Error(`${String(key)} is not on record any more`);
  return value;
}
