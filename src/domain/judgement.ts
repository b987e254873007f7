import type { Severity } from "./alert.js";
import type { Change, DiffMode } from "./diff.js";
import type { FrozenBaselines } from "./growth-condition.js";
import type { AlertId, ErrorId, IntegrationId } from "./ids.js";
import type { Subject } from "./labels.js";
import type { Labels } from "./matcher.js";
import type { ReactsTo, RuleVerdict } from "./rule.js";

/** What an alert is about: the same error or integration through all its names. */
export type AlertAbout =
  | { readonly kind: "error"; readonly errorId: ErrorId; readonly integrationId: IntegrationId }
  | { readonly kind: "integration"; readonly integrationId: IntegrationId };

/** What rules have to know about an error that changed at this poll or has an open alert. */
export type ErrorFacts = {
  readonly integrationId: IntegrationId;
  readonly subject: Subject;
  /** Whether it is on the server's list at this poll. */
  readonly present: boolean;
  readonly firstSeenAt: Date;
  /** The running sum of what was added, this poll included. */
  readonly addedTotal: number;
};

/** An integration that is not running at this poll. */
export type DownIntegration = {
  readonly integrationId: IntegrationId;
  readonly subject: Subject;
  /** As the server calls its state. */
  readonly integrationStatus: string;
  readonly downSince: Date;
  /** Whether it was running, or not yet listed, at the good poll before. */
  readonly wasRunning: boolean;
};

/** An alert that is not resolved. */
export type OpenAlert = {
  readonly id: AlertId;
  readonly about: AlertAbout;
  readonly rule: string;
  readonly on: ReactsTo;
  /** An acknowledged alert counts as firing. */
  readonly state: "pending" | "firing";
  readonly severity: Severity;
  readonly labels: Labels;
  /** At how many good polls in a row its reason has held, and since when; how it was when it last was pending. */
  readonly pendingPolls: number;
  readonly pendingSince: Date;
  readonly quietMs: number;
  /** After how much watched quiet it is over, as it was when it opened or was last kept. */
  readonly resolveAfterMs: number;
  /** Empty unless its rule is about growth. */
  readonly frozen: FrozenBaselines;
};

/** An alert that fired and is over: growth up to its end was told, and is not told again. */
export type SettledAlert = {
  readonly on: ReactsTo;
  readonly rule: string;
  readonly severity: Severity;
  readonly labels: Labels;
  /** The running sum of its error when it was resolved. */
  readonly addedTotal: number;
};

/** The running sum of what an error had added at an instant: that of its latest change at or before it, 0 before the first. */
export type TotalAt = (errorId: ErrorId, atMs: number) => number;

/** What growth is computed from, before any sum at another time is known. */
export type GrowthInput = {
  readonly mode: DiffMode;
  readonly at: Date;
  /** How long ago the previous good poll was; 0 for the first. */
  readonly overMs: number;
  /** When the first snapshot of the server was taken. */
  readonly firstSnapshotAt: Date;
  /** When a long blind window was last caught up with: its summary told what was added until then. */
  readonly caughtUpAt: Date | null;
  readonly changes: readonly Change[];
  /** Each error that changed at this poll or has an open alert. */
  readonly errors: ReadonlyMap<ErrorId, ErrorFacts>;
  readonly openAlerts: readonly OpenAlert[];
  /** The latest settled alert of each rule, for each error that grew; older ones than the longest window may be missing. */
  readonly settled: ReadonlyMap<ErrorId, readonly SettledAlert[]>;
};

/** One diffed good poll of one server, with all that its rules look at. */
export type JudgeInput = GrowthInput & {
  /** Every integration that is not running at this poll. */
  readonly down: readonly DownIntegration[];
  /** How much of the time since the last good poll the server was watched: a blind window proves no quiet. */
  readonly watchedMs: number;
  readonly totalAt: TotalAt;
};

export type Decision = {
  readonly about: AlertAbout;
  readonly rule: string;
  readonly verdict: RuleVerdict;
  /** The reason in one plain sentence, with its numbers. */
  readonly because: string;
  readonly inputs: Readonly<Record<string, number | string | null>>;
};

/** An alert to open: pending or, where its rule waits for nothing, firing. */
export type OpenedAlert = {
  readonly about: AlertAbout;
  readonly rule: string;
  readonly on: ReactsTo;
  readonly severity: Severity;
  readonly labels: Labels;
  readonly because: string;
  readonly resolveAfterMs: number;
  readonly frozen: FrozenBaselines;
};

/** What was added, and over what time; null where a count says nothing. */
export type AddedWithin = { readonly count: number; readonly overMs: number } | null;

export type FiredAlert = OpenedAlert & {
  /** The pending alert that fires now; null when it is opened firing. */
  readonly alertId: AlertId | null;
  /** What changed at this very poll; null when nothing did. */
  readonly change: Change | null;
  readonly added: AddedWithin;
};

/** What the rules make of one poll. Each open alert is in at most one of the lists, besides the decisions. */
export type Judgement = {
  readonly fired: readonly FiredAlert[];
  /** To open as pending, with one good poll counted and since now. */
  readonly pending: readonly OpenedAlert[];
  /** Pending ones whose reason held again, with the good polls so far. */
  readonly held: readonly { readonly alertId: AlertId; readonly pendingPolls: number }[];
  /** Firing ones that something kept so: their quiet time starts again. */
  readonly kept: readonly { readonly alertId: AlertId; readonly resolveAfterMs: number }[];
  /** Firing ones that stayed quiet, and for how long now; those that are resolved by it are here too. */
  readonly quiet: readonly { readonly alertId: AlertId; readonly quietMs: number }[];
  /** Pending ones that are over before they fired: nobody was told. */
  readonly dropped: readonly { readonly alertId: AlertId; readonly because: string }[];
  readonly resolved: readonly { readonly alertId: AlertId; readonly because: string }[];
  readonly decisions: readonly Decision[];
};
