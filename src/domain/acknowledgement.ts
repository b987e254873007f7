import { type AlertState, SEVERITIES, type Severity } from "./alert.js";
import { formatDuration } from "./duration.js";
import { oneLine } from "./plain-text.js";

/** That somebody looks after an alert. It is a state of the alert, not a silence: the alert stays on view and on record. */
export type Acknowledgement = {
  readonly author: string;
  readonly at: Date;
  /** Empty when nothing was said. */
  readonly note: string;
  /** Null: until the alert is resolved. */
  readonly untilAt: Date | null;
  /** How severe the alert was, and what had been added since it fired, when it was acknowledged. */
  readonly severity: Severity;
  readonly added: number;
};

/** An alert as it is now; `added`: what was added since it fired. */
export type AcknowledgedAlert = { readonly state: AlertState; readonly severity: Severity; readonly added: number };

/** The growth after which nobody can be said to know about it, from at least `ADDED_MIN`. */
const GROWTH_FACTOR = 10;
const ADDED_MIN = 10;

/**
 * Acknowledges an alert that fires, or takes over one that is acknowledged; else every reason why not, in plain
 * sentences.
 */
export function acknowledge(
  alert: AcknowledgedAlert,
  request: Pick<Acknowledgement, "author" | "note" | "untilAt">,
  at: Date,
): Acknowledgement | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  if (alert.state === "pending") problems.push("The alert does not fire yet");
  if (alert.state === "resolved") problems.push("The alert is resolved already");
  if (oneLine(request.author) === "") problems.push("It has to say who acknowledges");
  // Asked this way round so that a time which is none is refused as well
  if (request.untilAt !== null && !(request.untilAt > at)) problems.push("It has to last until a time to come");
  if (problems.length > 0) return { problems };
  return { ...request, at, severity: alert.severity, added: alert.added };
}

const ACKNOWLEDGEMENT_ENDED_BY = ["severity_rose", "grew_tenfold", "time_over"] as const;
export type AcknowledgementEndedBy = (typeof ACKNOWLEDGEMENT_ENDED_BY)[number];

/** `ends`: the alert goes back to firing, and says why. `over`: it ended with its alert, and nothing is said. */
export type AcknowledgementVerdict =
  | { readonly kind: "holds" }
  | { readonly kind: "over" }
  | { readonly kind: "ends"; readonly endedBy: AcknowledgementEndedBy; readonly because: string };

/**
 * Whether an acknowledgement still covers its alert: not when the alert is more severe than what was acknowledged, when
 * ten times as much was added since it fired (ten times ten at least), or when its time is over. Of several reasons the
 * first of these is given.
 */
export function judgeAcknowledgement(
  acknowledgement: Acknowledgement,
  alert: AcknowledgedAlert,
  at: Date,
): AcknowledgementVerdict {
  if (alert.state === "resolved") return { kind: "over" };
  for (const endedBy of ACKNOWLEDGEMENT_ENDED_BY) {
    const because = endOf(endedBy, acknowledgement, alert, at);
    if (because !== null) return { kind: "ends", endedBy, because };
  }
  return { kind: "holds" };
}

function endOf(
  endedBy: AcknowledgementEndedBy,
  acknowledgement: Acknowledgement,
  alert: AcknowledgedAlert,
  at: Date,
): string | null {
  const { author, severity, added, untilAt } = acknowledgement;
  switch (endedBy) {
    case "severity_rose":
      if (SEVERITIES.indexOf(alert.severity) <= SEVERITIES.indexOf(severity)) return null;
      return `It is ${alert.severity} now; ${oneLine(author)} acknowledged it as ${severity}`;
    case "grew_tenfold": {
      const limit = GROWTH_FACTOR * Math.max(added, ADDED_MIN);
      if (alert.added < limit) return null;
      return `It has grown by ${alert.added} since it fired, by ${added} when ${oneLine(author)} acknowledged it; the limit is ${limit}`;
    }
    case "time_over": {
      if (untilAt === null || at < untilAt) return null;
      const lasted = formatDuration(untilAt.getTime() - acknowledgement.at.getTime());
      return `The ${lasted} for which ${oneLine(author)} acknowledged it are over`;
    }
    default:
      throw new Error(`Unknown end of an acknowledgement: ${JSON.stringify(endedBy satisfies never)}`);
  }
}
