import { createHmac, timingSafeEqual } from "node:crypto";

/** Nothing else that this key may ever sign begins so. */
const SESSION = "polarwatch session 1\n";
const FORM = "polarwatch form 1\n";
const SEALED = /^([\w-]{4,200})\.([\w-]{43})$/;

/** How long a browser stays logged in. */
export const SESSION_MS_MAX = 12 * 3_600_000;

/** What a browser keeps of a login: by which token, named by its id, and until when. */
export type Session = { tokenId: string; endsAt: Date };

/**
 * The session as a cookie. It is signed together with the digest of its token, so that it ends with that token, also
 * where another one takes its place.
 */
export function sealSession(key: Uint8Array, { tokenId, endsAt }: Session, digest: Uint8Array): string {
  const payload = Buffer.from(`${tokenId} ${endsAt.getTime()}`).toString("base64url");
  return `${payload}.${signatureOf(key, SESSION, payload, digest).toString("base64url")}`;
}

/** What a cookie claims, while its time lasts; null when it claims nothing. It proves nothing before `provesSession`. */
export function claimOf(cookie: string, now: Date): Session | null {
  const [, payload = ""] = SEALED.exec(cookie) ?? [];
  const [, tokenId, ends] = /^(\S+) (\d{1,15})$/.exec(Buffer.from(payload, "base64url").toString("utf8")) ?? [];
  if (tokenId === undefined || ends === undefined) return null;
  const leftMs = Number(ends) - now.getTime();
  return leftMs > 0 && leftMs <= SESSION_MS_MAX ? { tokenId, endsAt: new Date(Number(ends)) } : null;
}

/** Whether the cookie was made with this key, for the token with this digest. Takes as long for a near miss as for any. */
export function provesSession(key: Uint8Array, cookie: string, digest: Uint8Array): boolean {
  const [, payload, signature] = SEALED.exec(cookie) ?? [];
  if (payload === undefined || signature === undefined) return false;
  return timingSafeEqual(Buffer.from(signature, "base64url"), signatureOf(key, SESSION, payload, digest));
}

/** What a form has to carry that was shown to the browser with this cookie: no other site can know either. */
export function formTokenOf(key: Uint8Array, cookie: string): string {
  return signatureOf(key, FORM, cookie, new Uint8Array()).toString("base64url");
}

export function isFormToken(key: Uint8Array, cookie: string, given: string): boolean {
  if (!/^[\w-]{43}$/.test(given)) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(formTokenOf(key, cookie)));
}

function signatureOf(key: Uint8Array, purpose: string, text: string, digest: Uint8Array): Buffer {
  return createHmac("sha256", key).update(purpose).update(text).update("\n").update(digest).digest();
}
