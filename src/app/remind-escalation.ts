import { formatDuration } from "../domain/duration.js";
import { nextEscalation, type TakenStep } from "../domain/group.js";
import type { AlertId } from "../domain/ids.js";
import type { EscalationStep, Route } from "../domain/route.js";
import { isMuted } from "../domain/time-interval.js";
import type { Escalated, GroupRef, RemindedAlert } from "../store/reminded-alerts.js";
import { byGroup, kindOf, type PlannedReminder, type Scene } from "./reminder-scene.js";
import type { Told } from "./route.js";
import type { TellingPolicy } from "./suppress.js";

/** `unheardSince`: from when its steps count. */
type Member = GroupRef & { alert: RemindedAlert; told: Told; unheardSince: Date };

/**
 * Who is told besides, because nobody has acknowledged: each step once for each time an alert fires. Each destination has
 * its own place in the steps, so that one that cannot be reached holds up no other.
 */
export function planEscalations(scene: Scene, escalated: readonly Escalated[]): PlannedReminder[] {
  return byGroup(membersOf(scene)).flatMap((group) => escalationOf(group, escalated, scene));
}

function membersOf(scene: Scene): Member[] {
  const { shown, policy, isMuted: isMutedNow, isToldParent, now } = scene;
  const shownAgainAt = shownAgainTimes(scene);
  return shown.flatMap((alert) => {
    const shownAt = shownAgainAt.get(alert.alertId) ?? alert.firedAt;
    if (shownAt === "not yet") return [];
    return policy.routing(alert.serverId, alert.labels).flatMap((told): Member[] => {
      const { route, groupKey, destinations } = told;
      if (route.escalation.length === 0 || isMutedNow(route)) return [];
      if (destinations.some((destination) => isToldParent(alert, destination))) return [];
      const unheardSince = audibleFrom(route, policy, shownAt);
      if (unheardSince === null || unheardSince > now) return [];
      const reached = new Set(route.escalation.flatMap(({ receiver }) => policy.destinationsOf(receiver)));
      return [...reached].map((destination) => ({
        destination,
        groupKey,
        kind: kindOf(alert),
        alert,
        told,
        unheardSince,
      }));
    });
  });
}

/** When alerts were shown that had been hidden from somebody; "not yet" while that is still to come. */
function shownAgainTimes({ knowledge }: Scene): ReadonlyMap<AlertId, Date | "not yet"> {
  const times = new Map<AlertId, Date | "not yet">();
  for (const { alertId, shownAgainAt, hidden, isOwed } of knowledge) {
    const before = times.get(alertId);
    if (before === "not yet") continue;
    if (hidden !== null && !isOwed) times.set(alertId, "not yet");
    else if (shownAgainAt !== null && (before === undefined || shownAgainAt > before)) times.set(alertId, shownAgainAt);
  }
  return times;
}

/** From when somebody could have heard of it: a route that was quiet then told it when it was not any more. */
function audibleFrom(route: Route, { timeIntervals }: TellingPolicy, at: Date): Date | null {
  const muted = isMuted(route, timeIntervals, at);
  return muted.muted ? muted.untilAt : at;
}

function escalationOf(
  group: readonly [Member, ...Member[]],
  escalated: readonly Escalated[],
  { policy, now }: Scene,
): PlannedReminder[] {
  const [{ destination, groupKey, kind, alert, told }] = group;
  const { escalation } = told.route;
  const reaching = escalation.filter(({ receiver }) => policy.destinationsOf(receiver).includes(destination));
  const takenBy = takenSteps(group, destination, escalated);
  const taken = [...takenBy].flatMap(([index, { takenAt }]): TakenStep[] => {
    const step = escalation[index];
    return step === undefined ? [] : [{ ...step, takenAt }];
  });
  const state = group.map((member) => ({ state: member.alert.state, firedAt: member.unheardSince }));
  const due = dueSteps(reaching, { alerts: state, escalated: taken }, now);
  const steps = due.flatMap((one) => {
    const index = escalation.indexOf(one);
    const before = takenBy.get(index)?.alertIds;
    return group.flatMap(({ alert: { alertId, firedAt } }) =>
      before?.has(alertId) === true ? [] : [{ alertId, firedAt, step: index }],
    );
  });
  const last = due.at(-1);
  if (last === undefined || steps.length === 0) return [];
  const since = new Date(Math.min(...group.map(({ unheardSince }) => unheardSince.getTime())));
  const goneOn = formatDuration(now.getTime() - since.getTime());
  return [
    {
      destination,
      groupKey,
      kind,
      receiver: last.receiver,
      serverId: alert.serverId,
      occasion: "escalation",
      alerts: group.map((member) => member.alert),
      since: null,
      steps,
      notes: [`Nobody has acknowledged this for ${goneOn}; the receiver ${told.receiver} was told first`],
    },
  ];
}

/** When a step was taken last for any of these alerts, and for which of them it was, by its place in the route. */
function takenSteps(
  group: readonly Member[],
  destination: string,
  escalated: readonly Escalated[],
): ReadonlyMap<number, { takenAt: Date; alertIds: ReadonlySet<AlertId> }> {
  const ids = new Set(group.map(({ alert }) => alert.alertId));
  const taken = new Map<number, { takenAt: Date; alertIds: Set<AlertId> }>();
  for (const { alertId, step, destination: told, takenAt } of escalated) {
    if (told !== destination || !ids.has(alertId)) continue;
    const before = taken.get(step);
    const lastAt = before === undefined || takenAt > before.takenAt ? takenAt : before.takenAt;
    taken.set(step, { takenAt: lastAt, alertIds: (before?.alertIds ?? new Set()).add(alertId) });
  }
  return taken;
}

/** All steps that are due by now, the earliest first: one message takes them together. */
function dueSteps(
  escalation: readonly EscalationStep[],
  state: Parameters<typeof nextEscalation>[1],
  now: Date,
): EscalationStep[] {
  const due: EscalationStep[] = [];
  for (;;) {
    const escalated = [...state.escalated, ...due.map((step) => ({ ...step, takenAt: now }))];
    const next = nextEscalation({ escalation }, { ...state, escalated });
    if (next === null || next.dueAt > now) return due;
    due.push(next.step);
  }
}
