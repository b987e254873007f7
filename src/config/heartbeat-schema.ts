import * as z from "zod";
import { parseCronFields } from "./digest-schema.js";
import { duration, flag, name, parsedText } from "./schema-parts.js";
import { HEARTBEAT_INTERVAL, parseHeartbeatUrl, parseTimeZone } from "./values.js";

export const heartbeatSchema = z.strictObject({
  url: parsedText(parseHeartbeatUrl).describe(
    "Address that gets a POST while everything works, such as that of a dead man's switch. It counts as a secret.",
  ),
  interval: duration(HEARTBEAT_INTERVAL).optional().describe("Time between two heartbeats, 10s to 1d. Default 1m."),
});

export const drillSchema = z.strictObject({
  schedule: parsedText(parseCronFields)
    .optional()
    .describe("When there is a drill, as five cron fields, such as 0 * * * *. Default: only by `polarwatch drill`."),
  time_zone: parsedText(parseTimeZone)
    .optional()
    .describe("Time zone of the schedule, such as Europe/Berlin. Default: that of TZ."),
  receiver: name
    .optional()
    .describe("Receiver that drills are told to, and nothing else. Default: a destination inside polarwatch."),
  heartbeat: flag.optional().describe("true sends heartbeats only while the last drill arrived. Default false."),
});
