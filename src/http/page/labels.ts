import type { AlertState, Severity } from "../../domain/alert.js";
import type { Cause } from "../../domain/cause.js";
import type { ChangeKind } from "../../domain/change.js";
import type { RuleVerdict } from "../../domain/rule.js";
import type { ReadFailure } from "../../domain/snapshot.js";

export const CAUSE_LABELS = {
  credential: "Credentials",
  quota: "Quota or rate limit",
  network: "Network",
  tls: "TLS",
  timeout: "Timeout",
  vendor: "The vendor's service",
  config: "Configuration",
  data: "Data",
  bug: "A bug in the integration",
  other: "Not known",
} as const satisfies Record<Cause, string>;

export const READ_FAILURE_LABELS = {
  unauthorized: "it refuses our credentials",
  forbidden: "our credentials lack the rights",
  unreachable: "it cannot be reached",
  tls: "its TLS certificate or handshake is not accepted",
  timeout: "it does not answer in time",
  "not-json": "it answers with something other than JSON",
  truncated: "its answers are cut short",
  "wrong-shape": "its answers do not have the expected form",
  "too-large": "its answers are too large",
  "server-error": "it answers with server errors",
  "rate-limited": "it limits our requests",
  "visibility-unproved": "its empty answer may be a lack of rights",
} as const satisfies Record<ReadFailure, string>;

export const ALERT_STATE_LABELS = {
  pending: "pending",
  firing: "firing",
  acknowledged: "acknowledged",
  resolved: "resolved",
} as const satisfies Record<AlertState, string>;

export const SEVERITY_LABELS = {
  info: "info",
  warning: "warning",
  critical: "critical",
} as const satisfies Record<Severity, string>;

export const CHANGE_LABELS = {
  new: "new",
  growing: "growing",
  returned: "returned",
  gone: "gone",
} as const satisfies Record<ChangeKind, string>;

export const VERDICT_LABELS = {
  fired: "fired",
  kept: "kept firing",
  missed: "just missed",
  held_back: "held back",
  resolved: "resolved",
} as const satisfies Record<RuleVerdict, string>;
