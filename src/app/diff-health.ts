import { alertLabels } from "../domain/labels.js";
import { type Rule, serverRule, severityOf } from "../domain/rule.js";
import { judgeServer, type PollResult, type ServerHealth } from "../domain/server-health.js";
import { findLatestFacts } from "../store/alert-facts.js";
import { endAcknowledgementsOf, findOpenServerAlert, openAlerts, resolveAlerts } from "../store/alerts.js";
import { type ServerFacts, serverFactsOf } from "../store/facts.js";
import type { UndiffedPoll } from "../store/undiffed-polls.js";
import type { DiffWork, Move } from "./diff-work.js";

/** Judges whether the server itself can be read, opens or ends its alert, and gives the move to record. */
export async function diffHealth(work: DiffWork): Promise<{ failedPolls: number; moves: Move[] }> {
  const { tx, serverId, poll, policy, at } = work;
  const open = poll.besides.openAlerts ? await findOpenServerAlert(tx, serverId) : null;
  const rule = serverRule(policy.rules, serverId);
  const record = { ...poll, openAlertId: open?.id ?? null };
  const { failedPolls, move } = judgeServer(resultOf(poll), record, rule?.hold ?? null, at);
  switch (move?.kind) {
    case undefined:
      return { failedPolls, moves: [] };
    case "fire":
      if (rule === null) throw new Error("A server's alert fires by a rule");
      return { failedPolls, moves: [await fire(work, rule, move.because, failedPolls)] };
    case "resolve":
      if (open === null) throw new Error("Only an open alert can be resolved");
      return { failedPolls, moves: [await resolve(work, open, move)] };
    default:
      throw new Error(`Unknown move: ${JSON.stringify(move satisfies never)}`);
  }
}

function resultOf(poll: UndiffedPoll): PollResult {
  switch (poll.outcome) {
    case "complete":
      return { kind: "complete" };
    case "abandoned":
      return { kind: "abandoned" };
    case "failed":
      if (poll.failure === null) throw new Error(`Failed poll ${poll.pollId} has no reason`);
      return { kind: "failed", reason: poll.failure, detail: poll.detail ?? "" };
    default:
      throw new Error(`Unknown poll outcome: ${poll.outcome satisfies never}`);
  }
}

async function fire(work: DiffWork, rule: Rule, because: string, failedPolls: number): Promise<Move> {
  const { tx, serverId, poll, at } = work;
  if (poll.failure === null) throw new Error("A server alert fires for a failed poll");
  const severity = severityOf(rule, null);
  const subject = { server: serverId, integration: null, acronym: null, cause: null, httpStatus: null };
  const labels = alertLabels(subject, rule, severity);
  const facts: ServerFacts = {
    kind: "server",
    severity,
    reason: poll.failure,
    detail: poll.detail ?? "",
    failedPolls,
    lastGoodPollAt: poll.lastGoodPollAt,
  };
  const [alertId] = await openAlerts(tx, { serverId, at }, [
    {
      subject: "server",
      rule: rule.name,
      severity,
      state: "firing",
      labels,
      evidence: { on: rule.on, resolveAfterMs: 0, frozen: {} },
      integrationId: null,
      errorId: null,
      cause: null,
    },
  ]);
  if (alertId === undefined) throw new Error("An alert was not opened");
  return { transition: { alertId, from: null, to: "firing", because, facts }, labels, kind: "server" };
}

async function resolve(
  { tx, poll, at }: DiffWork,
  open: NonNullable<Awaited<ReturnType<typeof findOpenServerAlert>>>,
  { because }: Extract<ServerHealth["move"], { kind: "resolve" }>,
): Promise<Move> {
  const before = (await findLatestFacts(tx, [open.id])).get(open.id);
  if (before === undefined) throw new Error(`Alert ${open.id} never fired`);
  await resolveAlerts(tx, [open.id], at);
  await endAcknowledgementsOf(tx, [open.id], "Its alert is resolved", at);
  const facts = { ...serverFactsOf(before), failedPolls: poll.failedPolls };
  const transition = { alertId: open.id, from: open.alertState, to: "resolved" as const, because, facts };
  return { transition, labels: open.labels, kind: "server" };
}
