import type { Severity } from "./alert.js";
import type { Cause } from "./cause.js";
import type { Labels } from "./matcher.js";

/** What matchers can ask for besides a rule's own labels. */
export const SUBJECT_LABELS = ["server", "integration", "acronym", "cause", "severity", "rule", "http_status"] as const;

/** What an alert is about, as matchers see it; null where it does not apply. */
export type Subject = {
  readonly server: string;
  readonly integration: string | null;
  readonly acronym: string | null;
  readonly cause: Cause | null;
  readonly httpStatus: number | null;
};

/** The labels of a subject alone, which is all that a rule's matchers see. What is null has no label. */
export function subjectLabels(subject: Subject): Labels {
  const { server, integration, acronym, cause, httpStatus } = subject;
  return {
    server,
    ...(integration === null ? {} : { integration }),
    ...(acronym === null ? {} : { acronym }),
    ...(cause === null ? {} : { cause }),
    ...(httpStatus === null ? {} : { http_status: String(httpStatus) }),
  };
}

/** The labels of an alert: its subject's, its severity and rule, and the rule's own, which override none of `SUBJECT_LABELS`. */
export function alertLabels(
  subject: Subject,
  rule: { readonly name: string; readonly labels: Labels },
  severity: Severity,
): Labels {
  return { ...ownLabels(rule.labels), ...subjectLabels(subject), severity, rule: rule.name };
}

const RESERVED: ReadonlySet<string> = new Set(SUBJECT_LABELS);

/** What of a rule's labels its alerts carry. */
export function ownLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([label]) => !RESERVED.has(label)));
}
