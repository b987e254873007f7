import type { Cause } from "../domain/cause.js";
import type { SnapshotDiff } from "../domain/diff.js";
import type { ErrorId } from "../domain/ids.js";
import type { ServerId } from "../domain/snapshot.js";
import { findServerTotals, type ServerTotals, type StepRow } from "../store/diffs.js";
import type { SummaryFacts } from "../store/facts.js";
import { type DueDestination, oweSummaries } from "../store/outbox.js";
import type { Db } from "../store/prisma.js";
import type { UndiffedPoll } from "../store/undiffed-polls.js";
import type { Routing } from "./route.js";

const TOP = 10;

/** Owes each destination the one summary that opens a server's history, or that ends a long blind window. */
export async function oweSummary(
  work: { tx: Db; serverId: ServerId; poll: UndiffedPoll; routing: Routing; at: Date; owedAt: Date },
  diff: SnapshotDiff,
  factsOf: ReadonlyMap<ErrorId, StepRow>,
): Promise<DueDestination[]> {
  const { tx, serverId, poll, routing, at, owedAt } = work;
  const totals = await findServerTotals(tx, serverId, TOP);
  const counted = (kind: string) => diff.changes.filter((change) => change.kind === kind).length;
  const facts: SummaryFacts = {
    occasion: diff.mode === "baseline" ? "baseline" : "catch-up",
    at,
    blindMs: diff.blindMs,
    integrations: totals.integrations,
    errors: {
      present: totals.errorsPresent,
      new: counted("new"),
      growing: counted("growing"),
      returned: counted("returned"),
      gone: counted("gone"),
    },
    causes: totals.causes.map(({ cause, errors }) => ({ cause: cause as Cause, errors })),
    top: diff.mode === "baseline" ? topByCount(totals) : topByAdded(diff, factsOf),
  };
  const receiverOf = new Map(
    routing(serverId, { server: serverId }).flatMap(({ receiver, destinations }) =>
      destinations.map((destination) => [destination, receiver] as const),
    ),
  );
  const told = [...receiverOf].map(([destination, receiver]) => ({ receiver, destination }));
  return oweSummaries(tx, { serverId, pollId: poll.pollId, at: owedAt, groupKey: serverId }, told, facts);
}

function topByCount(totals: ServerTotals): SummaryFacts["top"] {
  return totals.topByCount.map(({ integration, headline, cause, occurrences }) => ({
    integration,
    headline,
    cause: cause as Cause,
    occurrences,
    added: 0,
  }));
}

function topByAdded(diff: SnapshotDiff, factsOf: ReadonlyMap<ErrorId, StepRow>): SummaryFacts["top"] {
  const grown = diff.changes.filter((change) => change.added > 0).sort((a, b) => b.added - a.added);
  return grown.slice(0, TOP).flatMap((change) => {
    const facts = factsOf.get(change.errorId)?.facts;
    if (facts === undefined) return [];
    return {
      integration: facts.integration.name,
      headline: facts.headline,
      cause: facts.cause as Cause,
      occurrences: change.occurrencesAfter,
      added: change.added,
    };
  });
}
