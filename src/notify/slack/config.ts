import * as z from "zod";
import { SEVERITIES } from "../../domain/alert.js";
import { parseDurationMs } from "../../domain/duration.js";
import { destinationKind } from "../destination-kind.js";
import { flag, isOn } from "../flag.js";

/** What of a thread can be shown in the channel too. */
const BROADCASTS = ["returned", "escalated"] as const;

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

const TOKEN = /^#?(xox[a-z]|xapp)-/i;

/**
 * A Slack channel, reached with a bot token. Messages have buttons only where somebody listens to them: by Socket Mode
 * (`app_token`) or over HTTP (`signing_secret`). `api_url` is for a gateway or a test; Slack's own otherwise.
 */
const slackConfig = z.strictObject({
  bot_token: z.string().min(1).describe("Bot token, xoxb-..."),
  /** Part of the destination's id, which is stored and shown: a token must not get there. */
  channel: z
    .string()
    .min(1)
    .refine((channel) => !TOKEN.test(channel), "must be a channel, and this looks like a token")
    .describe("Name of a channel, with or without #, or its id."),
  app_token: z
    .string()
    .regex(/^xapp-[\x21-\x7e]+$/)
    .max(1024)
    .optional()
    .describe("App-level token, xapp-...: buttons by Socket Mode. Default: no buttons."),
  signing_secret: z
    .string()
    .regex(/^[\x21-\x7e]{16,256}$/)
    .optional()
    .describe("Signing secret of the app: buttons by requests of Slack to polarwatch. Default: no buttons."),
  api_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Address of a gateway in front of Slack's API. Default: Slack's own."),
  /** These two exclude each other; unset, the first message of a group is kept up to date. */
  thread_only: flag
    .optional()
    .describe(
      "true leaves a group's first message as it was; what follows is told in its thread. Default: it is kept up to date.",
    ),
  new_message_each_time: flag
    .optional()
    .describe("true tells everything in a message of its own, without threads. Default false."),
  broadcast_on: z
    .array(z.enum(BROADCASTS))
    .refine(isWithoutRepeats, REPEATS)
    .optional()
    .describe("What is told in a thread and shown in the channel too. Default [returned, escalated]."),
  verbose: flag.optional().describe("true shows all that is known about each alert. Default: the short form."),
  mentions: z
    .array(mention)
    .max(20)
    .refine((list) => isWithoutRepeats(list.map(({ who }) => who)), REPEATS)
    .optional()
    .describe("Who is mentioned when something fires. Default: nobody."),
  storm: storm.optional().describe("From how many messages on the rest is told in one."),
});
export type SlackConfig = z.infer<typeof slackConfig>;

const FLAG = { shown: "all", expected: "true or false" } as const;

export const slackKind = destinationKind({
  schema: slackConfig,
  meaning: "Slack channels.",
  settings: {
    bot_token: { shown: "nothing", expected: "a bot token, such as xoxb-..." },
    channel: { shown: "all" },
    app_token: { shown: "nothing", expected: "an app-level token, which begins with xapp-" },
    signing_secret: {
      shown: "nothing",
      expected: "the signing secret of a Slack app, 16 or more characters without spaces",
    },
    api_url: { shown: "address", expected: "an http:// or https:// address" },
    thread_only: FLAG,
    new_message_each_time: FLAG,
    broadcast_on: {
      shown: "all",
      expected: "a list of returned, escalated",
      expectedItem: "one of returned, escalated",
    },
    verbose: FLAG,
    mentions: {
      shown: "all",
      expected: "a list of who is mentioned",
      expectedItem: "the id of a person (U...) or a user group (S...), here or channel, with its severities",
    },
    storm: { shown: "all" },
  },
  destinationsOf: (settings) => [{ label: channelLabel(settings.channel), settings }],
  problemsOf: (given) => {
    if (!isOn(given.new_message_each_time)) return [];
    const excluded = [
      ...(isOn(given.thread_only) ? ["thread_only"] : []),
      ...(given.broadcast_on === undefined ? [] : ["broadcast_on"]),
    ];
    const message = "cannot be combined with new_message_each_time, which makes no threads; keep one of them";
    return excluded.slice(0, 1).map((key) => ({ key, message }));
  },
});

/** A channel is the same with and without its `#`; an id has none. */
function channelLabel(channel: string): string {
  return /^([CDG][A-Z0-9]{6,}|#.*)$/.test(channel) ? channel : `#${channel}`;
}

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
