import type { Severity } from "./alert.js";
import type { ErrorId, IntegrationId } from "./ids.js";
import { tells } from "./judge-cover.js";
import type { AlertAbout, Judgement } from "./judgement.js";
import { ownLabels } from "./labels.js";
import type { Labels } from "./matcher.js";
import type { ReactsTo } from "./rule.js";

/** A firing alert, as far as it matters for what else there is to tell about its subject. */
type Teller = {
  readonly about: AlertAbout;
  readonly rule: string;
  readonly on: ReactsTo;
  readonly severity: Severity;
  readonly labels: Labels;
};

/** A judgement while it is made. */
export type Draft = {
  readonly fired: Judgement["fired"][number][];
  readonly pending: Judgement["pending"][number][];
  readonly held: Judgement["held"][number][];
  readonly kept: Judgement["kept"][number][];
  readonly quiet: Judgement["quiet"][number][];
  readonly dropped: Judgement["dropped"][number][];
  readonly resolved: Judgement["resolved"][number][];
  readonly decisions: Judgement["decisions"][number][];
  /** By subject, the alerts that are firing after this poll as far as it has been judged. */
  readonly tellers: Map<ErrorId | IntegrationId, Teller[]>;
};

/** A judgement of nothing. */
export function createDraft(): Draft {
  return {
    fired: [],
    pending: [],
    held: [],
    kept: [],
    quiet: [],
    dropped: [],
    resolved: [],
    decisions: [],
    tellers: new Map(),
  };
}

/** Notes a firing alert, which covers what others would tell about the same subject. */
export function addTeller(draft: Draft, teller: Teller): void {
  const id = subjectIdOf(teller.about);
  const known = draft.tellers.get(id);
  if (known === undefined) draft.tellers.set(id, [teller]);
  else known.push(teller);
}

/** The firing alert that tells already what a rule would tell; null when none does. */
export function coveringTeller(
  draft: Draft,
  would: { about: AlertAbout; on: ReactsTo; severity: Severity; ruleLabels: Labels },
): Teller | null {
  const told = { on: would.on, severity: would.severity, labels: ownLabels(would.ruleLabels) };
  const tellers = draft.tellers.get(subjectIdOf(would.about)) ?? [];
  return tellers.find((teller) => teller.about.kind === would.about.kind && tells(teller, told)) ?? null;
}

/** Two subjects of different kinds may share the number, so that the kind has to be compared too. */
function subjectIdOf(about: AlertAbout): ErrorId | IntegrationId {
  return about.kind === "error" ? about.errorId : about.integrationId;
}
