import { createHmac, timingSafeEqual } from "node:crypto";

/** How old a request may be, or how far ahead: clocks differ. */
const AGE_MS_MAX = 300_000;

/** What a request says about itself, as its headers came, and its body to the byte. */
export type SignedRequest = { timestamp: string | undefined; signature: string | undefined; body: Uint8Array };

/**
 * The one of these secrets with which Slack signed the request not long ago; null when it was none. Takes as long for a
 * signature that is nearly right as for one that is all wrong.
 */
export function signedWith(secrets: readonly string[], request: SignedRequest, at: Date): string | null {
  const { timestamp = "", signature = "", body } = request;
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(at.getTime() - Number(timestamp) * 1000) > AGE_MS_MAX) return null;
  const given = Buffer.from(signature);
  let found: string | null = null;
  for (const secret of secrets) {
    const expected = Buffer.from(signatureOf(secret, timestamp, body));
    if (given.length === expected.length && timingSafeEqual(given, expected)) found = secret;
  }
  return found;
}

/** The signature that Slack gives a body at this moment, in seconds. */
export function signatureOf(secret: string, timestamp: string, body: Uint8Array): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest("hex")}`;
}

/** Remembers signatures for as long as they would be taken, so that none is taken twice by this process. */
export class SeenSignatures {
  private readonly seen = new Map<string, number>();

  /** False when it was there before. */
  add(signature: string, at: Date): boolean {
    for (const [old, until] of this.seen) {
      if (until > at.getTime()) break; // those behind it were added later
      this.seen.delete(old);
    }
    if (this.seen.has(signature)) return false;
    this.seen.set(signature, at.getTime() + 2 * AGE_MS_MAX);
    return true;
  }
}
