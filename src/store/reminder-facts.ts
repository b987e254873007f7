import * as z from "zod";
import { SEVERITIES } from "../domain/alert.js";
import { ALERT_OCCASIONS } from "../domain/notification.js";
import { transitionFacts } from "./facts.js";

const instant = z.iso.datetime({ offset: true }).transform((iso) => new Date(iso));
const count = z.int().min(0);

// Lists are measured by `refine`: zod runs its `min` and `max` on whatever has a length, and throws on one that is no number.

/** What a reminder tells, fixed when it was owed, so that every try says the same. */
export const reminderFacts = z.object({
  /** Of the facts of all its alerts; one about a server has one alert. */
  kind: z.enum(["alerts", "server"]),
  occasion: z.enum(ALERT_OCCASIONS).exclude(["change"]),
  /** All of them fire. Why each began to, and what is told about it: as when it began, with the counts of now. */
  alerts: z
    .array(z.object({ alertId: z.string(), because: z.string(), facts: transitionFacts }))
    .refine((all) => all.length > 0),
  /** What there is to say about the whole, a plain sentence each. */
  notes: z.array(z.string()),
});
export type ReminderFacts = z.infer<typeof reminderFacts>;

/** What the report of a silence tells: what it has hidden from one destination. */
export const silenceFacts = z.object({
  silenceId: z.string(),
  author: z.string(),
  reason: z.string(),
  startedAt: instant,
  endedAt: instant,
  because: z.string(),
  hidden: z.object({
    alerts: count,
    stillFiring: count,
    top: z
      .array(z.object({ integration: z.string(), headline: z.string(), messages: count }))
      .refine((all) => all.length <= 10),
  }),
});
export type SilenceFacts = z.infer<typeof silenceFacts>;

/** What a report tells; its kind says what it is about. */
export const reportFacts = z.object({
  severity: z.enum(SEVERITIES),
  title: z.string(),
  sentences: z.array(z.string()),
  facts: z.array(z.object({ label: z.string(), value: z.union([instant, z.string()]) })),
  heading: z.string(),
  entries: z.array(z.object({ integration: z.string(), headline: z.string(), known: z.array(z.string()) })),
  omittedEntries: count,
});
export type ReportFacts = z.infer<typeof reportFacts>;
