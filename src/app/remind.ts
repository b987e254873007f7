import type { Clock } from "../lib/clock.js";
import { type Database, type Db, inTransaction } from "../store/prisma.js";
import {
  findEscalated,
  findKnowledge,
  findStandingAlerts,
  findUnacknowledged,
  standingKeyOf,
} from "../store/reminded-alerts.js";
import { type OwedReminder, oweReminders, takeReminderTurn } from "../store/reminders.js";
import { planEscalations } from "./remind-escalation.js";
import { planRepeats } from "./remind-repeat.js";
import { planUnhidden } from "./remind-unhidden.js";
import { createScene, groupIdOf, type PlannedReminder } from "./reminder-scene.js";
import { findHiders, type TellingPolicy } from "./suppress.js";

export type RemindDeps = { db: Database; clock: Clock; telling: () => TellingPolicy };

/** A message says no more about one group; the rest is counted. */
const ALERTS_TOLD_MAX = 50;

/**
 * Owes what is to be told although nothing moved: alerts that were hidden and are not any more, escalation steps that
 * are due, and repeats of what goes on without an acknowledgement. Of several sweeps at once one does it. How many
 * reminders were owed.
 */
export function remind({ db, clock, telling }: RemindDeps): Promise<number> {
  const now = clock();
  const policy = telling();
  return inTransaction(db, async (tx) => {
    if (!(await takeReminderTurn(tx))) return 0;
    const alerts = await findUnacknowledged(tx);
    if (alerts.length === 0) return 0;
    const known = alerts.flatMap(({ alertId, parentId }) => (parentId === null ? [alertId] : [alertId, parentId]));
    const scene = createScene({
      policy,
      now,
      alerts,
      knowledge: await findKnowledge(tx, [...new Set(known)]),
      hiders: await findHiders(tx, policy, now),
    });
    const escalated = await findEscalated(
      tx,
      alerts.map(({ alertId }) => alertId),
    );
    const planned = [...planUnhidden(scene), ...planEscalations(scene, escalated), ...(await planRepeats(tx, scene))];
    return oweReminders(tx, await wordAll(tx, firstOfEachGroup(planned), now), now);
  });
}

/** One reminder of a group waits at a time: what comes later in the list is planned again when it was told. */
function firstOfEachGroup(planned: readonly PlannedReminder[]): PlannedReminder[] {
  const first = new Map<string, PlannedReminder>();
  for (const reminder of planned) {
    const { destination, groupKey } = reminder;
    const group = groupIdOf({ destination, groupKey });
    if (!first.has(group)) first.set(group, reminder);
  }
  return [...first.values()];
}

async function wordAll(tx: Db, planned: readonly PlannedReminder[], now: Date): Promise<OwedReminder[]> {
  const chosen = planned.map((reminder) => {
    // A message about a server is about one alert.
    const told = reminder.alerts.slice(0, reminder.kind === "server" ? 1 : ALERTS_TOLD_MAX);
    return { reminder, told: told.map(({ alertId }) => ({ alertId, since: reminder.since })) };
  });
  const standing = await findStandingAlerts(
    tx,
    chosen.flatMap(({ told }) => told),
    now,
  );
  return chosen.map(({ reminder, told }): OwedReminder => {
    const { serverId, receiver, destination, groupKey, kind, occasion, alerts, steps } = reminder;
    const more = alerts.length - told.length;
    const notes = more === 0 ? reminder.notes : [...reminder.notes, `${more} more of this group go on as well`];
    return {
      serverId,
      receiver,
      destination,
      groupKey,
      steps,
      alertIds: alerts.map(({ alertId }) => alertId),
      facts: {
        kind,
        occasion,
        notes: [...notes],
        alerts: told.map((one) => {
          const found = standing.get(standingKeyOf(one));
          if (found === undefined) throw new Error(`Alert ${one.alertId} fires, but never began to`);
          return { ...found, alertId: String(found.alertId) };
        }),
      },
    };
  });
}
