import * as z from "zod";
import { SEVERITIES } from "../domain/alert.js";
import { CAUSES } from "../domain/cause.js";
import { ALERT_REASONS } from "../domain/notification.js";
import { REACTS_TO } from "../domain/rule.js";
import { READ_FAILURES } from "../domain/snapshot.js";

/** JSON columns are an edge of their own: a row may have been written by an older release. */
const instant = z.iso.datetime({ offset: true }).transform((iso) => new Date(iso));
const count = z.int().min(0);
const cause = z.enum(CAUSES).catch("other");

const integration = z.object({ name: z.string(), acronym: z.string() });

/** What is told about one alert, besides where it stands and why. */
export const alertItemFacts = z.object({
  errorId: z.string().nullable(),
  integration,
  reason: z.enum(ALERT_REASONS),
  severity: z.enum(SEVERITIES),
  cause: cause.nullable(),
  headline: z.string(),
  body: z.string(),
  httpStatus: z.int().nullable(),
  occurrences: count.nullable(),
  added: z.object({ count, overMs: count }).nullable(),
  firstSeenAt: instant,
  lastOccurredAt: instant.nullable(),
  blindMs: count.nullable(),
});
export type AlertItemFacts = z.infer<typeof alertItemFacts>;

const alertFacts = z.object({
  kind: z.literal("alerts"),
  item: alertItemFacts,
  /** What else there is to say about this move, such as that the alert flaps. */
  note: z.string().nullable().default(null),
});
export type AlertFacts = z.infer<typeof alertFacts>;

const serverFacts = z.object({
  kind: z.literal("server"),
  severity: z.enum(SEVERITIES),
  reason: z.enum(READ_FAILURES),
  detail: z.string(),
  failedPolls: count,
  lastGoodPollAt: instant.nullable(),
});
export type ServerFacts = z.infer<typeof serverFacts>;

const firstRelease = z.looseObject({
  integration,
  item: z.looseObject({ change: z.enum(["new", "growing", "returned"]) }),
});

/** The first release kept the integration beside the item, and called the reason a change. */
function asWrittenNow(facts: unknown): unknown {
  const old = firstRelease.safeParse(facts);
  if (!old.success) return facts;
  const { integration: owner, item, ...rest } = old.data;
  return { ...rest, item: { ...item, integration: owner, reason: item.change } };
}

/** What a transition tells. */
export const transitionFacts = z.preprocess(asWrittenNow, z.discriminatedUnion("kind", [alertFacts, serverFacts]));
export type TransitionFacts = z.infer<typeof transitionFacts>;

/** What a summary tells. */
export const summaryFacts = z.object({
  occasion: z.enum(["baseline", "catch-up"]),
  at: instant,
  blindMs: count.nullable(),
  integrations: z.object({ total: count, notRunning: count }),
  errors: z.object({ present: count, new: count, growing: count, returned: count, gone: count }),
  causes: z.array(z.object({ cause, errors: count })),
  top: z.array(
    z.object({
      integration: z.string(),
      headline: z.string(),
      cause,
      occurrences: count.nullable(),
      added: count,
    }),
  ),
});
export type SummaryFacts = z.infer<typeof summaryFacts>;

/** What a rule keeps with its alert. */
export const alertEvidence = z.object({
  on: z.enum(REACTS_TO),
  resolveAfterMs: count,
  /** The baselines of growth as they were when it opened. */
  frozen: z.record(z.string(), z.object({ added: count, spanMs: count })),
});
export type AlertEvidence = z.infer<typeof alertEvidence>;

export const labelsColumn = z.record(z.string(), z.string());
