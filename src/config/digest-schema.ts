import * as z from "zod";
import { type Matcher, parseMatcher } from "../domain/matcher.js";
import { parseSchedule } from "../lib/cron.js";
import { name, parsedText } from "./schema-parts.js";
import { type Parsed, parseTimeZone } from "./values.js";

const SERVER_MATCHERS_MAX = 50;

export const digestSchema = z.strictObject({
  name: name.describe("Name of the digest in mails and commands. Unique."),
  schedule: parsedText(parseCronFields).describe("When it is sent, as five cron fields, such as 0 8 * * 1-5."),
  time_zone: parsedText(parseTimeZone)
    .optional()
    .describe("Time zone of the schedule and of the times it shows, such as Europe/Berlin. Default: that of TZ."),
  receiver: name.optional().describe("Who gets it, each destination for itself. Default: the receiver of the route."),
  when_empty: z
    .enum(["skip", "say"])
    .optional()
    .describe(
      "What becomes of one without anything to tell: skip sends none, say sends that all is quiet. Default say.",
    ),
  servers: z
    .array(parsedText(parseServerMatcher))
    .max(SERVER_MATCHERS_MAX)
    .optional()
    .describe('Which servers it is about, such as server=~"prod-.*". Default: all.'),
});
export type DigestEntry = z.infer<typeof digestSchema>;

/** Five cron fields that fall due some day. */
export function parseCronFields(text: string): Parsed<string> {
  if (parseSchedule(text, "UTC") !== null) return { kind: "value", value: text.trim() };
  return { kind: "problem", problem: "must be five cron fields that come to pass, such as 0 8 * * *" };
}

function parseServerMatcher(text: string): Parsed<Matcher> {
  const matcher = parseMatcher(text);
  if (!("problem" in matcher) && matcher.label === "server") return { kind: "value", value: matcher };
  return { kind: "problem", problem: 'must be a matcher of servers, such as server="prod" or server=~"prod-.*"' };
}
