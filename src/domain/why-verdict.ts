import { formatDuration } from "./duration.js";
import { type RuleVerdict, VERDICTS } from "./rule.js";

/** What a rule did, in words that follow its name: `new: fired`. */
export const VERDICT_PHRASES = {
  fired: "fired",
  pending: "waits before it fires",
  kept: "kept its alert firing",
  missed: "just missed",
  covered: "was covered by another alert",
  held_back: "was held back",
  silenced: "was silenced",
  inhibited: "was inhibited by another alert",
  acknowledged: "was acknowledged",
  dropped: "was dropped before it fired",
  resolved: "resolved its alert",
} as const satisfies Record<RuleVerdict, string>;

const SUPPRESSING = ["silenced", "inhibited", "acknowledged"] as const satisfies readonly RuleVerdict[];

/** The verdicts about what is told of an alert; all others are about the alert itself. */
export const SUPPRESSING_VERDICTS: readonly RuleVerdict[] = VERDICTS.filter((verdict) =>
  SUPPRESSING.some((one) => one === verdict),
);

/**
 * The numbers and limits of a decision for people, one each: `window 15 min`, `min added 20`. What ends in `_ms` is a
 * duration; what is not known is left out.
 */
export function describeInputs(inputs: Readonly<Record<string, number | string | null>>): readonly string[] {
  return Object.entries(inputs).flatMap(([key, value]) => (value === null ? [] : [describeInput(key, value)]));
}

function describeInput(key: string, value: number | string): string {
  const isDuration = key.endsWith("_ms") && typeof value === "number";
  const name = (isDuration ? key.slice(0, -"_ms".length) : key).replaceAll("_", " ");
  if (isDuration) return `${name} ${value === 0 ? "0 s" : formatDuration(value)}`;
  return `${name} ${typeof value === "number" ? value.toLocaleString("en-US") : value}`;
}
