import * as z from "zod";
import { SEVERITIES } from "../../domain/alert.js";
import { CAUSES } from "../../domain/cause.js";
import { ALERT_OCCASIONS, ALERT_REASONS, REPORTS } from "../../domain/notification.js";
import { READ_FAILURES } from "../../domain/snapshot.js";
import { webhookDigest } from "./digest-schema.js";

/** How much of a text is sent, in characters. With these a body stays under one megabyte whatever it is made of. */
export const LENGTHS_MAX = { name: 200, headline: 500, text: 1000, body: 1500, title: 300 } as const;
/** How many entries of a list are sent. */
export const ENTRIES_MAX = 100;

const line = (lengthMax: number) => z.string().max(lengthMax);
const name = line(LENGTHS_MAX.name);
const headline = line(LENGTHS_MAX.headline);
const text = line(LENGTHS_MAX.text);
const instant = z.iso.datetime().describe("ISO 8601, in UTC.");
const count = z.int().min(0);
const severity = z.enum(SEVERITIES);
const occasion = z
  .enum(ALERT_OCCASIONS)
  .describe("Why it is told: it moved, it goes on, nobody acknowledged it, or what hid it has ended.");
const notes = z.array(line(300)).describe("What there is to say about the whole, a sentence each.");

const common = {
  type: z.literal("polarwatch.notification.v1"),
  deliveryId: z.string().describe("The same for every try of one message, as is the header webhook-id."),
  title: line(LENGTHS_MAX.title).describe("The whole in one line of plain text."),
  server: z.nullable(name).describe("Null when it is about several."),
  groupKey: z.string().describe("The same for all that belongs to one conversation."),
  severity,
  at: instant.describe("When the newest of what is told happened, in UTC."),
  link: z.nullable(z.string()).describe("Where a page shows more."),
  possiblyRepeated: z.boolean().describe("Whether an earlier try may have arrived although its answer was lost."),
};

const alertItem = z.object({
  alertId: z.string().describe("The same for all that is told of one alert."),
  errorId: z.nullable(z.string()).describe("Null when the alert is about an integration."),
  integration: z.object({ name, acronym: name }),
  state: z.enum(["firing", "acknowledged", "resolved"]),
  acknowledged: z
    .nullable(z.object({ by: name, at: instant, untilAt: z.nullable(instant) }))
    .describe("Who has taken it on; null unless its state says so."),
  reason: z.enum(ALERT_REASONS).describe("What made it fire."),
  severity,
  cause: z.nullable(z.enum(CAUSES)).describe("Null when it is about an integration as a whole."),
  headline,
  body: line(LENGTHS_MAX.body).describe("The longest other text; it may have several lines, or be empty."),
  httpStatus: z.nullable(z.int()),
  occurrences: z.nullable(count).describe("The running total of the server, where it says one."),
  added: z.nullable(z.object({ count, overMs: count })).describe("How much the total truly rose, and in what time."),
  firstSeenAt: instant,
  lastOccurredAt: z.nullable(instant),
  because: text.describe("Why it fired or was resolved, in one sentence with its numbers."),
  blindMs: z.nullable(count).describe("For how long nobody was looking before it was found."),
});

const alerts = z.object({
  occasion,
  items: z
    .array(alertItem)
    .min(1)
    .max(ENTRIES_MAX)
    .describe("Firing ones first. One item's integration need not be the next one's."),
  omittedItems: count.describe("How many more there are than items shows."),
  notes,
});

const serverState = z.object({
  state: z.enum(["firing", "resolved"]).describe("Firing: it cannot be read."),
  occasion,
  reason: z.enum(READ_FAILURES),
  detail: text,
  failedPolls: count,
  lastGoodPollAt: z.nullable(instant),
  notes,
});

const summary = z.object({
  occasion: z
    .enum(["baseline", "catch-up"])
    .describe("The first look, or the first after nobody was looking for long."),
  blindMs: z.nullable(count),
  integrations: z.object({ total: count, notRunning: count }),
  errors: z.object({ present: count, new: count, growing: count, returned: count, gone: count }),
  causes: z.array(z.object({ cause: z.enum(CAUSES), errors: count })),
  top: z.array(
    z.object({
      integration: name,
      headline,
      cause: z.enum(CAUSES),
      occurrences: z.nullable(count),
      added: count,
    }),
  ),
});

const silence = z.object({
  silenceId: z.string(),
  author: name,
  reason: text,
  startedAt: instant,
  endedAt: instant,
  because: text.describe("Why it ended."),
  hidden: z.object({
    alerts: count,
    stillFiring: count,
    top: z.array(z.object({ integration: name, headline, messages: count })),
  }),
});

const report = z.object({
  about: z
    .enum(REPORTS)
    .describe("More messages than fit, the rest of those, or messages that could not be delivered."),
  sentences: z.array(text),
  facts: z.array(z.object({ label: name, value: text })),
  entries: z.array(z.object({ integration: name, headline, known: z.array(text) })).max(ENTRIES_MAX),
  omittedEntries: count,
});

/**
 * What a receiver can rely on: names and meanings stay while the type ends in `v1`. Members may be added, and so may
 * kinds, reasons and causes.
 */
export const webhookNotification = z.discriminatedUnion("kind", [
  z.object({ ...common, kind: z.literal("alerts"), alerts }),
  z.object({ ...common, kind: z.literal("server"), serverState }),
  z.object({ ...common, kind: z.literal("summary"), summary }),
  z.object({ ...common, kind: z.literal("silence"), silence }),
  z.object({ ...common, kind: z.literal("report"), report }),
  z.object({ ...common, kind: z.literal("digest"), digest: webhookDigest }),
]);
export type WebhookNotification = z.infer<typeof webhookNotification>;

/** The JSON Schema (2020-12) of what a webhook gets, for those who write receivers. */
export function webhookJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(webhookNotification, { io: "input" }), title: "What polarwatch posts to a webhook" };
}
