import * as z from "zod";
import { destinationKind } from "../destination-kind.js";

/** `whsec_` and base64, as Standard Webhooks writes secrets; any other text is the key as it stands. */
export const SIGNING_SECRET_PREFIX = "whsec_";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/**
 * An HTTP endpoint that gets every notification as JSON, signed as Standard Webhooks when a secret is given. Its address
 * may be a private one: whoever may write this configuration may reach the network of this machine anyway. No redirect
 * is followed, so nobody else can choose where a notification goes.
 */
const webhookConfig = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe("http:// or https:// address to which each message is posted as JSON."),
  secret: z
    .string()
    .min(1)
    .refine((secret) => isUsable(secret), "after whsec_ the secret has to be base64")
    .optional()
    .describe("Signs each post. Default: not signed."),
});
export type WebhookConfig = z.infer<typeof webhookConfig>;

export const webhookKind = destinationKind({
  schema: webhookConfig,
  meaning: "HTTP endpoints.",
  settings: {
    // The path of a webhook's address is what lets one in.
    url: { shown: "origin", expected: "an http:// or https:// address" },
    secret: { shown: "nothing", expected: "text, which has to be base64 behind whsec_" },
  },
  destinationsOf: (settings, number) => [{ label: String(number), settings }],
});

function isUsable(secret: string): boolean {
  if (!secret.startsWith(SIGNING_SECRET_PREFIX)) return true;
  const encoded = secret.slice(SIGNING_SECRET_PREFIX.length);
  return encoded !== "" && BASE64.test(encoded);
}
