export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const ALERT_STATES = ["pending", "firing", "acknowledged", "resolved"] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** What a rule can react to: a change of an error, or a server that cannot be read. */
export const ALERT_SUBJECTS = ["error", "server"] as const;
export type AlertSubject = (typeof ALERT_SUBJECTS)[number];
