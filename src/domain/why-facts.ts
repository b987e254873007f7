import type { AlertState, AlertSubject, Severity } from "./alert.js";
import type { ChangeKind } from "./change.js";
import type { DeliveryOutcome } from "./delivery.js";
import type { Subject } from "./labels.js";
import type { Labels } from "./matcher.js";
import type { AlertOccasion } from "./notification.js";
import type { RuleVerdict } from "./rule.js";

/** What is on record of one error up to a moment: all that an explanation is made of. */
export type WhyFacts = {
  readonly at: Date;
  readonly error: ErrorThen;
  /** Of each rule the latest decision about the error or its integration, and the latest that hid an alert of it; newest first. */
  readonly decisions: readonly DecisionThen[];
  /** Open ones first, then the latest that was over; also of its integration and its server. */
  readonly alerts: readonly AlertThen[];
};

/** The error and what it belongs to, as rules saw it then. */
export type ErrorThen = {
  readonly id: string;
  readonly subject: Subject;
  readonly present: boolean;
  readonly firstSeenAt: Date;
  /** The latest change of each kind. */
  readonly changes: readonly { readonly kind: ChangeKind; readonly at: Date; readonly added: number }[];
  /** As the server calls the state of its integration, `running` where all is well; null when that was not known yet. */
  readonly integrationStatus: string | null;
  /** When its server was first read, and when it was last read before. */
  readonly baselineAt: Date | null;
  readonly lastGoodPollAt: Date | null;
};

export type DecisionThen = {
  readonly id: string;
  readonly at: Date;
  readonly about: "error" | "integration";
  readonly rule: string;
  readonly verdict: RuleVerdict;
  readonly because: string;
  readonly inputs: Readonly<Record<string, number | string | null>>;
};

export type SilenceThen = {
  readonly id: string;
  readonly author: string;
  readonly reason: string;
  /** When it ends, or has ended. */
  readonly endsAt: Date;
};

export type AlertThen = {
  readonly id: string;
  readonly subject: AlertSubject;
  readonly rule: string;
  readonly severity: Severity;
  /** At that moment, since `movedAt`, and why. */
  readonly alertState: AlertState;
  readonly movedAt: Date;
  readonly because: string | null;
  readonly openedAt: Date;
  readonly labels: Labels;
  /** The alert about the whole integration that tells this one. */
  readonly parentId: string | null;
  readonly acknowledgement: {
    readonly author: string;
    readonly note: string;
    readonly at: Date;
    readonly untilAt: Date | null;
  } | null;
  /** The active silence that hides it longest. */
  readonly silence: SilenceThen | null;
  /** The newest first. */
  readonly told: readonly ToldThen[];
};

export const HIDDEN_BY = ["silence", "inhibition", "parent", "untold"] as const;
export type HiddenBy = (typeof HIDDEN_BY)[number];

/** One destination that was to be told of one move of an alert, or reminded of it. */
export type ToldThen = {
  readonly deliveryId: string;
  readonly receiver: string;
  readonly destination: string;
  /** The move that it tells; null for a reminder. */
  readonly move: { readonly to: AlertState; readonly at: Date } | null;
  /** Why a reminder was sent; null when it tells a move. */
  readonly occasion: AlertOccasion | null;
  readonly owedAt: Date;
  readonly nextAttemptAt: Date;
  /** Null while it is owed. */
  readonly deliveryOutcome: DeliveryOutcome | null;
  readonly outcomeBecause: string | null;
  readonly settledAt: Date | null;
  /** Why it was left out of its message; null when it is in it. */
  readonly hidden: {
    readonly by: HiddenBy;
    readonly because: string;
    readonly silence: SilenceThen | null;
    /** When it was told after all. */
    readonly shownAgainAt: Date | null;
  } | null;
};
