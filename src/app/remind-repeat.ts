import { formatDuration } from "../domain/duration.js";
import { dampedMs, describeFlapping, type Flapping, flappingOf, leastFlapping } from "../domain/flap.js";
import { type GroupState, repeatAt } from "../domain/group.js";
import { findFlips } from "../store/judgement.js";
import type { Db } from "../store/prisma.js";
import { findGroupHistories, type GroupHistory, type GroupRef, type RemindedAlert } from "../store/reminded-alerts.js";
import { byGroup, groupIdOf, kindOf, type PlannedReminder, type Scene } from "./reminder-scene.js";
import type { Told } from "./route.js";

const FLAPS_WITHIN_MS = 86_400_000;

type Member = GroupRef & { alert: RemindedAlert; told: Told; toldAt: Date };
type DueGroup = { members: readonly [Member, ...Member[]]; state: GroupState & { lastDeliveredAt: Date } };

/** Groups in which something was told that goes on without an acknowledgement, once the time of their route is over. */
export async function planRepeats(tx: Db, scene: Scene): Promise<PlannedReminder[]> {
  const groups = byGroup(toldMembers(scene));
  const histories = await findGroupHistories(
    tx,
    groups.map(([{ destination, groupKey, kind }]) => ({ destination, groupKey, kind })),
  );
  const historyOf = new Map(histories.map((history) => [groupIdOf(history), history]));
  const due = groups.flatMap((members) => dueGroup(members, historyOf.get(groupIdOf(members[0])), scene));
  const flips = await findFlips(
    tx,
    due.flatMap(({ members }) => members.map(({ alert }) => alert.alertId)),
    new Date(scene.now.getTime() - FLAPS_WITHIN_MS),
  );
  return due.flatMap((group) => {
    const flapping = leastFlapping(
      group.members.map(({ alert }) => flappingOf(flips.get(alert.alertId) ?? [], scene.now)),
    );
    return repeatOf(group, flapping, scene.now);
  });
}

function toldMembers({ shown, tellingsOf, isToldParent, isMuted, knows }: Scene): Member[] {
  return shown.flatMap((alert) =>
    tellingsOf(alert).flatMap(({ told, destination }): Member[] => {
      const toldAt = knows(alert.alertId, destination)?.toldAt ?? null;
      if (toldAt === null || isToldParent(alert, destination) || isMuted(told.route)) return [];
      return [{ destination, groupKey: told.groupKey, kind: kindOf(alert), alert, told, toldAt }];
    }),
  );
}

/** Where the routes have changed, a group has no history, but its alerts were told in another one. */
function dueGroup(members: DueGroup["members"], history: GroupHistory | undefined, { now }: Scene): DueGroup[] {
  if (history === undefined) throw new Error("A group was not looked up");
  const timesMs = [history.lastDeliveredAt, ...members.map(({ toldAt }) => toldAt)].map((at) => at?.getTime() ?? 0);
  const state = {
    owedSinceAt: history.isWaiting ? now : null,
    lastDeliveredAt: new Date(Math.max(...timesMs)),
    repeats: history.repeats,
    alerts: members.map(({ alert }) => alert),
    escalated: [],
  };
  const dueAt = repeatAt(members[0].told.route, state);
  return dueAt === null || dueAt > now ? [] : [{ members, state }];
}

/** None while what flaps has to wait. */
function repeatOf({ members, state }: DueGroup, flapping: Flapping, now: Date): PlannedReminder[] {
  const [{ destination, groupKey, kind, alert, told }] = members;
  const { route } = told;
  const dampedPauseMs = dampedMs(route.groupIntervalMs, flapping);
  if (now.getTime() - state.lastDeliveredAt.getTime() < dampedPauseMs) return [];
  const nextAt = repeatAt(route, { ...state, lastDeliveredAt: now, repeats: state.repeats + 1 });
  if (nextAt === null) throw new Error("A group that is repeated is never repeated again");
  const next = formatDuration(Math.max(nextAt.getTime() - now.getTime(), dampedPauseMs));
  return [
    {
      destination,
      groupKey,
      kind,
      receiver: told.receiver,
      serverId: alert.serverId,
      occasion: "repeat",
      alerts: members.map((member) => member.alert),
      since: state.lastDeliveredAt,
      steps: [],
      notes: [
        `Told again in ${next}, unless it is acknowledged or over by then`,
        ...[describeFlapping(flapping, route.groupIntervalMs)].filter((note) => note !== null),
      ],
    },
  ];
}
