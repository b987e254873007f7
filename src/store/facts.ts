import * as z from "zod";
import { SEVERITIES } from "../domain/alert.js";
import { CAUSES } from "../domain/cause.js";
import { ALERT_REASONS } from "../domain/notification.js";
import { REACTS_TO } from "../domain/rule.js";
import { READ_FAILURES } from "../domain/snapshot.js";

/**
 * JSON columns are an edge of their own: a row may have been written by another release. One that nobody can read must not
 * stop what is to be decided or told of the others, so what is unreadable in facts, evidence and labels has a default.
 */
const instant = z.iso.datetime({ offset: true }).transform((iso) => new Date(iso));
const count = z.int().min(0);
const cause = z.enum(CAUSES).catch("other");

const text = z.string().catch("");
const countOrNone = count.nullable().catch(null);

const integration = z.object({ name: text, acronym: text }).catch({ name: "", acronym: "" });

/** What is told about one alert, besides where it stands and why. */
export const alertItemFacts = z.object({
  errorId: z.string().nullable().catch(null),
  integration,
  reason: z.enum(ALERT_REASONS).catch("new"),
  severity: z.enum(SEVERITIES).catch("warning"),
  cause: cause.nullable(),
  headline: text,
  body: text,
  httpStatus: z.int().nullable().catch(null),
  occurrences: countOrNone,
  added: z.object({ count, overMs: count }).nullable().catch(null),
  firstSeenAt: instant.catch(new Date(0)),
  lastOccurredAt: instant.nullable().catch(null),
  blindMs: countOrNone,
});
export type AlertItemFacts = z.infer<typeof alertItemFacts>;

const alertFacts = z.object({
  kind: z.literal("alerts"),
  item: z.preprocess((item) => (isObject(item) ? item : {}), alertItemFacts),
  /** What else there is to say about this move, such as that the alert flaps. */
  note: z.string().nullable().catch(null),
});
export type AlertFacts = z.infer<typeof alertFacts>;

const serverFacts = z.object({
  kind: z.literal("server"),
  severity: z.enum(SEVERITIES).catch("warning"),
  reason: z.enum(READ_FAILURES).catch("wrong-shape"),
  detail: text,
  failedPolls: count.catch(0),
  lastGoodPollAt: instant.nullable().catch(null),
});
export type ServerFacts = z.infer<typeof serverFacts>;

const firstRelease = z.looseObject({
  integration,
  item: z.looseObject({ change: z.enum(["new", "growing", "returned"]) }),
});

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The first release kept the integration beside the item, and called the reason a change. What is of no kind that is known
 * is an alert of which nothing is known.
 */
function asWrittenNow(facts: unknown): unknown {
  if (!isObject(facts) || (facts.kind !== "server" && facts.kind !== "alerts")) return { kind: "alerts" };
  const old = firstRelease.safeParse(facts);
  if (!old.success) return facts;
  const { integration: owner, item, ...rest } = old.data;
  return { ...rest, item: { ...item, integration: owner, reason: item.change } };
}

/** What a transition tells. */
export const transitionFacts = z.preprocess(asWrittenNow, z.discriminatedUnion("kind", [alertFacts, serverFacts]));
export type TransitionFacts = z.infer<typeof transitionFacts>;

/** What is told of an alert, also where what was stored about it is of another kind. */
export function alertFactsOf(facts: TransitionFacts): AlertFacts {
  return facts.kind === "alerts" ? facts : alertFacts.parse({ kind: "alerts" });
}

/** What is told of a server, also where what was stored about it is of another kind. */
export function serverFactsOf(facts: TransitionFacts): ServerFacts {
  return facts.kind === "server" ? facts : serverFacts.parse({ kind: "server" });
}

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
const evidence = z.object({
  on: z.enum(REACTS_TO).catch("new"),
  resolveAfterMs: count.catch(0),
  /** The baselines of growth as they were when it opened. */
  frozen: z.record(z.string(), z.object({ added: count, spanMs: count })).catch({}),
});
export const alertEvidence = z.preprocess((stored) => (isObject(stored) ? stored : {}), evidence);
export type AlertEvidence = z.infer<typeof alertEvidence>;

/** Those labels that are texts. */
export const labelsColumn = z.preprocess(
  (stored) =>
    isObject(stored) ? Object.fromEntries(Object.entries(stored).filter(([, value]) => typeof value === "string")) : {},
  z.record(z.string(), z.string()),
);
