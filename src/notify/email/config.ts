import * as z from "zod";
import { destinationKind, type LabelledSettings } from "../destination-kind.js";
import { parseMailAddress } from "./mail-address.js";
import { parseSmtpUrl } from "./smtp-url.js";

/**
 * Mailboxes behind one SMTP server. `smtps://` uses TLS from the start (port 465 unless told). `smtp://` (port 587)
 * requires STARTTLS and a certificate that can be trusted, unless the server is this same machine; `?tls=optional` also
 * does without where the server offers none, `?tls=none` never uses it. User and password stand before the host,
 * percent-encoded.
 */
const emailConfig = z.strictObject({
  smtp_url: z
    .url({ protocol: /^smtps?$/ })
    .superRefine((url, context) => {
      const parsed = parseSmtpUrl(url);
      if (typeof parsed === "string") context.addIssue({ code: "custom", message: parsed });
    })
    .describe("smtps://user:password@host, or smtp://..., with at most ?tls= behind it."),
  /** `alerts@example.com` or `polarwatch <alerts@example.com>`. */
  from: z
    .string()
    .refine((from) => parseMailAddress(from) !== null, "this is no mail address")
    .describe("Sender, such as polarwatch <alerts@example.com>."),
  to: z.array(z.email()).min(1).describe("Mailboxes; each gets a mail of its own."),
});

/** One mailbox of these: what a destination is made of. */
export type EmailConfig = Omit<z.infer<typeof emailConfig>, "to"> & { to: string };

export const emailKind = destinationKind({
  schema: emailConfig,
  meaning: "Mailboxes.",
  settings: {
    smtp_url: {
      shown: "address",
      expected:
        "an address such as smtps://user:password@mail.example.com, with at most ?tls= behind it and every special " +
        "character of the user name and password percent-encoded",
    },
    from: { shown: "all" },
    to: { shown: "all", expected: "a list of e-mail addresses", expectedItem: "an e-mail address" },
  },
  /** Each mailbox by itself, so that one that refuses mail keeps it from nobody else. Named twice, it still is one. */
  destinationsOf: ({ to: addresses, ...settings }): LabelledSettings<EmailConfig>[] =>
    addresses
      .filter((to, index) => addresses.findIndex((other) => other.toLowerCase() === to.toLowerCase()) === index)
      .map((to) => ({ label: to, settings: { ...settings, to } })),
});
