import type { DeliveryId } from "../domain/ids.js";
import { narrowMatchers } from "../domain/narrow-matchers.js";
import type { NewSilence, SilenceEnd } from "../domain/silence.js";
import type { Clock } from "../lib/clock.js";
import { type AlertBehind, findAlertsBehind } from "../store/history/alerts-behind.js";
import { rowIdOf } from "../store/history/row-id.js";
import type { Database } from "../store/prisma.js";
import { acknowledgeAlert } from "./acknowledge.js";
import {
  acknowledgedWords,
  noMessageWords,
  nothingOpenWords,
  silencedWords,
  tooDifferentWords,
} from "./action-wording.js";
import { type Answer, answer, type Person } from "./answer.js";
import { addSilenceOnce } from "./silence-once.js";

export type ActionDeps = { db: Database; clock: Clock };

/** For how long the alerts behind a message can be silenced at one press. */
export const PRESSED_SILENCES = ["1h", "8h", "change"] as const;
export type PressedSilence = (typeof PRESSED_SILENCES)[number];

const HOUR_MS = 3_600_000;
/** What should end with a change must end some day, even if nothing ever changes. */
const UNTIL_CHANGE_MS_MAX = 30 * 24 * HOUR_MS;

const ON_TIME: SilenceEnd = { unmatchedPolls: null, countDoubles: false, httpStatusChanges: false, textChanges: false };
const ON_CHANGE: SilenceEnd = { ...ON_TIME, countDoubles: true, httpStatusChanges: true, textChanges: true };

const PRESSED = {
  "1h": { lastsMs: HOUR_MS, endsWhen: ON_TIME, reason: "Silenced from a message, for 1 h" },
  "8h": { lastsMs: 8 * HOUR_MS, endsWhen: ON_TIME, reason: "Silenced from a message, for 8 h" },
  change: { lastsMs: UNTIL_CHANGE_MS_MAX, endsWhen: ON_CHANGE, reason: "Silenced from a message, until it changes" },
} as const satisfies Record<PressedSilence, Pick<NewSilence, "endsWhen" | "reason"> & { lastsMs: number }>;

/** The alerts behind the message of a delivery, by the id under which receivers know it; null when there is none. */
export async function alertsBehind(db: Database, publicId: string): Promise<AlertBehind[] | null> {
  const [, digits = ""] = /^delivery-(\d+)$/.exec(publicId) ?? [];
  const deliveryId = rowIdOf(digits) as DeliveryId | null;
  return deliveryId === null ? null : findAlertsBehind(db, deliveryId);
}

/** Acknowledges whatever fires behind a message. Who presses again is told who has acknowledged it. */
export async function acknowledgeDelivery(deps: ActionDeps, publicId: string, person: Person): Promise<Answer> {
  const { name: author, origin } = person;
  const found = await alertsBehind(deps.db, publicId);
  if (found === null) return answer(noMessageWords());
  let acknowledged = 0;
  for (const { id: alert } of found.filter(({ alertState }) => alertState === "firing")) {
    const { kind } = await acknowledgeAlert(deps, { alert, author, note: "", untilAt: null, origin });
    if (kind === "acknowledged") acknowledged += 1;
  }
  const now = (await alertsBehind(deps.db, publicId)) ?? [];
  return answer(...acknowledgedWords({ acknowledged, alerts: now, at: deps.clock() }));
}

/** Silences what is open behind a message, as narrowly as its labels allow. Who presses again is told who has silenced it. */
export async function silenceDelivery(
  deps: ActionDeps,
  publicId: string,
  pressed: PressedSilence,
  person: Person,
): Promise<Answer> {
  const found = await alertsBehind(deps.db, publicId);
  if (found === null) return answer(noMessageWords());
  const open = found.filter(({ alertState }) => alertState !== "resolved");
  if (open.length === 0) return answer(nothingOpenWords("silence", found));
  const matchers = narrowMatchers(open.map(({ labels }) => labels));
  if (matchers === null) return answer(tooDifferentWords());
  const { lastsMs, endsWhen, reason } = PRESSED[pressed];
  const startsAt = deps.clock();
  const silence: NewSilence = {
    matchers,
    startsAt,
    endsAt: new Date(startsAt.getTime() + lastsMs),
    author: person.name,
    reason,
    endsWhen,
  };
  return answer(...silencedWords(await addSilenceOnce(deps, silence, person.origin)));
}
