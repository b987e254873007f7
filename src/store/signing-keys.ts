import type { Db } from "./prisma.js";

/** What we sign: addresses by which mailboxes unsubscribe, and what browsers keep of a login. */
export const SIGNING_PURPOSES = ["unsubscribe", "session"] as const;
export type SigningPurpose = (typeof SIGNING_PURPOSES)[number];

/**
 * The key for this purpose: `fresh`, 32 random bytes, when there is none yet. Whoever asks, at once or later, is given
 * the same.
 */
export async function openSigningKey(
  db: Db,
  purpose: SigningPurpose,
  { fresh, at }: { fresh: Uint8Array<ArrayBuffer>; at: Date },
): Promise<Uint8Array> {
  await db.$executeRaw`
    INSERT INTO signing_key (purpose, key, created_at) VALUES (${purpose}, ${fresh}, ${at})
    ON CONFLICT (purpose) DO NOTHING`;
  const { key } = await db.signingKey.findUniqueOrThrow({ where: { purpose }, select: { key: true } });
  return key;
}
