import type { HiddenBy } from "../store/suppressions.js";
import { byGroup, kindOf, type PlannedReminder, type Scene } from "./reminder-scene.js";

const ENDED = {
  silence: "The silence that hid this has ended",
  inhibition: "The alert that hid this is over",
  parent: "The alert about the whole integration, which told this, is over",
  untold: "This was not told before",
} as const satisfies Record<HiddenBy, string>;

/** Alerts whose beginning was hidden from a destination and is not any more: it is told of them after all. */
export function planUnhidden({ shown, knowledge, tellingsOf, isToldParent, isMuted }: Scene): PlannedReminder[] {
  const alertOf = new Map(shown.map((alert) => [alert.alertId, alert]));
  const members = knowledge.flatMap(({ alertId, destination, isOwed, hidden }) => {
    const alert = alertOf.get(alertId);
    if (alert === undefined || hidden === null || isOwed || isToldParent(alert, destination)) return [];
    const told = tellingsOf(alert).find((one) => one.destination === destination)?.told;
    if (told !== undefined && isMuted(told.route)) return [];
    const { receiver, groupKey } = told ?? hidden; // the routes may have changed since: it is told all the same
    return [{ destination, groupKey, kind: kindOf(alert), receiver, alert, because: ENDED[hidden.by] }];
  });
  return byGroup(members).map((group): PlannedReminder => {
    const [{ destination, groupKey, kind, receiver, alert }] = group;
    return {
      destination,
      groupKey,
      kind,
      receiver,
      serverId: alert.serverId,
      occasion: "unhidden",
      alerts: group.map((member) => member.alert),
      since: null,
      steps: [],
      notes: [...new Set(group.map(({ because }) => because))],
    };
  });
}
