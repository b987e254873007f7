import { expect, test } from "vitest";
import { mailboxOf } from "../../src/domain/subscription.js";
import { createUnsubscribeToken, readUnsubscribeToken } from "../../src/domain/unsubscribe-token.js";

const KEY = Buffer.alloc(32, 1);
const ADA = { mailbox: "ada@example.com", list: "alerts" } as const;
const TOKEN = createUnsubscribeToken(KEY, ADA);
const signed = (text: string) => {
  const [, signature] = TOKEN.split(".");
  return `${Buffer.from(text).toString("base64url")}.${signature}`;
};

test("a token names its mailbox and list, is the same every time and fits into an address as it is", () => {
  expect(readUnsubscribeToken(KEY, TOKEN)).toEqual(ADA);
  expect(createUnsubscribeToken(KEY, ADA)).toBe(TOKEN);
  expect(encodeURIComponent(TOKEN)).toBe(TOKEN);
  const long = { mailbox: `${"a".repeat(64)}@${"b".repeat(189)}`, list: "digests" } as const;
  expect(readUnsubscribeToken(KEY, createUnsubscribeToken(KEY, long))).toEqual(long);
});

test.each([
  ["nothing", ""],
  ["a part", TOKEN.slice(0, -1)],
  ["more", `${TOKEN}x`],
  ["another mailbox", signed("alerts bob@example.com")],
  ["another list", signed("digests ada@example.com")],
  ["no signature", TOKEN.split(".")[0] ?? ""],
  ["an endless text", "a".repeat(100_000)],
  ["another key's", createUnsubscribeToken(Buffer.alloc(32, 2), ADA)],
])("%s is no token", (_what, text) => {
  expect(readUnsubscribeToken(KEY, text)).toBeNull();
});

test("a mailbox is the same however its address is spelled", () => {
  expect(mailboxOf(" Ada@Example.com")).toBe("ada@example.com");
});
