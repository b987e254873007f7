import { createHash, timingSafeEqual } from "node:crypto";

/** What a token allows, each more than the one before: to read; to silence and acknowledge; to look after tokens. */
export const TOKEN_ROLES = ["viewer", "operator", "admin"] as const;
export type TokenRole = (typeof TOKEN_ROLES)[number];

/** Whether who has the one role may do what needs the other. */
export function allows(role: TokenRole, needed: TokenRole): boolean {
  return TOKEN_ROLES.indexOf(role) >= TOKEN_ROLES.indexOf(needed);
}

/** So that scanners of code and logs know one, and people do too. */
const PREFIX = "pwt_";
/** How many random bytes a token is made of. */
export const TOKEN_BYTES = 32;

/** The text of a token, of `TOKEN_BYTES` random bytes. */
export function tokenTextOf(random: Uint8Array): string {
  if (random.length !== TOKEN_BYTES) throw new Error(`A token is made of ${TOKEN_BYTES} bytes`);
  return `${PREFIX}${Buffer.from(random).toString("base64url")}`;
}

/** Whether a text has the form of a token: whatever has not need not be looked for. */
export function hasTokenForm(text: string): boolean {
  return /^pwt_[\w-]{43}$/.test(text);
}

/** What is kept of a token. 256 random bits cannot be guessed from it, so it needs no salt and no slow hash. */
export function tokenDigest(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash("sha256").update(text).digest());
}

/** Takes as long for a digest that is nearly right as for one that is all wrong. */
export function isSameDigest(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Why a name cannot be that of a token, in words that follow it; null when it can. Digits alone would be an id. */
export function tokenNameProblem(name: string): string | null {
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) {
    return "must be 1 to 64 lower-case letters, digits, dots, hyphens and underscores, such as grafana";
  }
  return /^\d+$/.test(name) ? "must not be digits alone, for those are ids" : null;
}

/** Until when and whether a token counts. */
export type TokenLife = { expiresAt: Date | null; revokedAt: Date | null };

export const TOKEN_STATES = ["active", "expired", "revoked"] as const;
export type TokenState = (typeof TOKEN_STATES)[number];

export function tokenStateOf({ expiresAt, revokedAt }: TokenLife, now: Date): TokenState {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && expiresAt <= now ? "expired" : "active";
}
