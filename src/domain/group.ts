import type { AlertState } from "./alert.js";
import { dampedMs, type Flapping, UNDAMPED } from "./flap.js";
import type { EscalationStep, Route } from "./route.js";

/** How fast a route tells about each of its groups. */
export type GroupPace = Pick<
  Route,
  "groupWaitMs" | "groupIntervalMs" | "repeatIntervalMs" | "repeatIntervalMsMax" | "escalation"
>;

/** An escalation step that was taken for a group, and when. */
export type TakenStep = EscalationStep & { readonly takenAt: Date };

/** What is known of one group of one destination. */
export type GroupState = {
  /** When the oldest of what is owed and not yet told happened; null when nothing is owed. */
  readonly owedSinceAt: Date | null;
  /** When the last message about the group was delivered; null when none ever was. */
  readonly lastDeliveredAt: Date | null;
  /** How many repeats were delivered since the last message that told something that had changed. */
  readonly repeats: number;
  readonly alerts: readonly { readonly state: AlertState; readonly firedAt: Date }[];
  readonly escalated: readonly TakenStep[];
};

/**
 * When what is owed is to be told; null when nothing is. It waits `groupWaitMs` for others to join it, and until
 * `groupIntervalMs` after the last message. What does nothing but flap waits longer.
 */
export function flushAt(pace: GroupPace, state: GroupState, flapping: Flapping = UNDAMPED): Date | null {
  const { owedSinceAt, lastDeliveredAt } = state;
  if (owedSinceAt === null) return null;
  const joinedMs = owedSinceAt.getTime() + dampedMs(pace.groupWaitMs, flapping);
  if (lastDeliveredAt === null) return new Date(joinedMs);
  return new Date(Math.max(joinedMs, lastDeliveredAt.getTime() + dampedMs(pace.groupIntervalMs, flapping)));
}

/**
 * When what was told is to be told again; null while nothing fires that nobody has acknowledged, before the first
 * message, and while something is owed, since its message tells the rest as well. The pause doubles after each repeat
 * up to `repeatIntervalMsMax`, and is never shorter than `repeatIntervalMs`.
 */
export function repeatAt(pace: GroupPace, state: GroupState): Date | null {
  if (state.owedSinceAt !== null || state.lastDeliveredAt === null || oldestUnacknowledgedAt(state) === null)
    return null;
  const doubledMs = pace.repeatIntervalMs * 2 ** state.repeats;
  const pauseMs = Math.max(pace.repeatIntervalMs, Math.min(doubledMs, pace.repeatIntervalMsMax));
  return new Date(state.lastDeliveredAt.getTime() + pauseMs);
}

/**
 * The escalation step to take next, and when; null when there is none or everything is acknowledged. Steps count from
 * when the oldest alert fired that fires without an acknowledgement, and each is taken once for it: what was taken
 * before that alert fired was taken for another. Of several that are overdue the earliest comes first.
 */
export function nextEscalation(
  pace: Pick<GroupPace, "escalation">,
  state: Pick<GroupState, "alerts" | "escalated">,
): { readonly step: EscalationStep; readonly dueAt: Date } | null {
  const firedAt = oldestUnacknowledgedAt(state);
  if (firedAt === null) return null;
  const taken = state.escalated.filter(({ takenAt }) => takenAt >= firedAt);
  const isTaken = (step: EscalationStep) =>
    taken.some(({ afterMs, receiver }) => afterMs === step.afterMs && receiver === step.receiver);
  const [step] = pace.escalation.filter((each) => !isTaken(each)).sort((a, b) => a.afterMs - b.afterMs);
  return step === undefined ? null : { step, dueAt: new Date(firedAt.getTime() + step.afterMs) };
}

function oldestUnacknowledgedAt({ alerts }: Pick<GroupState, "alerts">): Date | null {
  const firing = alerts.filter(({ state }) => state === "firing").map(({ firedAt }) => firedAt.getTime());
  return firing.length === 0 ? null : new Date(Math.min(...firing));
}
