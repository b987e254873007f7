import * as z from "zod";

/** A Slack channel, reached with a bot token. `api_url` is for a gateway or a test; Slack's own otherwise. */
export const slackConfig = z.strictObject({
  bot_token: z.string().min(1),
  /** A channel's id or its name, with or without the `#`. */
  channel: z.string().min(1),
  api_url: z.url({ protocol: /^https?$/ }).optional(),
});
export type SlackConfig = z.infer<typeof slackConfig>;
