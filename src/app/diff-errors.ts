import { diffSnapshot, type ErrorStep, type SnapshotDiff } from "../domain/diff.js";
import { windowMsOf } from "../domain/growth-condition.js";
import type { ErrorId, IntegrationId } from "../domain/ids.js";
import { judge } from "../domain/judge.js";
import { firstInstants, growthCandidates, secondInstants, thirdInstants } from "../domain/judge-growth.js";
import { createTotalsTable } from "../domain/judge-totals.js";
import type { DownIntegration, ErrorFacts, GrowthInput, Judgement } from "../domain/judgement.js";
import type { Rule } from "../domain/rule.js";
import { findStanding, findSteps, insertChanges, insertDecisions, type StepRow } from "../store/diffs.js";
import { addTotals, addTotalsOfEach } from "../store/growth.js";
import { findDownIntegrations, findOpenAlerts, findSettledAlerts, type OpenAlertRow } from "../store/judgement.js";
import type { UndiffedPoll } from "../store/undiffed-polls.js";
import { endAcknowledgements } from "./diff-acknowledgements.js";
import { moveAlerts } from "./diff-alerts.js";
import { foldAlerts } from "./diff-vendor-wide.js";
import type { DiffWork, Move } from "./diff-work.js";

type Snapshot = NonNullable<UndiffedPoll["snapshot"]>;
type DiffedErrors = { diff: SnapshotDiff; stepOf: ReadonlyMap<ErrorId, StepRow>; moves: Move[] };

/** What a snapshot changed, what the rules make of it, and how their alerts move. */
export async function diffErrors(work: DiffWork, snapshot: Snapshot): Promise<DiffedErrors> {
  const { tx, serverId, poll, policy, at } = work;
  const rows = snapshot.unchanged ? [] : await findSteps(tx, snapshot);
  const steps = rows.map((row) => row.step);
  const span = {
    previousAt: poll.previousTakenAt,
    takenAt: snapshot.takenAt,
    serverTime: snapshot.serverTime,
    intervalMs: poll.intervalMs,
    standing: await findStanding(tx, integrationsOf(steps.filter(hasFallen)), steps),
  };
  const diff = diffSnapshot(steps, span, policy.diff);
  const open = poll.besides.openAlerts ? await findOpenAlerts(tx, serverId, at) : [];
  const down = poll.besides.downIntegrations ? await findDownIntegrations(tx, serverId, snapshot) : [];
  const judgement = await judgeDiff(work, diff, rows, open, down);
  const causeOf = new Map(rows.map(({ step, facts }) => [step.errorId, facts.cause]));
  await insertChanges(tx, { serverId, snapshotId: snapshot.id, at }, diff.changes, causeOf);
  await insertDecisions(tx, { serverId, pollId: poll.pollId, at }, judgement.decisions);

  const { moves, opened } = await moveAlerts(work, judgement, open, down);
  const ended = await endAcknowledgements(work, judgement, open, opened);
  const folded = await foldAlerts(work, judgement, open, opened);
  const stepOf = new Map<ErrorId, StepRow>(rows.map((row) => [row.step.errorId, row]));
  return { diff, stepOf, moves: [...moves, ...ended, ...folded] };
}

/** Asks the rules, with every running sum that they want to see. */
async function judgeDiff(
  work: DiffWork,
  diff: SnapshotDiff,
  rows: readonly StepRow[],
  open: readonly OpenAlertRow[],
  down: readonly DownIntegration[],
): Promise<Judgement> {
  const { tx, poll, at } = work;
  const { rules } = work.policy;
  const grown = diff.changes.filter((change) => change.added > 0).map((change) => change.errorId);
  const overMs = poll.previousTakenAt === null ? 0 : at.getTime() - poll.previousTakenAt.getTime();
  const growth: GrowthInput = {
    mode: diff.mode,
    at,
    overMs,
    firstSnapshotAt: poll.baselineAt ?? at,
    caughtUpAt: poll.caughtUpAt,
    changes: diff.changes,
    errors: factsOf(work, diff, rows, open),
    openAlerts: open.map(({ alert }) => alert),
    settled: await findSettledAlerts(tx, grown, new Date(at.getTime() - longestWindowMs(rules, overMs))),
  };
  const totals = createTotalsTable();
  const { totalAt } = totals;
  const candidates = growthCandidates(growth, rules);
  await addTotals(tx, totals, firstInstants(candidates, growth));
  await addTotalsOfEach(tx, totals, secondInstants(candidates, growth, totalAt));
  await addTotalsOfEach(tx, totals, thirdInstants(candidates, growth, totalAt));
  const watchedMs = diff.blindMs === null ? overMs : Math.min(overMs, poll.intervalMs);
  return judge({ ...growth, down, watchedMs, totalAt }, rules);
}

/** What rules see of each error that changed or has an open alert. */
function factsOf(
  { serverId }: DiffWork,
  diff: SnapshotDiff,
  rows: readonly StepRow[],
  open: readonly OpenAlertRow[],
): Map<ErrorId, ErrorFacts> {
  const facts = new Map<ErrorId, ErrorFacts>();
  for (const { alert, error } of open) {
    if (error !== null && alert.about.kind === "error") facts.set(alert.about.errorId, error);
  }
  const totalOf = new Map(diff.changes.map((change) => [change.errorId, change.addedTotal]));
  for (const { step, facts: told } of rows) {
    const { name, acronym } = told.integration;
    facts.set(step.errorId, {
      integrationId: step.integrationId,
      subject: { server: serverId, integration: name, acronym, cause: told.cause, httpStatus: told.httpStatus },
      present: step.after.present,
      firstSeenAt: step.firstSeenAt,
      addedTotal: totalOf.get(step.errorId) ?? step.addedTotal,
    });
  }
  return facts;
}

/** How far back anything is looked for that growth was told by before. */
function longestWindowMs(rules: readonly Rule[], overMs: number): number {
  const windows = rules.flatMap(({ conditions }) => conditions.map((condition) => windowMsOf(condition, overMs)));
  return Math.max(0, ...windows);
}

/** Only where a total fell there is a restart to be told from a cleared counter. */
function hasFallen({ before, after }: ErrorStep): boolean {
  return before?.occurrences != null && after.occurrences !== null && after.occurrences < before.occurrences;
}

function integrationsOf(steps: readonly ErrorStep[]): IntegrationId[] {
  return [...new Set(steps.map((step) => step.integrationId))];
}
