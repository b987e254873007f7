import { CAUSE_LABELS } from "../domain/cause.js";
import type { ReportNotification, SilenceNotification, SummaryNotification } from "../domain/notification.js";
import { counted, formatCount, totalOf } from "./wording.js";

/** The worst errors of a report, under one heading. */
type TopList = { heading: string; entries: readonly TopEntry[] };

/** `known` are words of ours; the other two are from outside and still as they came. */
type TopEntry = { integration: string; headline: string; known: readonly string[] };

export function topListOf(notification: SummaryNotification | SilenceNotification | ReportNotification): TopList {
  if (notification.kind === "report") return { heading: notification.heading, entries: notification.entries };
  if (notification.kind === "silence") {
    const entries = notification.hidden.top.map(({ integration, headline, messages }) => ({
      integration,
      headline,
      known: [counted(messages, "message")],
    }));
    return { heading: "Hidden most often", entries };
  }
  const isFirstLook = notification.occasion === "baseline";
  const entries = notification.top.map(({ integration, headline, cause, occurrences, added }) => ({
    integration,
    headline,
    known: [CAUSE_LABELS[cause], isFirstLook ? totalOf(occurrences) : `${formatCount(added)} added`],
  }));
  return { heading: isFirstLook ? "Highest counts" : "Most added", entries };
}
