import * as z from "zod";

/** Mailboxes behind one SMTP server: `smtp://` with STARTTLS where offered, `smtps://` with TLS from the start. */
export const emailConfig = z.strictObject({
  smtp_url: z.url({ protocol: /^smtps?$/ }),
  from: z.string().min(3),
  to: z.array(z.email()).min(1),
});
export type EmailConfig = z.infer<typeof emailConfig>;
