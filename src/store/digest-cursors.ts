import type { DigestContent } from "../domain/digest.js";
import type { DeliveryId } from "../domain/ids.js";
import { DEADLINE_MS } from "./outbox.js";
import type { Db } from "./prisma.js";

/** One digest for one recipient. */
export type DigestRecipient = { readonly digest: string; readonly destination: string };

export type DigestCursor = DigestRecipient & { readonly toldUntil: Date };

/** Until when every recipient was told, also those that the configuration does not have any more. */
export function findDigestCursors(db: Db): Promise<DigestCursor[]> {
  return db.$queryRaw<DigestCursor[]>`
    SELECT digest, destination, told_until AS "toldUntil" FROM digest_cursor ORDER BY digest, destination`;
}

/** False when the recipient has a cursor already, which stays where it is. */
export async function beginDigest(db: Db, { digest, destination }: DigestRecipient, at: Date): Promise<boolean> {
  const rows = await db.$executeRaw`
    INSERT INTO digest_cursor (digest, destination, told_until) VALUES (${digest}, ${destination}, ${at})
    ON CONFLICT (digest, destination) DO NOTHING`;
  return rows === 1;
}

/** Holds a cursor until the transaction ends. Null when there is none, or somebody else holds it. */
export async function lockDigestCursor(tx: Db, { digest, destination }: DigestRecipient): Promise<Date | null> {
  const [row] = await tx.$queryRaw<{ toldUntil: Date }[]>`
    SELECT told_until AS "toldUntil" FROM digest_cursor
     WHERE digest = ${digest} AND destination = ${destination} FOR UPDATE SKIP LOCKED`;
  return row?.toldUntil ?? null;
}

/** Moves a cursor on. Throws when it is not where it was: two would tell the same window. */
export async function moveDigestCursor(
  tx: Db,
  { digest, destination, toldUntil }: DigestCursor,
  untilAt: Date,
): Promise<void> {
  const rows = await tx.$executeRaw`
    UPDATE digest_cursor SET told_until = ${untilAt}
     WHERE digest = ${digest} AND destination = ${destination} AND told_until = ${toldUntil} AND told_until < ${untilAt}`;
  if (rows !== 1) throw new Error(`Digest ${digest} was told to ${destination} by somebody else meanwhile`);
}

/** A digest that is still to be sent. Being sent right now, it cannot be taken back. */
export type WaitingDigest = { id: DeliveryId; fromAt: Date; isBeingSent: boolean };

/** Locks the digests that the recipient is still owed. */
export function lockWaitingDigests(
  tx: Db,
  { digest, destination }: DigestRecipient,
  now: Date,
): Promise<WaitingDigest[]> {
  return tx.$queryRaw<WaitingDigest[]>`
    SELECT id, digest_from AS "fromAt", (leased_until IS NOT NULL AND leased_until >= ${now}) AS "isBeingSent"
      FROM delivery
     WHERE digest = ${digest} AND destination = ${destination} AND kind = 'digest' AND outcome IS NULL
     ORDER BY id FOR UPDATE`;
}

/**
 * Where the first of the latest digests begins that could not be delivered, nothing of which the recipient has seen; null
 * when the latest one arrived, or is on its way.
 */
export async function findUntoldSince(db: Db, { digest, destination }: DigestRecipient): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ since: Date | null }[]>`
    SELECT min(lost.digest_from) AS since
      FROM delivery AS lost
     WHERE lost.digest = ${digest} AND lost.destination = ${destination} AND lost.kind = 'digest'
       AND lost.outcome IN ('dead', 'expired')
       AND NOT EXISTS (SELECT FROM delivery AS later
                        WHERE later.digest = lost.digest AND later.destination = lost.destination
                          AND later.kind = 'digest' AND later.outcome = 'delivered'
                          AND later.digest_until >= lost.digest_until AND later.digest_from <= lost.digest_from)`;
  return row?.since ?? null;
}

/** Puts a digest into the outbox, due at once. The table refuses a second one of the same window for a recipient. */
export async function oweDigest(
  tx: Db,
  { destination, receiver }: { destination: string; receiver: string },
  content: DigestContent,
  now: Date,
): Promise<DeliveryId> {
  const [row] = await tx.$queryRaw<{ id: DeliveryId }[]>`
    INSERT INTO delivery (receiver, destination, group_key, kind, facts, digest, digest_from, digest_until, created_at,
                          next_attempt_at, deadline_at)
    VALUES (${receiver}, ${destination}, ${`digest/${content.name}`}, 'digest', ${JSON.stringify(content)}::jsonb,
            ${content.name}, ${content.fromAt}, ${content.untilAt}, ${now}, ${now},
            ${new Date(now.getTime() + DEADLINE_MS)})
    RETURNING id`;
  if (row === undefined) throw new Error("A digest was not stored");
  return row.id;
}

/** Ends digests that nobody is sending, since another one tells what they were to tell. */
export async function foldDigests(tx: Db, ids: readonly DeliveryId[], into: DeliveryId, now: Date): Promise<void> {
  const rows = await tx.$executeRaw`
    UPDATE delivery SET outcome = 'folded', folded_into = ${into}, settled_at = ${now}, leased_by = NULL,
           leased_until = NULL, outcome_because = 'The next digest tells it, because this one had not arrived until then'
     WHERE id = ANY (${ids}::bigint[]) AND outcome IS NULL`;
  if (rows !== ids.length) throw new Error("A digest that was to be folded has its outcome already");
}

/** The digest that a recipient was owed last. */
export type LatestDigest = DigestRecipient & {
  deliveryId: string;
  untilAt: Date;
  createdAt: Date;
  deliveryOutcome: string | null;
};

export function findLatestDigests(db: Db): Promise<LatestDigest[]> {
  return db.$queryRaw<LatestDigest[]>`
    SELECT latest.digest, latest.destination, latest.id::text AS "deliveryId", latest.digest_until AS "untilAt",
           latest.created_at AS "createdAt", latest.outcome AS "deliveryOutcome"
      FROM digest_cursor AS c
     CROSS JOIN LATERAL (
           SELECT d.* FROM delivery AS d
            WHERE d.digest = c.digest AND d.destination = c.destination AND d.kind = 'digest'
            ORDER BY d.digest_until DESC LIMIT 1) AS latest`;
}
