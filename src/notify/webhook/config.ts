import * as z from "zod";
import { destinationKind } from "../destination-kind.js";
import { flag, isOn } from "../flag.js";
import { leadsNowherePublic } from "./private-address.js";

/** `whsec_` and base64, as Standard Webhooks writes secrets; any other text is the key as it stands. */
export const SIGNING_SECRET_PREFIX = "whsec_";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

const secret = z
  .string()
  .min(1)
  .refine((text) => isUsable(text), "after whsec_ the secret has to be base64");

const ALSO_SECRET = "is needed too, because there is a previous one";
const ALLOW_PRIVATE = "has to be true here: the webhook's url leads to this machine or a private network";

/**
 * An HTTP endpoint that gets every notification as JSON, signed as Standard Webhooks when a secret is given; with two,
 * by both, so that the receiver can change over. No redirect is followed, and no address of this machine or its networks
 * is connected to unless that is allowed: what is behind a firewall often asks nobody who he is.
 */
const webhookConfig = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe("http:// or https:// address to which each message is posted as JSON."),
  secret: secret.optional().describe("Signs each post. Default: not signed."),
  previous_secret: secret.optional().describe("Signs each post as well, while the receiver changes to a new secret."),
  allow_private_addresses: flag
    .optional()
    .describe("true lets it lead to this machine or a private network. Default false."),
});
export type WebhookConfig = z.infer<typeof webhookConfig>;

const SECRET_FORM = "text, which has to be base64 behind whsec_";

export const webhookKind = destinationKind({
  schema: webhookConfig,
  meaning: "HTTP endpoints.",
  settings: {
    // The path of a webhook's address is what lets one in.
    url: { shown: "origin", expected: "an http:// or https:// address" },
    secret: { shown: "nothing", expected: SECRET_FORM },
    previous_secret: { shown: "nothing", expected: SECRET_FORM },
    allow_private_addresses: { shown: "all", expected: "true or false" },
  },
  destinationsOf: (settings, number) => [{ label: String(number), settings }],
  problemsOf: ({ url, allow_private_addresses: allowed, ...secrets }) => [
    ...(secrets.previous_secret !== undefined && secrets.secret === undefined
      ? [{ key: "secret", message: ALSO_SECRET }]
      : []),
    ...(typeof url === "string" && leadsNowherePublic(url) && !isOn(allowed)
      ? [{ key: "allow_private_addresses", message: ALLOW_PRIVATE }]
      : []),
  ],
});

function isUsable(secret: string): boolean {
  if (!secret.startsWith(SIGNING_SECRET_PREFIX)) return true;
  const encoded = secret.slice(SIGNING_SECRET_PREFIX.length);
  return encoded !== "" && BASE64.test(encoded);
}
