import type { ChangeKind } from "./change.js";
import { formatDuration } from "./duration.js";
import type { GrowthCondition } from "./growth-condition.js";
import { subjectLabels } from "./labels.js";
import { formatMatcher, matchesAll } from "./matcher.js";
import type { Rule } from "./rule.js";
import type { ErrorThen } from "./why-facts.js";

/** A rule that has decided nothing about an error so far. */
export type IdleRule = {
  readonly rule: string;
  /** Why it has not reacted, in one plain sentence. */
  readonly because: string;
  /** What it takes to make it react to growth, a clause each; empty for rules about anything else. */
  readonly limits: readonly string[];
};

/** Why a rule of which no decision is on record has not reacted to an error. */
export function idleRule(rule: Rule, error: ErrorThen, at: Date): IdleRule {
  const labels = subjectLabels(error.subject);
  const missed = rule.matchers.find((matcher) => !matchesAll([matcher], labels));
  if (missed !== undefined) {
    const value = labels[missed.label] ?? "";
    const actual = value === "" ? `it has no ${missed.label}` : `its ${missed.label} is ${JSON.stringify(value)}`;
    return { rule: rule.name, because: `It only looks at ${formatMatcher(missed)}; ${actual}`, limits: [] };
  }
  return { rule: rule.name, because: becauseOf(rule, error, at), limits: rule.conditions.map(limitOf) };
}

const NO_RECORD = "no decision is on record: the rule may be newer than that";

function becauseOf(rule: Rule, error: ErrorThen, at: Date): string {
  const earlier = (then: Date) => `${formatDuration(Math.max(0, at.getTime() - then.getTime()))} earlier`;
  const last = (kind: ChangeKind) => error.changes.find((change) => change.kind === kind) ?? null;
  switch (rule.on) {
    case "new": {
      const { baselineAt, firstSeenAt } = error;
      if (baselineAt !== null && firstSeenAt <= baselineAt) {
        return "It was there already when its server was first read, and that look alerts nobody";
      }
      return `It was first seen ${earlier(firstSeenAt)}; ${NO_RECORD}`;
    }
    case "growing": {
      const grown = last("growing");
      if (grown === null) return "It has not grown since it was first seen";
      return `It last grew by ${grown.added}, ${earlier(grown.at)}; no limit was nearly reached`;
    }
    case "returned": {
      const [gone, returned] = [last("gone"), last("returned")];
      if (!error.present) return "It is gone, and has not come back";
      if (returned !== null) {
        const shorter = rule.awayMsMin === 0 ? "" : `it was away for less than ${formatDuration(rule.awayMsMin)}, or `;
        return `It came back ${earlier(returned.at)}; ${shorter}${NO_RECORD}`;
      }
      return gone === null ? "It has never been gone" : `It was gone ${earlier(gone.at)}; ${NO_RECORD}`;
    }
    case "gone": {
      if (error.present) return "It is on its server's list";
      const gone = last("gone");
      return gone === null ? `It is gone; ${NO_RECORD}` : `It left the list ${earlier(gone.at)}; ${NO_RECORD}`;
    }
    case "integration_not_running": {
      if (error.integrationStatus === null) return "The state of its integration is not known";
      if (error.integrationStatus.toLowerCase() === "running") return "Its integration is running";
      return `Its integration is ${JSON.stringify(error.integrationStatus)}; it was so when its server was first read, or ${NO_RECORD}`;
    }
    case "server_unreadable":
      if (error.lastGoodPollAt === null) return "Its server had not been read yet";
      return `Its server was read ${earlier(error.lastGoodPollAt)}`;
    default:
      throw new Error(`Unknown reason of a rule: ${JSON.stringify(rule.on satisfies never)}`);
  }
}

/** What it takes to meet a condition: `6 times the usual and at least 20 within 15 min`. */
function limitOf(condition: GrowthCondition): string {
  switch (condition.kind) {
    case "added":
      return `at least ${condition.atLeast} ${withinOf(condition.windowMs)}`;
    case "ratio":
      return `${condition.factor} times the usual and at least ${condition.minAdded} ${withinOf(condition.windowMs)}`;
    case "rate":
      return `${condition.perHour} an hour, ${withinOf(condition.windowMs)}`;
    case "last_seen_moved":
      return "its last-seen time moves while its total stands still";
    default:
      throw new Error(`Unknown condition: ${JSON.stringify(condition satisfies never)}`);
  }
}

function withinOf(windowMs: number | null): string {
  return windowMs === null ? "from one poll to the next" : `within ${formatDuration(windowMs)}`;
}
