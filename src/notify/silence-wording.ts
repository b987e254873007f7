import type { SilenceNotification } from "../domain/notification.js";
import { oneLine } from "./plain-text.js";
import { counted, type Fact, formatCount, serverNameOf } from "./wording.js";

/** What happened, as one clause without the server's name before it. */
export function silenceSentence(notification: SilenceNotification): string {
  return `A silence on ${serverNameOf(notification, 100)} has ended`;
}

/** What came of it, in one sentence. */
export function silenceOutcome({ hidden: { alerts, stillFiring } }: SilenceNotification): string {
  if (alerts === 0) return "It hid nothing.";
  const hid = `It hid ${counted(alerts, "alert")}`;
  if (alerts === 1) return `${hid}, which ${stillFiring === 0 ? "no longer" : "still"} fires.`;
  if (stillFiring === 0) return `${hid}; none of them still fires.`;
  if (stillFiring >= alerts) return `${hid}; all of them still fire.`;
  return `${hid}; ${formatCount(stillFiring)} of them still ${stillFiring === 1 ? "fires" : "fire"}.`;
}

/** `12 alerts hidden, 3 still firing`. */
export function silenceCounts({ hidden: { alerts, stillFiring } }: SilenceNotification): string {
  if (alerts === 0) return "nothing was hidden";
  return `${counted(alerts, "alert")} hidden, ${stillFiring === 0 ? "none" : formatCount(stillFiring)} still firing`;
}

/** Its reason, or who made it when it has none, in at most `lengthMax` characters. */
export function silenceNameOf(notification: SilenceNotification, lengthMax: number): string {
  return oneLine(notification.reason, lengthMax) || oneLine(`silence by ${authorOf(notification)}`, lengthMax);
}

/** Who silenced, why, from when to when, and why it ended. */
export function silenceFactsOf(notification: SilenceNotification): readonly Fact[] {
  return [
    { label: "Silenced by", value: authorOf(notification) },
    { label: "Reason", value: oneLine(notification.reason, 500) || "none given" },
    { label: "From", value: notification.startedAt },
    { label: "To", value: notification.endedAt },
    { label: "Why it ended", value: oneLine(notification.because, 500) || "not known" },
  ];
}

function authorOf(notification: SilenceNotification): string {
  return oneLine(notification.author, 100) || "somebody";
}
