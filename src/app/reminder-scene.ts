import type { AlertId } from "../domain/ids.js";
import type { Route } from "../domain/route.js";
import type { ServerId } from "../domain/snapshot.js";
import type { GroupRef, Knowledge, RemindedAlert } from "../store/reminded-alerts.js";
import type { ReminderFacts } from "../store/reminder-facts.js";
import type { OwedReminder } from "../store/reminders.js";
import type { Told } from "./route.js";
import { type Hiders, hidingOf, mutedAt, type TellingPolicy } from "./suppress.js";

/** Everything by which reminders are decided at one moment. */
export type Scene = {
  readonly policy: TellingPolicy;
  readonly now: Date;
  /** Those that fire without an acknowledgement, and that no silence and no inhibition hides now. */
  readonly shown: readonly RemindedAlert[];
  readonly knowledge: readonly Knowledge[];
  /** What a destination knows of an alert; null when it was never to know. */
  readonly knows: (alertId: AlertId, destination: string) => Knowledge | null;
  /** By which routes an alert is told now: to each destination by one. */
  readonly tellingsOf: (alert: RemindedAlert) => readonly Telling[];
  /** Whether an alert is told to a destination by the alert about its whole integration. */
  readonly isToldParent: (alert: RemindedAlert, destination: string) => boolean;
  readonly isMuted: (route: Route) => boolean;
};

/** One way in which an alert is told to one destination. */
export type Telling = { readonly told: Told; readonly destination: string };

export type PlannedReminder = GroupRef & {
  serverId: ServerId;
  receiver: string;
  occasion: ReminderFacts["occasion"];
  /** By rising id; never empty. */
  alerts: readonly RemindedAlert[];
  /** Since when it counts what was added; null: since each alert began. */
  since: Date | null;
  steps: OwedReminder["steps"];
  notes: readonly string[];
};

export function createScene(input: {
  policy: TellingPolicy;
  now: Date;
  alerts: readonly RemindedAlert[];
  knowledge: readonly Knowledge[];
  hiders: Hiders;
}): Scene {
  const { policy, now, alerts, knowledge, hiders } = input;
  const known = new Map(knowledge.map((one) => [`${one.alertId} ${one.destination}`, one]));
  const knows = (alertId: AlertId, destination: string) => known.get(`${alertId} ${destination}`) ?? null;
  const muted = new Map<Route, boolean>();
  return {
    policy,
    now,
    knowledge,
    knows,
    shown: alerts.filter((alert) => hidingOf(alert, hiders, now) === null),
    tellingsOf: (alert) => tellingsOf(policy, alert),
    isToldParent: ({ parentId }, destination) => parentId !== null && knows(parentId, destination) !== null,
    isMuted: (route) => {
      const isMutedNow = muted.get(route) ?? mutedAt([route], policy, now).muted;
      muted.set(route, isMutedNow);
      return isMutedNow;
    },
  };
}

/** Where two routes lead to one destination, the first one tells: a move is owed to a destination once. */
function tellingsOf({ routing }: TellingPolicy, { serverId, labels }: RemindedAlert): readonly Telling[] {
  const first = new Map<string, Telling>();
  for (const told of routing(serverId, labels)) {
    for (const destination of told.destinations) {
      if (!first.has(destination)) first.set(destination, { told, destination });
    }
  }
  return [...first.values()];
}

export function kindOf({ subject }: RemindedAlert): ReminderFacts["kind"] {
  return subject === "server" ? "server" : "alerts";
}

/** One text for each group of a destination, or for what of it has messages of its own. */
export function groupIdOf({ destination, groupKey, kind }: Omit<GroupRef, "kind"> & Partial<GroupRef>): string {
  return JSON.stringify([destination, groupKey, kind ?? null]);
}

/** Sorts what belongs to one group together, in the order in which it comes. */
export function byGroup<Member extends GroupRef>(
  members: readonly Member[],
): readonly (readonly [Member, ...Member[]])[] {
  const groups = new Map<string, [Member, ...Member[]]>();
  for (const member of members) {
    const group = groups.get(groupIdOf(member));
    if (group === undefined) groups.set(groupIdOf(member), [member]);
    else group.push(member);
  }
  return [...groups.values()];
}
