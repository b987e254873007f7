import type { AlertItem, Notification } from "../domain/notification.js";
import type { ShownAlert, StaleMessage } from "../store/living-messages.js";
import type { Db } from "../store/prisma.js";
import { findLabelledAlerts, findStandingAlerts, type StandingAlert, standingKeyOf } from "../store/reminded-alerts.js";
import { type Links, linkOfItems, publicIdOf, worstSeverity } from "./notification.js";
import { findHiders, hidingOf, type TellingPolicy } from "./suppress.js";

export type Standing = {
  message: Pick<StaleMessage, "deliveryId" | "groupKey" | "serverId">;
  shown: readonly ShownAlert[];
  now: Date;
  telling: TellingPolicy;
  links: Links;
};

/** What the living message of a group says now: every alert that it has told, where it stands, with the counts of now. */
export async function standingNotification(tx: Db, standing: Standing): Promise<Notification | null> {
  const { message, shown, now, links } = standing;
  const { serverId } = message;
  const found = await findStandingAlerts(
    tx,
    shown.map(({ alertId }) => ({ alertId, since: null })),
    now,
  );
  const told = shown.flatMap((alert) => {
    const known = found.get(standingKeyOf({ alertId: alert.alertId, since: null }));
    return known === undefined ? [] : [{ alert, known }];
  });
  const [first] = told;
  if (first === undefined || serverId === null) return null;
  const common = {
    deliveryId: publicIdOf({ id: message.deliveryId }),
    server: serverId,
    groupKey: message.groupKey,
    at: now,
    possiblyRepeated: false,
    occasion: "change" as const,
    notes: await hiddenNotes(tx, standing),
  };
  const last = told.at(-1) ?? first;
  if (last.known.facts.kind === "server") {
    const { severity, ...facts } = last.known.facts;
    const state = last.alert.state === "resolved" ? "resolved" : "firing";
    const taken = last.alert.acknowledged;
    const notes = taken === null ? common.notes : [`${taken.by} has acknowledged it`, ...common.notes];
    return { ...common, notes, ...facts, severity, state, link: links.server(serverId) };
  }
  const items = told.flatMap(({ alert, known }) => itemOf(alert, known)).sort((a, b) => rankOf(a) - rankOf(b));
  return {
    ...common,
    kind: "alerts",
    items,
    severity: worstSeverity(items.map((item) => item.severity)),
    link: linkOfItems(serverId, items, links),
  };
}

function itemOf(alert: ShownAlert, { because, facts }: StandingAlert): AlertItem[] {
  if (facts.kind !== "alerts") return [];
  const state = alert.state === "pending" ? "firing" : alert.state;
  const item = { ...facts.item, alertId: String(alert.alertId), acknowledged: alert.acknowledged, state };
  return [state === "resolved" ? { ...item, because: alert.because, added: null } : { ...item, because }];
}

/** What needs somebody first, what is over last. */
function rankOf({ state }: AlertItem): number {
  return ["firing", "acknowledged", "resolved"].indexOf(state);
}

/** One sentence for each thing that hides some of what fires. */
async function hiddenNotes(tx: Db, { shown, now, telling }: Standing): Promise<string[]> {
  const firing = shown.filter(({ state }) => state === "firing").map(({ alertId }) => alertId);
  if (firing.length === 0) return [];
  const alerts = await findLabelledAlerts(tx, firing);
  const hiders = await findHiders(tx, telling, now);
  const notes = alerts.flatMap((alert) => hidingOf(alert, hiders, now)?.because ?? []);
  return [...new Set(notes)];
}
