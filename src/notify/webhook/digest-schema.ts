import * as z from "zod";
import { CAUSES } from "../../domain/cause.js";
import { DIGEST_DAYS, DIGEST_ENTRIES_MAX } from "../../domain/digest.js";
import { ENDINGS } from "../../domain/digest-moves.js";
import { READ_FAILURES } from "../../domain/snapshot.js";

/** How much of a text of a digest is sent, in characters. */
export const DIGEST_TEXT_MAX = 500;

const text = z.string().max(DIGEST_TEXT_MAX);
const instant = z.iso.datetime();
const count = z.int().min(0);
const section = <Entry extends z.ZodType>(entriesMax: number, entry: Entry) =>
  z.object({ entries: z.array(entry).max(entriesMax), total: count.describe("How many there are in all.") });

const subject = {
  server: text,
  integration: text,
  headline: text,
  daily: z
    .nullable(z.array(count).length(DIGEST_DAYS))
    .describe("How much was added on each of thirty days, the last one ending with the digest."),
};
const aboutError = { ...subject, errorId: z.nullable(z.string()), cause: z.nullable(z.enum(CAUSES)) };
const moved = z.object({
  ...aboutError,
  isReturned: z.boolean(),
  ending: z.nullable(z.enum(ENDINGS)).describe("How it ended already; null while it has not."),
  added: count.describe("How much it truly rose in the time of the digest."),
  addedBefore: count.describe("The same, of the time of the same length before."),
  occurrences: z.nullable(count),
  firstSeenAt: instant,
});
const ended = z.object({ ...aboutError, endedAt: instant, because: text, added: count });
const totals = z.object({ new: count, returned: count, grown: count, added: count, fired: count, ended: count });
const max = DIGEST_ENTRIES_MAX;

/** What a digest is for a webhook. */
export const webhookDigest = z.object({
  name: text,
  timeZone: z.string(),
  fromAt: instant.describe("What happened after this is told, up to untilAt."),
  untilAt: instant,
  periods: count.describe("More than one when earlier digests were missed."),
  servers: z.array(text).describe("The first of those that it is about."),
  totals: z.object({ now: totals, before: totals }),
  new: section(max.new, moved),
  growing: section(max.growing, moved),
  calmed: section(max.calmed, ended),
  resolved: section(max.resolved, ended),
  acknowledged: section(
    max.acknowledged,
    z.object({ ...aboutError, by: text, sinceAt: instant, untilAt: z.nullable(instant), note: text }),
  ),
  silenced: section(
    max.silenced,
    z.object({ ...subject, silenceId: z.string(), author: text, endsAt: instant, errors: count }),
  ),
  notRunning: section(max.notRunning, z.object({ ...subject, sinceAt: z.nullable(instant) })),
  undelivered: section(
    max.undelivered,
    z.object({ destination: text, messages: count, lastAt: instant, because: text }),
  ),
  polling: z.object({
    servers: count,
    expected: count,
    good: count,
    complete: count.describe("How many servers were watched all the time."),
    worst: z.array(
      z.object({
        server: text,
        expected: count,
        good: count,
        failures: z.array(z.object({ reason: z.enum(READ_FAILURES), polls: count })),
        blind: z.object({ windows: count, ms: count, longestMs: count }),
      }),
    ),
  }),
  undiffedPolls: count,
});
