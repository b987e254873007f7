import {
  hasTokenForm,
  isSameDigest,
  type TokenRole,
  tokenDigest,
  tokenNameProblem,
  tokenStateOf,
  tokenTextOf,
} from "../domain/api-token.js";
import { FROM_COMMAND_LINE } from "../domain/audit.js";
import { oneLine } from "../domain/plain-text.js";
import type { Clock } from "../lib/clock.js";
import {
  findTokenByDigest,
  findTokenById,
  insertApiToken,
  type KnownToken,
  noteTokenUse,
  revokeApiToken,
} from "../store/api-tokens.js";
import { insertAuditEntry } from "../store/audit.js";
import { rowIdOf } from "../store/history/row-id.js";
import { type Database, inTransaction } from "../store/prisma.js";

export type ApiTokenDeps = { db: Database; clock: Clock };

export type AskedToken = {
  name: string;
  role: TokenRole;
  /** How long it counts; null: until it is revoked. */
  expiresInMs: number | null;
  author: string;
};

export type CreatedToken =
  /** `text`: the token itself, which can be had here and never again. */
  | { kind: "created"; id: bigint; text: string; expiresAt: Date | null }
  /** `because`: one sentence for whoever asked. */
  | { kind: "refused"; because: string };

/** Makes a token of `random`, 32 random bytes. Only its digest is kept, with who made it. */
export function createApiToken(
  { db, clock }: ApiTokenDeps,
  asked: AskedToken,
  random: Uint8Array,
): Promise<CreatedToken> {
  const { name, role, expiresInMs } = asked;
  return inTransaction(db, async (tx): Promise<CreatedToken> => {
    const problem = tokenNameProblem(name);
    if (problem !== null) return { kind: "refused", because: `The name ${problem}.` };
    const at = clock();
    const actor = oneLine(asked.author);
    const expiresAt = expiresInMs === null ? null : new Date(at.getTime() + expiresInMs);
    const text = tokenTextOf(random);
    const id = await insertApiToken(tx, {
      name,
      role,
      digest: tokenDigest(text),
      createdAt: at,
      createdBy: actor,
      expiresAt,
    });
    if (id === null) return { kind: "refused", because: `There is a token ${name} already; revoke it first.` };
    const subject = { kind: "token", id } as const;
    const detail = { name, role, expiresAt };
    await insertAuditEntry(tx, { at, origin: FROM_COMMAND_LINE, actor, action: "create_token", subject, detail });
    return { kind: "created", id, text, expiresAt };
  });
}

/** Ends a token, by its name or its id, and with it every session that it began; null when there is none to end. */
export function endApiToken(
  { db, clock }: ApiTokenDeps,
  { nameOrId, author }: { nameOrId: string; author: string },
): Promise<{ id: bigint; name: string } | null> {
  return inTransaction(db, async (tx) => {
    const at = clock();
    const actor = oneLine(author);
    const [revoked] = await revokeApiToken(tx, { id: rowIdOf(nameOrId), name: nameOrId }, { by: actor, at });
    if (revoked === undefined) return null;
    const subject = { kind: "token", id: revoked.id } as const;
    const detail = { name: revoked.name };
    await insertAuditEntry(tx, { at, origin: FROM_COMMAND_LINE, actor, action: "revoke_token", subject, detail });
    return revoked;
  });
}

/** Keeps that a browser was let in with a token, and at which address it is. `id`: of the token, or what stands for it. */
export function noteLogin(
  { db, clock }: ApiTokenDeps,
  { id, name }: { id: bigint | string; name: string },
  address: string,
): Promise<void> {
  const subject = { kind: "token", id } as const;
  const origin = { via: "page", userId: name } as const;
  return insertAuditEntry(db, { at: clock(), origin, actor: name, action: "log_in", subject, detail: { address } });
}

export type ProvedToken = Pick<KnownToken, "id" | "name" | "role" | "digest">;

/** What this text lets in; null when it is no token of ours, or none that still counts. */
export async function proveToken(deps: ApiTokenDeps, text: string): Promise<ProvedToken | null> {
  if (!hasTokenForm(text)) return null;
  const digest = tokenDigest(text);
  const known = await findTokenByDigest(deps.db, digest);
  return known !== null && isSameDigest(known.digest, digest) ? countedToken(deps, known) : null;
}

/** The token with this id, if it still counts: what a session is bound to. */
export async function tokenStillCounting(deps: ApiTokenDeps, id: bigint): Promise<ProvedToken | null> {
  const known = await findTokenById(deps.db, id);
  return known === null ? null : countedToken(deps, known);
}

const USE_NOTED_EVERY_MS = 60_000;

async function countedToken({ db, clock }: ApiTokenDeps, token: KnownToken): Promise<ProvedToken | null> {
  const at = clock();
  if (tokenStateOf(token, at) !== "active") return null;
  const staleBefore = new Date(at.getTime() - USE_NOTED_EVERY_MS);
  const isNoted = token.lastUsedAt !== null && token.lastUsedAt > staleBefore;
  if (!isNoted) await noteTokenUse(db, token.id, { at, staleBefore });
  return token;
}
