import * as z from "zod";
import { CAUSES } from "../domain/cause.js";
import { DIGEST_DAYS, type DigestContent } from "../domain/digest.js";
import { ENDINGS } from "../domain/digest-moves.js";
import { isTimeZone } from "../domain/local-clock.js";
import { READ_FAILURES } from "../domain/snapshot.js";

const instant = z.iso.datetime({ offset: true }).transform((iso) => new Date(iso));
const count = z.int().min(0);
const cause = z.enum(CAUSES).catch("other").nullable();

const subject = {
  server: z.string(),
  integration: z.string(),
  headline: z.string(),
  daily: z
    .array(count)
    .refine((days) => days.length === DIGEST_DAYS) // not by `length`: see reminder-facts
    .nullable(),
};
const aboutError = { ...subject, errorId: z.string().nullable(), cause };

const section = <Entry extends z.ZodType>(entry: Entry) => z.object({ entries: z.array(entry), total: count });

const moved = z.object({
  ...aboutError,
  errorId: z.string(),
  isReturned: z.boolean(),
  ending: z.enum(ENDINGS).nullable(),
  added: count,
  addedBefore: count,
  occurrences: count.nullable(),
  firstSeenAt: instant,
});
const ended = z.object({ ...aboutError, endedAt: instant, because: z.string(), added: count });
const acknowledged = z.object({
  ...aboutError,
  by: z.string(),
  sinceAt: instant,
  untilAt: instant.nullable(),
  note: z.string(),
});
const silenced = z.object({
  ...subject,
  silenceId: z.string(),
  author: z.string(),
  endsAt: instant,
  errors: count,
});
const notRunning = z.object({ ...subject, sinceAt: instant.nullable() });
const undelivered = z.object({ destination: z.string(), messages: count, lastAt: instant, because: z.string() });

const totals = z.object({ new: count, returned: count, grown: count, added: count, fired: count, ended: count });
const polling = z.object({
  server: z.string(),
  expected: count,
  good: count,
  failures: z.array(z.object({ reason: z.enum(READ_FAILURES), polls: count })),
  blind: z.object({ windows: count, ms: count, longestMs: count }),
});

/** What a digest tells. */
export const digestFacts: z.ZodType<DigestContent> = z.object({
  name: z.string(),
  // Who wrote it may have known zones that are not known here.
  timeZone: z.string().refine(isTimeZone).catch("UTC"),
  fromAt: instant,
  untilAt: instant,
  periods: count,
  servers: z.array(z.string()),
  totals: z.object({ now: totals, before: totals }),
  new: section(moved),
  growing: section(moved),
  calmed: section(ended),
  resolved: section(ended),
  acknowledged: section(acknowledged),
  silenced: section(silenced),
  notRunning: section(notRunning),
  undelivered: section(undelivered),
  polling: z.object({
    servers: count,
    expected: count,
    good: count,
    complete: count,
    worst: z.array(polling),
  }),
  undiffedPolls: count,
});
