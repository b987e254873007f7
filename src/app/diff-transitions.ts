import type { Cause } from "../domain/cause.js";
import type { Change } from "../domain/diff.js";
import type { ErrorId } from "../domain/ids.js";
import type { Judgement } from "../domain/rule.js";
import { SERVER_UNREADABLE, type ServerHealth } from "../domain/server-health.js";
import type { ServerId } from "../domain/snapshot.js";
import { findAlertGroups, findFiringFacts, type NewTransition, openAlerts } from "../store/alerts.js";
import type { StepRow, UndiffedPoll } from "../store/diffs.js";
import type { AlertFacts, ServerFacts } from "../store/facts.js";
import type { OwedTransition } from "../store/outbox.js";
import type { Db } from "../store/prisma.js";

/** A move of an alert, and the group in which it is told. */
export type Move = { transition: NewTransition; groupKey: string; kind: OwedTransition["kind"] };

/** Opens the alerts that fired, and gives the moves of these and of those that were resolved. */
export async function errorTransitions(
  tx: Db,
  input: { serverId: ServerId; at: Date; judgement: Judgement; factsOf: ReadonlyMap<ErrorId, StepRow> },
): Promise<Move[]> {
  const { serverId, at, judgement, factsOf } = input;
  const fired = judgement.fired.map((one) => {
    const row = factsOf.get(one.change.errorId);
    if (row === undefined) throw new Error(`Error ${one.change.errorId} fired without having changed`);
    return { ...one, row, groupKey: `${serverId}/${row.facts.integration.polarityId}` };
  });
  const ids = await openAlerts(
    tx,
    { serverId, at },
    fired.map(({ change, rule, severity, groupKey }) => ({
      subject: "error",
      rule,
      severity,
      groupKey,
      integrationId: change.integrationId,
      errorId: change.errorId,
    })),
  );
  const firing = fired.map(({ change, severity, because, added, row, groupKey }, index): Move => {
    const alertId = ids[index];
    if (alertId === undefined) throw new Error("An alert was not opened");
    const facts = alertFactsOf(change, row, { severity, added });
    return { transition: { alertId, from: null, to: "firing", because, facts }, groupKey, kind: "alerts" };
  });
  return [...firing, ...(await resolvedMoves(tx, judgement.resolved))];
}

async function resolvedMoves(tx: Db, resolved: Judgement["resolved"]): Promise<Move[]> {
  const alertIds = resolved.map(({ alertId }) => alertId);
  const [factsOf, groupOf] = [await findFiringFacts(tx, alertIds), await findAlertGroups(tx, alertIds)];
  return resolved.map(({ alertId, because }) => {
    const [facts, group] = [factsOf.get(alertId), groupOf.get(alertId)];
    if (facts?.kind !== "alerts" || group === undefined) throw new Error(`Alert ${alertId} never fired`);
    const item = { ...facts.item, occurrences: group.occurrences, lastOccurredAt: group.lastOccurredAt, added: null };
    return {
      transition: { alertId, from: "firing", to: "resolved", because, facts: { ...facts, item } },
      groupKey: group.groupKey,
      kind: "alerts",
    };
  });
}

function alertFactsOf(
  change: Change,
  { step, facts }: StepRow,
  fired: Pick<Judgement["fired"][number], "severity" | "added">,
): AlertFacts {
  if (change.kind === "gone") throw new Error("An error that is gone does not fire");
  const { name, acronym } = facts.integration;
  return {
    kind: "alerts",
    integration: { name, acronym },
    item: {
      errorId: String(change.errorId),
      change: change.kind,
      severity: fired.severity,
      cause: facts.cause as Cause,
      headline: facts.headline,
      body: facts.body,
      httpStatus: facts.httpStatus,
      occurrences: step.after.occurrences,
      added: fired.added,
      firstSeenAt: facts.firstSeenAt,
      lastOccurredAt: step.after.lastOccurredAt,
      blindMs: change.blindMs,
    },
  };
}

/** The move of the alert about the server itself; opens it when it fires. */
export async function serverMove(
  tx: Db,
  input: {
    serverId: ServerId;
    poll: UndiffedPoll;
    at: Date;
    failedPolls: number;
    move: NonNullable<ServerHealth["move"]>;
  },
): Promise<Move> {
  const { serverId, poll, at, move } = input;
  const told = { groupKey: serverId, kind: "server" } as const;
  switch (move.kind) {
    case "fire": {
      if (poll.failure === null) throw new Error("A server alert fires for a failed poll");
      const facts: ServerFacts = {
        kind: "server",
        severity: "critical",
        reason: poll.failure,
        detail: poll.detail ?? "",
        failedPolls: input.failedPolls,
        lastGoodPollAt: poll.lastGoodPollAt,
      };
      const alert = { subject: "server", rule: SERVER_UNREADABLE, severity: "critical", groupKey: serverId } as const;
      const [alertId] = await openAlerts(tx, { serverId, at }, [{ ...alert, integrationId: null, errorId: null }]);
      if (alertId === undefined) throw new Error("An alert was not opened");
      return { ...told, transition: { alertId, from: null, to: "firing", because: move.because, facts } };
    }
    case "resolve": {
      const before = (await findFiringFacts(tx, [move.alertId])).get(move.alertId);
      if (before?.kind !== "server") throw new Error(`Alert ${move.alertId} never fired`);
      const facts = { ...before, failedPolls: poll.failedPolls };
      return {
        ...told,
        transition: { alertId: move.alertId, from: "firing", to: "resolved", because: move.because, facts },
      };
    }
    default:
      throw new Error(`Unknown move: ${JSON.stringify(move satisfies never)}`);
  }
}
