import { describe, expect, test } from "vitest";
import { emailKind } from "../../src/notify/email/config.js";
import { parseSmtpUrl } from "../../src/notify/email/smtp-url.js";

describe("an SMTP URL", () => {
  test.each([
    ["smtps://mail.example.com", { host: "mail.example.com", port: 465, tls: "implicit", auth: null }],
    ["smtp://mail.example.com", { host: "mail.example.com", port: 587, tls: "required", auth: null }],
    ["smtp://mail.example.com:25?tls=optional", { host: "mail.example.com", port: 25, tls: "optional", auth: null }],
    ["smtp://mail.example.com/?tls=none", { host: "mail.example.com", port: 587, tls: "none", auth: null }],
    ["smtp://127.0.0.1:1025", { host: "127.0.0.1", port: 1025, tls: "local", auth: null }],
    ["smtp://[::1]:1025", { host: "::1", port: 1025, tls: "local", auth: null }],
    ["smtp://localhost?tls=required", { host: "localhost", port: 587, tls: "required", auth: null }],
    [
      "smtps://me%40example.com:p%3Aw%2F%25@mail.example.com",
      { host: "mail.example.com", port: 465, tls: "implicit", auth: { user: "me@example.com", pass: "p:w/%" } },
    ],
  ])("%s says how to reach the server", (url, wanted) => {
    expect(parseSmtpUrl(url)).toEqual(wanted);
  });

  test.each([
    ["smtp://mail.example.com?tls=maybe", "tls has to be one of required, optional, none"],
    ["smtp://mail.example.com?rejectUnauthorized=false", "the only option that is known is tls"],
    ["smtps://mail.example.com?tls=none", "smtps:// always uses TLS"],
    ["smtp://user@mail.example.com", "the URL has to name both a user and a password, or neither"],
    ["smtp://mail.example.com/inbox", "the URL must have no path"],
    ["smtp://us%er:pw@mail.example.com", "a percent sign in the user or password has to be written %25"],
    ["https://mail.example.com", "the URL has to begin with smtp:// or smtps://"],
  ])("%s is refused with a reason", (url, reason) => {
    expect(parseSmtpUrl(url)).toBe(reason);
    const parsed = emailKind.schema.safeParse({ smtp_url: url, from: "a@example.com", to: ["b@example.com"] });
    expect(parsed.success).toBe(false);
  });
});

describe("a sender", () => {
  test.each([
    ["alerts@example.com", true],
    ["polarwatch <alerts@example.com>", true],
    ['"polarwatch, prod" <alerts@localhost>', true],
    ["alerts", false],
    ["a@example.com, b@example.com", false],
    ["x <alerts@example.com>\r\nBcc: c@example.com", false],
    ["x\r\nBcc: c@example.com <alerts@example.com>", false],
  ])("%j is taken: %s", (from, isFine) => {
    const parsed = emailKind.schema.safeParse({ smtp_url: "smtps://mail.example.com", from, to: ["b@example.com"] });
    expect(parsed.success).toBe(isFine);
  });
});
