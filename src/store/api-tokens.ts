import type { TokenRole } from "../domain/api-token.js";
import type { Db } from "./prisma.js";

export type NewApiToken = {
  name: string;
  role: TokenRole;
  digest: Uint8Array<ArrayBuffer>;
  createdAt: Date;
  createdBy: string;
  /** Null: never. */
  expiresAt: Date | null;
};

/** What a token lets in, and with what it is proved. */
export type KnownToken = {
  id: bigint;
  name: string;
  role: TokenRole;
  digest: Uint8Array;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
};

/** The id of the new token; null when another that is not revoked has the name. */
export async function insertApiToken(tx: Db, token: NewApiToken): Promise<bigint | null> {
  const { name, role, digest, createdAt, createdBy, expiresAt } = token;
  const [row] = await tx.$queryRaw<{ id: bigint }[]>`
    INSERT INTO api_token (name, role, digest, created_at, created_by, expires_at)
    VALUES (${name}, ${role}, ${digest}, ${createdAt}, ${createdBy}, ${expiresAt})
    ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING RETURNING id`;
  return row?.id ?? null;
}

/** Null when there is none with this digest. Looked up by it: how long that takes tells at most something of the digest. */
export async function findTokenByDigest(db: Db, digest: Uint8Array<ArrayBuffer>): Promise<KnownToken | null> {
  const [row] = await db.$queryRaw<KnownToken[]>`
    SELECT id, name, role, digest, expires_at AS "expiresAt", revoked_at AS "revokedAt", last_used_at AS "lastUsedAt"
      FROM api_token WHERE digest = ${digest}`;
  return row ?? null;
}

/** Null when there is none with this id. */
export async function findTokenById(db: Db, id: bigint): Promise<KnownToken | null> {
  const [row] = await db.$queryRaw<KnownToken[]>`
    SELECT id, name, role, digest, expires_at AS "expiresAt", revoked_at AS "revokedAt", last_used_at AS "lastUsedAt"
      FROM api_token WHERE id = ${id}`;
  return row ?? null;
}

/** Notes that a token was used, unless that was noted after `staleBefore`: many requests at once write one row once. */
export async function noteTokenUse(db: Db, id: bigint, { at, staleBefore }: { at: Date; staleBefore: Date }) {
  await db.$executeRaw`
    UPDATE api_token SET last_used_at = ${at}
     WHERE id = ${id} AND (last_used_at IS NULL OR last_used_at <= ${staleBefore})`;
}

/** The tokens that were revoked by this: the one with the id, or the one that has the name now; none when there is none. */
export function revokeApiToken(
  tx: Db,
  wanted: { id: bigint | null; name: string },
  revoked: { by: string; at: Date },
): Promise<{ id: bigint; name: string }[]> {
  return tx.$queryRaw<{ id: bigint; name: string }[]>`
    UPDATE api_token SET revoked_at = ${revoked.at}, revoked_by = ${revoked.by}
     WHERE revoked_at IS NULL AND (id = ${wanted.id}::bigint OR name = ${wanted.name}) RETURNING id, name`;
}

/** A token, without anything by which it could be proved. */
export type ApiTokenRow = {
  id: string;
  name: string;
  role: TokenRole;
  createdAt: Date;
  createdBy: string;
  expiresAt: Date | null;
  revokedAt: Date | null;
  revokedBy: string | null;
  lastUsedAt: Date | null;
};

/** All tokens there ever were, the newest first; at most `limit`. */
export function findApiTokens(db: Db, limit: number): Promise<ApiTokenRow[]> {
  return db.$queryRaw<ApiTokenRow[]>`
    SELECT id::text AS id, name, role, created_at AS "createdAt", created_by AS "createdBy",
           expires_at AS "expiresAt", revoked_at AS "revokedAt", revoked_by AS "revokedBy", last_used_at AS "lastUsedAt"
      FROM api_token ORDER BY api_token.id DESC LIMIT ${limit}`;
}
