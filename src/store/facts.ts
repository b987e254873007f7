import * as z from "zod";
import { SEVERITIES } from "../domain/alert.js";
import { CAUSES } from "../domain/cause.js";
import { READ_FAILURES } from "../domain/snapshot.js";

/** JSON columns are an edge of their own: a row may have been written by an older release. */
const instant = z.iso.datetime({ offset: true }).transform((iso) => new Date(iso));
const count = z.int().min(0);
const cause = z.enum(CAUSES).catch("other");

const alertFacts = z.object({
  kind: z.literal("alerts"),
  integration: z.object({ name: z.string(), acronym: z.string() }),
  item: z.object({
    errorId: z.string(),
    change: z.enum(["new", "growing", "returned"]),
    severity: z.enum(SEVERITIES),
    cause,
    headline: z.string(),
    body: z.string(),
    httpStatus: z.int().nullable(),
    occurrences: count.nullable(),
    added: z.object({ count, overMs: count }).nullable(),
    firstSeenAt: instant,
    lastOccurredAt: instant.nullable(),
    blindMs: count.nullable(),
  }),
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

/** What a transition tells. */
export const transitionFacts = z.discriminatedUnion("kind", [alertFacts, serverFacts]);
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
