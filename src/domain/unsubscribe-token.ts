import { createHmac, timingSafeEqual } from "node:crypto";
import { MAIL_LISTS, type Subscription } from "./subscription.js";

/** Nothing else that this key may ever sign begins so. */
const PURPOSE = "polarwatch unsubscribe 1\n";
const TOKEN = /^([\w-]{4,600})\.([\w-]{43})$/;

/** Names a mailbox and a list, for an address of ours: the same for every mail, and nobody without the key can make one. */
export function createUnsubscribeToken(key: Uint8Array, { mailbox, list }: Subscription): string {
  const payload = Buffer.from(`${list} ${mailbox}`).toString("base64url");
  return `${payload}.${signatureOf(key, payload).toString("base64url")}`;
}

/** What a token names; null when it was not made with this key. Takes as long for a near miss as for any other. */
export function readUnsubscribeToken(key: Uint8Array, token: string): Subscription | null {
  const [, payload, signature] = TOKEN.exec(token) ?? [];
  if (payload === undefined || signature === undefined) return null;
  if (!timingSafeEqual(Buffer.from(signature, "base64url"), signatureOf(key, payload))) return null;
  const [, name, mailbox] = /^(\S+) (\S+)$/.exec(Buffer.from(payload, "base64url").toString("utf8")) ?? [];
  const list = MAIL_LISTS.find((each) => each === name);
  return list === undefined || mailbox === undefined ? null : { mailbox, list };
}

function signatureOf(key: Uint8Array, payload: string): Buffer {
  return createHmac("sha256", key).update(PURPOSE).update(payload).digest();
}
