import { CAUSE_LABELS } from "../domain/cause.js";
import { formatDuration } from "../domain/duration.js";
import type { SummaryNotification } from "../domain/notification.js";
import { counted, type Fact, formatCount } from "./wording.js";

export function summarySentence(notification: SummaryNotification): string {
  const counts = summaryCounts(notification);
  return notification.occasion === "baseline" ? `now watched, with ${counts}` : `watched again: ${counts}`;
}

/** `119 errors present`, or what changed meanwhile. */
export function summaryCounts({ occasion, errors }: SummaryNotification): string {
  return occasion === "baseline" ? `${counted(errors.present, "error")} present` : changesOf(errors);
}

function changesOf(errors: SummaryNotification["errors"]): string {
  const { growing, returned, gone } = errors;
  return Object.entries({ new: errors.new, growing, returned, gone })
    .map(([change, count]) => `${formatCount(count)} ${change}`)
    .join(", ");
}

export function summaryFactsOf(notification: SummaryNotification): readonly Fact[] {
  const { integrations, errors, blindMs } = notification;
  const causes = notification.causes.map(({ cause, errors: count }) => `${CAUSE_LABELS[cause]} ${formatCount(count)}`);
  const running = `${formatCount(integrations.total)} (${formatCount(integrations.notRunning)} not running)`;
  return [
    ...(blindMs === null ? [] : [{ label: "Not watched for", value: formatDuration(blindMs) }]),
    { label: "Integrations", value: running },
    { label: "Errors present", value: formatCount(errors.present) },
    ...(notification.occasion === "baseline" ? [] : [{ label: "Changed", value: changesOf(errors) }]),
    ...(causes.length === 0 ? [] : [{ label: "Causes", value: causes.join(", ") }]),
  ];
}

export function summaryPurpose(notification: SummaryNotification): string {
  return notification.occasion === "baseline"
    ? "This was the first look, so what it found is not announced one by one. From now on, changes are."
    : "Nobody was looking for a while, so what changed meanwhile is told together.";
}
