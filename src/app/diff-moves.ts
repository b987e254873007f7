import { dampedMs, describeFlapping, type Flapping, flappingOf } from "../domain/flap.js";
import type { AlertId } from "../domain/ids.js";
import { insertTransitions, type NewTransition } from "../store/alerts.js";
import { type EscalatedTo, findEscalatedTo, findFlips } from "../store/judgement.js";
import { type DueDestination, type OwedTransition, oweTransitions } from "../store/outbox.js";
import type { DiffWork, Move } from "./diff-work.js";
import type { Told } from "./route.js";

const FLAP_WINDOW_MS = 24 * 60 * 60_000;

/** Records moves of alerts, and owes each that is told to the destinations of every route that its labels match. */
export async function recordMoves(work: DiffWork, moves: readonly Move[]): Promise<DueDestination[]> {
  const { tx, poll, at, serverId, owedAt } = work;
  const flapping = await findFlapping(work, moves);
  const escalatedTo = await findEscalatedTo(tx, endsOf(moves));
  const planned = moves.map((move, index) => plan(work, move, flapping[index] ?? null, escalatedTo));
  const ids = await insertTransitions(
    tx,
    { pollId: poll.pollId, at },
    planned.map(({ transition }) => transition),
  );
  const owed = planned.flatMap(({ ways }, index) => {
    const transitionId = ids[index];
    if (transitionId === undefined) throw new Error("A transition was not recorded");
    return ways.map((way) => ({ ...way, transitionId }));
  });
  return oweTransitions(tx, { serverId, pollId: poll.pollId, at: owedAt }, owed);
}

/** How much each told move flaps, itself included; null for one that is told to nobody. */
async function findFlapping({ tx, at }: DiffWork, moves: readonly Move[]): Promise<(Flapping | null)[]> {
  const told = moves.flatMap(({ kind, transition }) => (kind === null ? [] : [transition.alertId]));
  const flips = await findFlips(tx, told, new Date(at.getTime() - FLAP_WINDOW_MS));
  return moves.map(({ kind, transition: { alertId, to } }) => {
    if (kind === null || (to !== "firing" && to !== "resolved")) return null;
    return flappingOf([...(flips.get(alertId) ?? []), { to, at }], at);
  });
}

type Planned = { transition: NewTransition; ways: Omit<OwedTransition, "transitionId">[] };

/** What flaps waits longer, and its message says so. */
function plan(
  { routing, serverId }: DiffWork,
  { transition, labels, kind }: Move,
  flapping: Flapping | null,
  escalatedTo: readonly EscalatedTo[],
): Planned {
  if (kind === null) return { transition, ways: [] };
  const besides = escalatedTo.filter(({ alertId }) => alertId === transition.alertId);
  const routes = [...routing(serverId, labels), ...besides.map(wayOf)];
  if (flapping === null) return { transition, ways: waysOf(routes, kind) };
  const { facts } = transition;
  const note = describeFlapping(flapping, Math.max(0, ...routes.map(({ groupIntervalMs }) => groupIntervalMs)));
  const damped = routes.map((route) => ({
    ...route,
    groupWaitMs: dampedMs(route.groupWaitMs, flapping),
    groupIntervalMs: dampedMs(route.groupIntervalMs, flapping),
  }));
  return {
    transition: facts.kind === "alerts" ? { ...transition, facts: { ...facts, note } } : transition,
    ways: waysOf(damped, kind),
  };
}

/** Alerts whose end is told, also to those whom only an escalation has told of them. */
function endsOf(moves: readonly Move[]): AlertId[] {
  return moves.flatMap(({ kind, transition: { alertId, to } }) =>
    kind !== null && to === "resolved" ? [alertId] : [],
  );
}

type Way = Omit<Told, "route">;

function wayOf({ receiver, destination, groupKey }: EscalatedTo): Way {
  return { receiver, destinations: [destination], groupKey, groupWaitMs: 0, groupIntervalMs: 0 };
}

/** A destination that several routes lead to is told once, by the first of them. */
function waysOf(routes: readonly Way[], kind: OwedTransition["kind"]): Omit<OwedTransition, "transitionId">[] {
  const ways = new Map<string, Omit<OwedTransition, "transitionId">>();
  for (const { destinations, receiver, groupKey, groupWaitMs, groupIntervalMs } of routes) {
    for (const destination of destinations) {
      if (!ways.has(destination))
        ways.set(destination, { receiver, groupKey, groupWaitMs, groupIntervalMs, destination, kind });
    }
  }
  return [...ways.values()];
}
