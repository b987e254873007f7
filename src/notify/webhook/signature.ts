import { createHmac } from "node:crypto";
import { SIGNING_SECRET_PREFIX } from "./config.js";

/**
 * The headers by which a receiver knows, as Standard Webhooks says, which message this is, when it was sent and, with
 * secrets, by whom: one signature each, so that a receiver may know either. The id is the same for every retry.
 */
export function standardWebhookHeaders(
  message: { id: string; sentAt: Date; body: string },
  secrets: readonly string[],
): Record<string, string> {
  const timestamp = String(Math.floor(message.sentAt.getTime() / 1000));
  const headers = { "webhook-id": message.id, "webhook-timestamp": timestamp };
  if (secrets.length === 0) return headers;
  const signed = `${message.id}.${timestamp}.${message.body}`;
  const signatures = secrets.map(
    (secret) => `v1,${createHmac("sha256", signingKey(secret)).update(signed).digest("base64")}`,
  );
  return { ...headers, "webhook-signature": signatures.join(" ") };
}

function signingKey(secret: string): Buffer {
  return secret.startsWith(SIGNING_SECRET_PREFIX)
    ? Buffer.from(secret.slice(SIGNING_SECRET_PREFIX.length), "base64")
    : Buffer.from(secret, "utf8");
}
