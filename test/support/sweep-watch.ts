import { type SweepSummary, sweep } from "../../src/app/sweep.js";
import { parseMatchers } from "../../src/domain/matcher.js";
import { DEFAULT_RULES, type Rule } from "../../src/domain/rule.js";
import type { NewSilence, SilenceId } from "../../src/domain/silence.js";
import { insertSilence } from "../../src/store/silences.js";
import { MINUTE, type Watch } from "./watch.js";

const HOUR = 60 * MINUTE;

/** The shipped rules, but an alert is over after two quiet minutes. */
export function impatientRules(): readonly Rule[] {
  return DEFAULT_RULES.map((rule) => ({ ...rule, keepFiringForMs: 2 * MINUTE }));
}

/** One sweep at the watch's own time, which wakes nobody. */
export function sweepOnce({ db, clock, telling, plans }: Watch): Promise<SweepSummary> {
  const wake = async () => true;
  const wakes = { wakePoll: wake, wakeDiff: wake, wakeNotify: wake, wakeDigest: wake };
  return sweep({ db, clock, telling: () => telling, digests: () => plans, ...wakes });
}

/** Stores a silence that is active from now on, for an hour unless the spec says otherwise. */
export function silence(watch: Watch, matchers: string, spec: Partial<NewSilence> = {}): Promise<SilenceId> {
  const parsed = parseMatchers(matchers);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const now = watch.clock();
  const made: NewSilence = {
    matchers: parsed,
    startsAt: now,
    endsAt: new Date(now.getTime() + HOUR),
    author: "Ann",
    reason: "the vendor works on it",
    endsWhen: { unmatchedPolls: null, countDoubles: false, httpStatusChanges: false, textChanges: false },
    ...spec,
  };
  return insertSilence(watch.db, made, now);
}
