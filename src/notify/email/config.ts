import * as z from "zod";
import { parseMailAddress } from "./mail-address.js";
import { parseSmtpUrl } from "./smtp-url.js";

/**
 * Mailboxes behind one SMTP server. `smtps://` uses TLS from the start (port 465 unless told). `smtp://` (port 587)
 * requires STARTTLS and a certificate that can be trusted, unless the server is this same machine; `?tls=optional` also
 * does without where the server offers none, `?tls=none` never uses it. User and password stand before the host,
 * percent-encoded.
 */
export const emailConfig = z.strictObject({
  smtp_url: z.url({ protocol: /^smtps?$/ }).superRefine((url, context) => {
    const parsed = parseSmtpUrl(url);
    if (typeof parsed === "string") context.addIssue({ code: "custom", message: parsed });
  }),
  /** `alerts@example.com` or `polarwatch <alerts@example.com>`. */
  from: z.string().refine((from) => parseMailAddress(from) !== null, "this is no mail address"),
  to: z.array(z.email()).min(1),
});

/** One mailbox of these: what a destination is made of. */
export type EmailConfig = Omit<z.infer<typeof emailConfig>, "to"> & { to: string };
