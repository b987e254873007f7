import * as z from "zod";
import type { ConsoleConfig } from "../notify/console/config.js";
import type { EmailConfig } from "../notify/email/config.js";
import type { SlackConfig } from "../notify/slack/config.js";
import type { WebhookConfig } from "../notify/webhook/config.js";
import { DESTINATION_KINDS, fileSchema, receiverSchema, SERVER_FILE_KEYS, serverSchema } from "./file-schema.js";

/** Where a value can come from the environment, editors must accept the variable in place of what is expected. */
const VARIABLE = { type: "string", pattern: String.raw`\$\{[A-Za-z_][A-Za-z0-9_]*\}` };

/** The JSON Schema of polarwatch.yaml as people write it, for editors: with `*_file` keys, anchors and `${VARIABLES}`. */
export function fileJsonSchema(): Record<string, unknown> {
  const server = withFileKeys(serverSchema, SERVER_FILE_KEYS).meta({
    oneOf: [
      { required: ["api_key"] },
      { required: ["api_key_file"] },
      { required: ["username", "password"] },
      { required: ["username", "password_file"] },
    ],
  });
  const receiver = receiverSchema.extend(
    Object.fromEntries(
      Object.values(DESTINATION_KINDS).map(({ key, schema, secretKeys }) => [
        key,
        z
          .array(withFileKeys(described(schema, WORDS[key]), secretKeys))
          .min(1)
          .optional()
          .describe(KIND_WORDS[key]),
      ]),
    ),
  );
  const written = fileSchema.extend({
    servers: z.array(server).min(1).optional().describe("The Polarity servers to watch."),
    receivers: z.array(receiver).min(1).optional().describe("Named sets of destinations."),
  });
  const schema: Record<string, unknown> = z.toJSONSchema(written, {
    target: "draft-07",
    io: "input",
    override: ({ jsonSchema }) => acceptVariable(jsonSchema),
  });
  return { ...schema, title: "polarwatch.yaml", patternProperties: { "^x-": {} } };
}

/** The schemas of destinations belong to their notifiers; what they mean to whoever writes the file is said here. */
const WORDS = {
  slack_configs: {
    bot_token: "Bot token, xoxb-...",
    channel: "Name of a channel, with or without #, or its id.",
    api_url: "Address of a gateway in front of Slack's API. Default: Slack's own.",
  } satisfies Record<keyof SlackConfig, string>,
  email_configs: {
    smtp_url: "smtps://user:password@host, or smtp://..., with at most ?tls= behind it.",
    from: "Sender, such as polarwatch <alerts@example.com>.",
    to: "Mailboxes; each gets a mail of its own.",
  } satisfies Record<keyof EmailConfig, string>,
  webhook_configs: {
    url: "http:// or https:// address to which each message is posted as JSON.",
    secret: "Signs each post. Default: not signed.",
  } satisfies Record<keyof WebhookConfig, string>,
  console_configs: {} satisfies Record<keyof ConsoleConfig, string>,
};
const KIND_WORDS = {
  slack_configs: "Slack channels.",
  email_configs: "Mailboxes.",
  webhook_configs: "HTTP endpoints.",
  console_configs: "Standard output; an item is {}.",
} as const;

function described(schema: z.ZodObject, words: Readonly<Record<string, string>>): z.ZodObject {
  const shape = Object.entries(words).map(([key, meaning]) => {
    const value = schema.shape[key];
    if (!(value instanceof z.ZodType)) throw new Error(`No such key: ${key}`);
    return [key, value.describe(meaning)];
  });
  return schema.extend(Object.fromEntries(shape));
}

/** The same object with `<key>_file` beside each of the keys, where exactly one of the two must be there if it was required. */
function withFileKeys(schema: z.ZodObject, keys: readonly string[]): z.ZodObject {
  const forms: Record<string, z.ZodType> = {};
  const required: { oneOf: { required: string[] }[] }[] = [];
  for (const key of keys) {
    const value = schema.shape[key];
    if (!(value instanceof z.ZodType)) throw new Error(`No such key: ${key}`);
    if (!value.isOptional()) required.push({ oneOf: [{ required: [key] }, { required: [`${key}_file`] }] });
    forms[key] = value.optional();
    forms[`${key}_file`] = z.string().min(1).optional().describe(`Path of a file that holds the ${key}.`);
  }
  const extended = schema.extend(forms);
  return required.length === 0 ? extended : extended.meta({ allOf: required });
}

/** Rewrites a text with a form of its own, in place, as a choice between that form and a variable. */
function acceptVariable(jsonSchema: Record<string, unknown>): void {
  const { type, format, pattern, minLength, maxLength } = jsonSchema;
  if (type !== "string" || (format === undefined && pattern === undefined)) return;
  const form = Object.entries({ type, format, pattern, minLength, maxLength }).filter(([, part]) => part !== undefined);
  for (const [key] of form) delete jsonSchema[key];
  jsonSchema.anyOf = [Object.fromEntries(form), VARIABLE];
}
