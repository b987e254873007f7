import * as z from "zod";
import { SEVERITIES } from "../../domain/alert.js";
import { parseDurationMs } from "../../domain/duration.js";

/** What of a thread can be shown in the channel too. */
const BROADCASTS = ["returned", "escalated"] as const;

/** `true` or `false`, also as the text that a variable leaves. */
const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);

const isWithoutRepeats = (list: readonly string[]) => new Set(list).size === list.length;
const REPEATS = "must not name the same twice";

/** Slack's own names of people and groups: whoever may be mentioned is named here and nowhere else. */
const mention = z.strictObject({
  who: z
    .string()
    .regex(/^@?([UWS][A-Z0-9]{7,20}|here|channel)$/)
    .transform((text) => text.replace(/^@/, ""))
    .describe("Id of a person (U...) or a user group (S...), `here` or `channel`; with or without @."),
  severities: z
    .array(z.enum(SEVERITIES))
    .min(1)
    .refine(isWithoutRepeats, REPEATS)
    .default(["critical"])
    .describe("For which severities: info, warning, critical. Default [critical]."),
});

const WINDOW_MS = { min: 60_000, max: 86_400_000 } as const;
const storm = z.strictObject({
  messages: z.int().min(1).max(1000).default(20).describe("So many messages within the window are sent. Default 20."),
  window: z
    .string()
    .transform((text, context) => {
      const windowMs = parseDurationMs(text);
      if (windowMs !== null && windowMs >= WINDOW_MS.min && windowMs <= WINDOW_MS.max) return windowMs;
      context.addIssue({ code: "custom", message: "must be a duration from 1m to 1d, such as 10m" });
      return z.NEVER;
    })
    .prefault("10m")
    .describe("How long they count, 1m to 1d. Default 10m."),
});

/**
 * A Slack channel, reached with a bot token. Messages have buttons only where somebody listens to them: by Socket Mode
 * (`app_token`) or over HTTP (`signing_secret`). `api_url` is for a gateway or a test; Slack's own otherwise.
 */
export const slackConfig = z.strictObject({
  bot_token: z.string().min(1),
  /** A channel's id or its name, with or without the `#`. */
  channel: z.string().min(1),
  app_token: z
    .string()
    .regex(/^xapp-[\x21-\x7e]+$/)
    .max(1024)
    .optional(),
  signing_secret: z
    .string()
    .regex(/^[\x21-\x7e]{16,256}$/)
    .optional(),
  api_url: z.url({ protocol: /^https?$/ }).optional(),
  /** These two exclude each other; unset, the first message of a group is kept up to date. */
  thread_only: flag.optional(),
  new_message_each_time: flag.optional(),
  broadcast_on: z.array(z.enum(BROADCASTS)).refine(isWithoutRepeats, REPEATS).optional(),
  verbose: flag.optional(),
  mentions: z
    .array(mention)
    .max(20)
    .refine((list) => isWithoutRepeats(list.map(({ who }) => who)), REPEATS)
    .optional(),
  storm: storm.optional(),
});
export type SlackConfig = z.infer<typeof slackConfig>;

/** Everything that can be left out, filled in. */
export type SlackChoices = {
  /** `living`: the first message is kept up to date, what happens goes to its thread. */
  style: "living" | "thread_only" | "new_message_each_time";
  broadcastOn: ReadonlySet<(typeof BROADCASTS)[number]>;
  isVerbose: boolean;
  hasButtons: boolean;
  mentions: NonNullable<SlackConfig["mentions"]>;
  storm: { messagesMax: number; windowMs: number };
};

/** What was chosen, with the default of each choice that was left open. */
export function slackChoicesOf(config: SlackConfig): SlackChoices {
  const { storm: given } = config;
  return {
    style:
      config.new_message_each_time === true
        ? "new_message_each_time"
        : config.thread_only === true
          ? "thread_only"
          : "living",
    broadcastOn: new Set(config.broadcast_on ?? BROADCASTS),
    isVerbose: config.verbose === true,
    hasButtons: config.app_token !== undefined || config.signing_secret !== undefined,
    mentions: config.mentions ?? [],
    storm: { messagesMax: given?.messages ?? 20, windowMs: given?.window ?? 600_000 },
  };
}
