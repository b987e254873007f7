export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const ALERT_STATES = ["pending", "firing", "acknowledged", "resolved"] as const;
export type AlertState = (typeof ALERT_STATES)[number];
/** Those of an alert that is not over. */
export const OPEN_ALERT_STATES = ["pending", "firing", "acknowledged"] as const satisfies readonly AlertState[];
export type OpenAlertState = (typeof OPEN_ALERT_STATES)[number];

/** What an alert can be about: an error, an integration as a whole, or a server that cannot be read. */
export const ALERT_SUBJECTS = ["error", "integration", "server"] as const;
export type AlertSubject = (typeof ALERT_SUBJECTS)[number];
