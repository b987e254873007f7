import * as z from "zod";
import { SEVERITIES } from "../domain/alert.js";
import { REACTS_TO } from "../domain/rule.js";
import { duration, labelName, matchers, name, parsedText } from "./schema-parts.js";
import { AWAY, HISTORY, KEEP_FIRING, parseHold, parseWindow, WINDOW } from "./values.js";

const COUNT_MAX = 1_000_000_000;
const count = z.int().min(1).max(COUNT_MAX);
const window = parsedText(parseWindow);

/** By how much at least, which is what a person reads off a chart. */
const added = z.strictObject({
  at_least: count.describe("Occurrences added, 1 or more."),
  within: window.describe("In how long: 1s to 28d, or poll for the time between two polls."),
});
const ratio = z.strictObject({
  factor: z
    .number()
    .gt(1)
    .max(COUNT_MAX)
    .describe("How many times the mean of equally long windows before; more than 1, decimals allowed."),
  within: window.describe("The window: 1s to 28d, or poll for the time between two polls."),
  baseline: duration(WINDOW).describe("How far back before the window the mean is taken, up to 28d."),
  min_added: count.describe("Occurrences that the window needs besides, 1 or more."),
  min_history: duration(HISTORY)
    .optional()
    .describe("How much baseline has to be on record, up to 28d. Default: two windows; 0s for poll."),
  habit_days: z
    .int()
    .min(0)
    .max(28)
    .optional()
    .describe("Does not hold if as much happened at this hour on most of so many days before, 0 to 28. Default 0."),
});
const rate = z.strictObject({
  per_hour: z.number().gt(0).max(COUNT_MAX).describe("Occurrences an hour, decimals allowed."),
  within: duration(WINDOW).describe("The window over which the rate is taken, 1s to 28d."),
});

/** One key each; that it is one is checked in rule-checks.ts, where it can be said in words. */
export const conditionSchema = z
  .strictObject({
    added: added.optional().describe("So many were added."),
    ratio: ratio.optional().describe("Many more were added than before."),
    rate: rate.optional().describe("They come this fast."),
    last_seen_moved: z
      .strictObject({})
      .optional()
      .describe("It occurred again although its total did not rise. Write {}."),
  })
  .meta({ minProperties: 1, maxProperties: 1 });
export const CONDITION_KINDS = Object.keys(conditionSchema.shape) as readonly (keyof typeof conditionSchema.shape)[];
export type ConditionContent = z.infer<typeof conditionSchema>;

const LABELS_MAX = 20;
export const ruleSchema = z.strictObject({
  name: name.describe("Name of the rule, also the label `rule` of its alerts. Unique."),
  on: z.enum(REACTS_TO).describe("What it reacts to."),
  matchers: matchers.optional().describe("What it looks at; all have to match. None: everything."),
  severity: z
    .enum([...SEVERITIES, "by_cause"])
    .optional()
    .describe(
      "by_cause: critical for the cause credential and an unreadable server, info for quota and data, else warning. " +
        "Default by_cause.",
    ),
  labels: z
    .record(labelName, z.string().max(200))
    .refine((labels) => Object.keys(labels).length <= LABELS_MAX, `must be at most ${LABELS_MAX} labels`)
    .optional()
    .describe("Labels of its alerts, for routes, silences and inhibit_rules."),
  for: parsedText(parseHold)
    .optional()
    .describe(
      "How long the reason has to hold: 1 to 1000 polls (3 polls), or 0s to 7d. Default: it fires at once; for on: server_unreadable, 3 polls.",
    ),
  keep_firing_for: duration(KEEP_FIRING)
    .optional()
    .describe(
      "How long it has to be quiet until the alert is over, 0s to 7d. Default 30m. Not for on: server_unreadable.",
    ),
  away_min: duration(AWAY)
    .optional()
    .describe("For on: returned. What was away for less has not returned, 0s to 28d. Default 15m."),
  any_of: z
    .array(conditionSchema)
    .min(1)
    .max(20)
    .optional()
    .describe("For on: growing. The conditions of which one has to hold."),
});
export type RuleContent = z.infer<typeof ruleSchema>;
