import * as z from "zod";
import { ATTRIBUTE_SLOTS } from "../domain/snapshot.js";
import { consoleConfig } from "../notify/console/config.js";
import { emailConfig } from "../notify/email/config.js";
import { slackConfig } from "../notify/slack/config.js";
import { webhookConfig } from "../notify/webhook/config.js";
import {
  type DurationLimits,
  GROUP_INTERVAL,
  GROUP_WAIT,
  type Parsed,
  POLL_INTERVAL,
  parseBoolean,
  parseCertificates,
  parseDuration,
  parseProxyUrl,
  parseServerUrl,
  TIMEOUT,
} from "./values.js";

/** A text that one of our parsers understands; what it says is the issue's message. */
function parsedText<T>(parse: (text: string) => Parsed<T>) {
  return z.string().transform((text, context) => {
    const parsed = parse(text);
    if (parsed.kind === "value") return parsed.value;
    context.addIssue({ code: "custom", message: parsed.problem });
    return z.NEVER;
  });
}

const duration = (limits: DurationLimits) => parsedText((text) => parseDuration(text, limits));
const name = z
  .string()
  .regex(/^[A-Za-z0-9._-]([A-Za-z0-9 ._-]{0,62}[A-Za-z0-9._-])?$/)
  .describe("1 to 64 letters, digits, spaces inside, and - _ .");
/** As it can stand in an HTTP header. */
const headerText = z.string().regex(/^[\x21-\x7e]+$/);
const credentialText = z.string().min(1).max(1024);

const attributes = z.strictObject(
  Object.fromEntries(ATTRIBUTE_SLOTS.map((slot) => [slot, z.string().min(1).max(200).optional()])) as Record<
    (typeof ATTRIBUTE_SLOTS)[number],
    z.ZodOptional<z.ZodString>
  >,
);
const timeouts = z.strictObject({
  connect: duration(TIMEOUT).optional().describe("Until the connection stands, 100ms to 10m. Default 10s."),
  headers: duration(TIMEOUT)
    .optional()
    .describe("From the request to the first line of the answer, 100ms to 10m. Default 30s."),
  body: duration(TIMEOUT).optional().describe("For the whole body of an answer, 100ms to 10m. Default 60s."),
});

const MIB = 1024 * 1024;
/** One server, its secrets already read from the files that named them. */
export const serverSchema = z.strictObject({
  name: name.describe("Name of the server in messages, on the page and in commands. Unique."),
  url: parsedText(parseServerUrl).describe("Address of the server; a bare host name means https."),
  api_key: headerText.max(16_384).optional().describe("API key. Else a user name and a password."),
  username: credentialText.optional().describe("User name of a local or LDAP account, with a password."),
  password: credentialText.optional().describe("Password of that account."),
  interval: duration(POLL_INTERVAL).optional().describe("Time between two polls, 1s to 1d. Default 1m."),
  ca: parsedText(parseCertificates).optional().describe("Certificates to trust besides those of Node.js, in PEM."),
  proxy_url: parsedText(parseProxyUrl).optional().describe("Proxy to this server, instead of HTTPS_PROXY."),
  tls_verify: z
    .union([z.boolean(), parsedText(parseBoolean)])
    .optional()
    .describe("false accepts any certificate, which is unsafe. Default true."),
  attributes: attributes.optional().describe("How this server spells the attributes of an error, by slot."),
  receiver: name.optional().describe("Who is told about this server. Default: the receiver of the route."),
  timeouts: timeouts.optional().describe("How long to wait for the server."),
  bytes_max: z
    .int()
    .min(MIB)
    .max(1024 * MIB)
    .optional()
    .describe("Most that is read for one list, in bytes. Default 67108864."),
});

/** Every kind of destination, with its key in a receiver, its schema, and the keys that hold a secret. */
export const DESTINATION_KINDS = {
  slack: { key: "slack_configs", schema: slackConfig, secretKeys: ["bot_token"] },
  email: { key: "email_configs", schema: emailConfig, secretKeys: ["smtp_url"] },
  webhook: { key: "webhook_configs", schema: webhookConfig, secretKeys: ["url", "secret"] },
  console: { key: "console_configs", schema: consoleConfig, secretKeys: [] },
} as const;

/** The keys of a server that can be given as `<key>_file`: its secrets, and the certificates. */
export const SERVER_FILE_KEYS = ["api_key", "password", "ca"] as const;

export const receiverSchema = z.strictObject({
  name: name.describe("Name of the receiver. Unique."),
  slack_configs: z.array(slackConfig).min(1).optional(),
  email_configs: z.array(emailConfig).min(1).optional(),
  webhook_configs: z.array(webhookConfig).min(1).optional(),
  console_configs: z.array(consoleConfig).min(1).optional(),
});

export const routeSchema = z.strictObject({
  receiver: name.optional().describe("Who is told about servers without a receiver of their own."),
  group_wait: duration(GROUP_WAIT)
    .optional()
    .describe("How long a new group waits for more alerts, 0s to 1d. Default 30s."),
  group_interval: duration(GROUP_INTERVAL)
    .optional()
    .describe("Shortest time between two messages about a group, 1s to 1d. Default 5m."),
});

/** What polarwatch.yaml may say, its variables filled in and its secrets read. Rules between fields stand in rules.ts. */
export const fileSchema = z.strictObject({
  servers: z.array(serverSchema).min(1).max(1000).optional(),
  receivers: z.array(receiverSchema).min(1).max(1000).optional(),
  route: routeSchema.optional(),
});
export type FileContent = z.infer<typeof fileSchema>;
export type ServerContent = z.infer<typeof serverSchema>;
export type ReceiverContent = z.infer<typeof receiverSchema>;
