import * as z from "zod";
import { ATTRIBUTE_SLOTS, type AttributeSlot } from "../domain/snapshot.js";
import { DESTINATION_KIND_NAMES, DESTINATION_KINDS, type DestinationKindName, keyOf } from "./destination-kinds.js";
import { digestSchema } from "./digest-schema.js";
import { drillSchema, heartbeatSchema } from "./heartbeat-schema.js";
import { retentionSchema } from "./retention-schema.js";
import { inhibitRuleSchema, routeSchema } from "./route-schema.js";
import { ruleSchema } from "./rule-schema.js";
import { duration, flag, name, parsedText } from "./schema-parts.js";
import { timeIntervalSchema } from "./time-interval-schema.js";
import { POLL_INTERVAL, parseCertificates, parseProxyUrl, parseServerUrl, TIMEOUT } from "./values.js";

/** As it can stand in an HTTP header. */
const headerText = z.string().regex(/^[\x21-\x7e]+$/);
const credentialText = z.string().min(1).max(1024);

/** How this server spells what an error has. */
const ATTRIBUTE_WORDS = {
  shortText: "The short text of an error.",
  title: "Its title.",
  longText: "Its long text.",
  occurrences: "How often it occurred in all.",
  integrationId: "The id of its integration.",
  meta: "Its details.",
  extra: "Its further details.",
  lastOccurredAt: "When it last occurred.",
  httpStatus: "The HTTP status it came with.",
} as const satisfies Record<AttributeSlot, string>;

const attributes = z.strictObject(
  Object.fromEntries(
    ATTRIBUTE_SLOTS.map((slot) => [slot, z.string().min(1).max(200).optional().describe(ATTRIBUTE_WORDS[slot])]),
  ) as Record<AttributeSlot, z.ZodOptional<z.ZodString>>,
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
  tls_verify: flag.optional().describe("false accepts any certificate, which is unsafe. Default true."),
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

/** The keys of a server that can be given as `<key>_file`: its secrets, and the certificates. */
export const SERVER_FILE_KEYS = ["api_key", "password", "ca"] as const;

const destinationLists = Object.fromEntries(
  DESTINATION_KIND_NAMES.map((kind) => [keyOf(kind), z.array(DESTINATION_KINDS[kind].schema).min(1).optional()]),
) as {
  [Kind in DestinationKindName as `${Kind}_configs`]: z.ZodOptional<
    z.ZodArray<(typeof DESTINATION_KINDS)[Kind]["schema"]>
  >;
};

export const receiverSchema = z.strictObject({
  name: name.describe("Name of the receiver. Unique."),
  fallback: name
    .optional()
    .describe(
      "Receiver that is told when a message to one of these could not be delivered. Default: the others of these.",
    ),
  ...destinationLists,
});

const vendorWideSchema = z.strictObject({
  more_than: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe("How many firing alerts of one integration with one cause stay apart, 1 or more. Default 5."),
});

/** Far more than one installation has been reckoned for: see docs/operations.md. */
const SERVERS_MAX = 50_000;

/** What polarwatch.yaml may say, its variables filled in and its secrets read. Rules between fields stand in file-checks.ts. */
export const fileSchema = z.strictObject({
  servers: z.array(serverSchema).min(1).max(SERVERS_MAX).optional(),
  receivers: z.array(receiverSchema).min(1).max(1000).optional(),
  route: routeSchema.optional().describe("Who is told what, and how messages are grouped."),
  time_intervals: z
    .array(timeIntervalSchema)
    .max(100)
    .optional()
    .describe("Times that routes name, to be quiet or to tell."),
  rules: z.array(ruleSchema).min(1).max(200).optional().describe("What raises alerts, instead of the shipped rules."),
  default_rules: flag
    .optional()
    .describe("true keeps the shipped rules besides `rules`. Default: only without `rules`."),
  inhibit_rules: z.array(inhibitRuleSchema).max(100).optional().describe("Which alerts hide which others."),
  digests: z.array(digestSchema).max(100).optional().describe("Reports of what changed, by schedule."),
  retention: retentionSchema.optional().describe("How long what is on record is kept."),
  vendor_wide: vendorWideSchema.optional().describe("When many alerts become one."),
  heartbeat: heartbeatSchema.optional().describe("Who is told that polarwatch works, as long as it does."),
  drill: drillSchema.optional().describe("When polarwatch proves itself by an error of its own, and to whom."),
});
export type FileContent = z.infer<typeof fileSchema>;
export type ServerContent = z.infer<typeof serverSchema>;
export type ReceiverContent = z.infer<typeof receiverSchema>;
