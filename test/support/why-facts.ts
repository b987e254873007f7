import type { AlertThen, ErrorThen, ToldThen } from "../../src/domain/why-facts.js";

/** An error that has been on the list since shortly after its server's first snapshot, and a minute later: noon. */
export const NOON = new Date("2026-03-01T12:00:00.000Z");
export const minutesBefore = (minutes: number): Date => new Date(NOON.getTime() - minutes * 60_000);

export function anErrorThen(spec: Partial<ErrorThen> = {}): ErrorThen {
  return {
    id: "7",
    subject: { server: "prod", integration: "VirusTotal", acronym: "VT", cause: "quota", httpStatus: null },
    present: true,
    firstSeenAt: minutesBefore(60),
    changes: [],
    integrationStatus: "running",
    baselineAt: minutesBefore(120),
    lastGoodPollAt: minutesBefore(1),
    ...spec,
  };
}

export function anAlertThen(spec: Partial<AlertThen> = {}): AlertThen {
  return {
    id: "3",
    subject: "error",
    rule: "new",
    severity: "warning",
    alertState: "firing",
    movedAt: minutesBefore(60),
    because: "It was never seen before.",
    openedAt: minutesBefore(60),
    labels: {},
    parentId: null,
    acknowledgement: null,
    silence: null,
    told: [],
    ...spec,
  };
}

export function aTold(spec: Partial<ToldThen> = {}): ToldThen {
  return {
    deliveryId: "9",
    receiver: "oncall",
    destination: "oncall/slack",
    move: { to: "firing", at: minutesBefore(60) },
    occasion: null,
    owedAt: minutesBefore(60),
    nextAttemptAt: minutesBefore(59),
    deliveryOutcome: "delivered",
    outcomeBecause: "Sent",
    settledAt: minutesBefore(59),
    hidden: null,
    ...spec,
  };
}
