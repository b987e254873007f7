import { parseDurationMs } from "../domain/duration.js";
import { SUBJECT_LABELS } from "../domain/labels.js";
import { parseMatcher } from "../domain/matcher.js";
import { DEFAULT_RULES } from "../domain/rule.js";
import { CONDITION_KINDS } from "./rule-schema.js";
import { entriesOf, type Finding, isRecord, type Path, type Source, valueAt } from "./source.js";
import { didYouMean } from "./suggestions.js";

/** A rule decides before there is an alert, so it can ask only for what its subject has. */
function labelsSeen(on: unknown): readonly string[] {
  if (on === "server_unreadable") return ["server"];
  if (on === "integration_not_running") return ["server", "integration", "acronym"];
  return SUBJECT_LABELS.filter((label) => label !== "severity" && label !== "rule");
}

/** What has to hold within a rule and between rules, apart from names given twice. */
export function ruleFindings(source: Source): Finding[] {
  const rules = entriesOf(source, "rules");
  const keeps = valueAt(source.data, ["default_rules"]);
  const findings = rules.flatMap(({ path, record }) => [
    ...kindFindings(path, record),
    ...labelFindings(path, record),
    ...matcherFindings(path, record),
    ...conditionFindings(path, record),
  ]);
  if ((keeps === false || keeps === "false") && valueAt(source.data, ["rules"]) === undefined) {
    findings.push({ path: ["default_rules"], message: "leaves no rule, because there are no rules in the file" });
  }
  if (keeps !== true && keeps !== "true") return findings;
  const shipped = rules.filter(({ record }) => DEFAULT_RULES.some(({ name }) => name === record.name));
  const taken = shipped.map(({ path }) => ({
    path: [...path, "name"],
    message: "is the name of a shipped rule, and default_rules keeps those",
  }));
  return [...findings, ...taken];
}

function kindFindings(path: Path, rule: Record<string, unknown>): Finding[] {
  const findings: Finding[] = [];
  if (rule.on === "growing" && rule.any_of === undefined) {
    const message = `is required for on: growing, with at least one of ${CONDITION_KINDS.join(", ")}`;
    findings.push({ path: [...path, "any_of"], message });
  }
  if (typeof rule.on !== "string") return findings;
  if (rule.on !== "growing" && rule.any_of !== undefined) {
    findings.push({ path: [...path, "any_of"], message: "goes with on: growing only", isAboutKey: true });
  }
  if (rule.on === "server_unreadable") findings.push(...serverFindings(path, rule));
  if (rule.on !== "returned" && rule.away_min !== undefined) {
    findings.push({ path: [...path, "away_min"], message: "goes with on: returned only", isAboutKey: true });
  }
  return findings;
}

/** A server that was read once is well, and one that is not read is counted in polls. */
function serverFindings(path: Path, rule: Record<string, unknown>): Finding[] {
  const findings: Finding[] = [];
  if (typeof rule.for === "string" && parseDurationMs(rule.for) !== null) {
    const message = "must be a number of polls for on: server_unreadable, such as 3 polls";
    findings.push({ path: [...path, "for"], message });
  }
  if (rule.keep_firing_for !== undefined) {
    const message = "does not go with on: server_unreadable, which is over with the first good poll";
    findings.push({ path: [...path, "keep_firing_for"], message, isAboutKey: true });
  }
  return findings;
}

function labelFindings(path: Path, rule: Record<string, unknown>): Finding[] {
  const labels = isRecord(rule.labels) ? Object.keys(rule.labels) : [];
  return labels
    .filter((label) => SUBJECT_LABELS.some((taken) => taken === label))
    .map((label) => ({
      path: [...path, "labels", label],
      message: "is a label that every alert has of itself; choose another name",
      isAboutKey: true,
    }));
}

function matcherFindings(path: Path, rule: Record<string, unknown>): Finding[] {
  const texts: unknown[] = Array.isArray(rule.matchers) ? rule.matchers : [];
  const seen = labelsSeen(rule.on);
  return texts.flatMap((text, index) => {
    const matcher = typeof text === "string" ? parseMatcher(text) : null;
    if (matcher === null || "problem" in matcher || seen.includes(matcher.label)) return [];
    const hint = didYouMean(matcher.label, seen) || `; such a rule can ask for ${seen.join(", ")}`;
    return [{ path: [...path, "matchers", index], message: `asks for a label that the rule never sees${hint}` }];
  });
}

function conditionFindings(path: Path, rule: Record<string, unknown>): Finding[] {
  const conditions: unknown[] = Array.isArray(rule.any_of) ? rule.any_of : [];
  return conditions.flatMap((condition, index) => {
    if (!isRecord(condition)) return [];
    const at = [...path, "any_of", index];
    const given = CONDITION_KINDS.filter((kind) => condition[kind] !== undefined);
    const isOther = given.length === 0 && Object.keys(condition).length > 0; // which is reported as an unknown key
    if (given.length !== 1 && !isOther) {
      return [{ path: at, message: `must have exactly one of ${CONDITION_KINDS.join(", ")}` }];
    }
    return isRecord(condition.ratio) ? ratioFindings([...at, "ratio"], condition.ratio) : [];
  });
}

/** A mean over less than one window, or over more history than is looked at, can never be had. */
function ratioFindings(path: Path, ratio: Record<string, unknown>): Finding[] {
  const msOf = (key: string) => (typeof ratio[key] === "string" ? parseDurationMs(ratio[key]) : null);
  const [withinMs, baselineMs, historyMs] = [msOf("within"), msOf("baseline"), msOf("min_history")];
  if (baselineMs === null) return [];
  if (withinMs !== null && baselineMs < withinMs) {
    return [{ path: [...path, "baseline"], message: "must not be less than within" }];
  }
  if (historyMs !== null && historyMs > baselineMs) {
    return [{ path: [...path, "min_history"], message: "must not be more than baseline" }];
  }
  if (historyMs === null && ratio.min_history === undefined && withinMs !== null && baselineMs < 2 * withinMs) {
    const message = "must be two of within at least, unless min_history is given";
    return [{ path: [...path, "baseline"], message }];
  }
  return [];
}
