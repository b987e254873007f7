import * as z from "zod";
import { destinationKind } from "../destination-kind.js";

const TOKEN = /^#?(xox[a-z]|xapp)-/i;

/** A Slack channel, reached with a bot token. `api_url` is for a gateway or a test; Slack's own otherwise. */
const slackConfig = z.strictObject({
  bot_token: z.string().min(1).describe("Bot token, xoxb-..."),
  /** Part of the destination's id, which is stored and shown: a token must not get there. */
  channel: z
    .string()
    .min(1)
    .refine((channel) => !TOKEN.test(channel), "must be a channel, and this looks like a token")
    .describe("Name of a channel, with or without #, or its id."),
  api_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Address of a gateway in front of Slack's API. Default: Slack's own."),
});
export type SlackConfig = z.infer<typeof slackConfig>;

export const slackKind = destinationKind({
  schema: slackConfig,
  meaning: "Slack channels.",
  settings: {
    bot_token: { shown: "nothing", expected: "a bot token, such as xoxb-..." },
    channel: { shown: "all" },
    api_url: { shown: "address", expected: "an http:// or https:// address" },
  },
  destinationsOf: (settings) => [{ label: channelLabel(settings.channel), settings }],
});

/** A channel is the same with and without its `#`; an id has none. */
function channelLabel(channel: string): string {
  return /^([CDG][A-Z0-9]{6,}|#.*)$/.test(channel) ? channel : `#${channel}`;
}
