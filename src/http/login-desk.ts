import { noteLogin, proveToken, tokenStillCounting } from "../app/api-token.js";
import { isSameDigest, type TokenRole, tokenDigest } from "../domain/api-token.js";
import { claimOf, provesSession, SESSION_MS_MAX, sealSession } from "../domain/session.js";
import type { Clock } from "../lib/clock.js";
import { rowIdOf } from "../store/history/row-id.js";
import type { Database } from "../store/prisma.js";

export type LoginDeps = {
  db: Database;
  clock: Clock;
  /** The token of the configuration, which is an admin's. */
  apiToken: string;
  /** Signs what browsers keep of a login. */
  sessionKey: Uint8Array;
};

/** What a token or a session lets in. */
export type Admitted = { token: string; role: TokenRole };

export type LoginDesk = {
  /** Null for a token that is none, or that counts no more. */
  prove(token: string): Promise<Admitted | null>;
  /** The cookie of a new session by this token, which the audit log then has; null as above. `address`: whose it is. */
  begin(token: string, address: string): Promise<string | null>;
  /** Null when the session is over, its token counts no more, or it was not begun here. */
  goOn(cookie: string): Promise<Admitted | null>;
};

/** Under which name the token of the configuration is on record; no other can have it, for names have no capitals. */
const CONFIGURED = "API_TOKEN";

/** Proves tokens and sessions. */
export function createLoginDesk({ db, clock, apiToken, sessionKey }: LoginDeps): LoginDesk {
  const configured = { id: CONFIGURED, name: CONFIGURED, role: "admin", digest: tokenDigest(apiToken) } as const;
  const find = async (token: string) =>
    isSameDigest(tokenDigest(token), configured.digest) ? configured : await proveToken({ db, clock }, token);
  const findById = async (tokenId: string) => {
    if (tokenId === CONFIGURED) return configured;
    const id = rowIdOf(tokenId);
    return id === null ? null : tokenStillCounting({ db, clock }, id);
  };
  return {
    async prove(token) {
      const found = await find(token);
      return found === null ? null : { token: found.name, role: found.role };
    },
    async begin(token, address) {
      const found = await find(token);
      if (found === null) return null;
      await noteLogin({ db, clock }, found, address);
      const endsAt = new Date(clock().getTime() + SESSION_MS_MAX);
      return sealSession(sessionKey, { tokenId: String(found.id), endsAt }, found.digest);
    },
    async goOn(cookie) {
      const claim = claimOf(cookie, clock());
      const found = claim === null ? null : await findById(claim.tokenId);
      if (found === null || !provesSession(sessionKey, cookie, found.digest)) return null;
      return { token: found.name, role: found.role };
    },
  };
}
