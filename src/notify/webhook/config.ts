import * as z from "zod";

/** An HTTP endpoint that gets every notification as JSON, signed as Standard Webhooks when a secret is given. */
export const webhookConfig = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  secret: z.string().min(1).optional(),
});
export type WebhookConfig = z.infer<typeof webhookConfig>;
