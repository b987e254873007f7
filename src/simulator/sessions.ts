import type { Clock } from "../lib/clock.js";
import { hashOf, hex32 } from "./random.js";

export type Credentials = {
  readonly apiKey: string;
  readonly username: string;
  readonly password: string;
  readonly tokenLifetimeMs: number;
};

/** A token and the instant from which it is refused. */
export type Session = { readonly token: string; readonly expiresAtMs: number };

/** Who is asking: a holder of the API key, somebody who logged in, or nobody known. */
export type Caller = { kind: "key" } | { kind: "session"; token: string } | { kind: "nobody" };

/** The tokens that are valid now. They expire by the clock that is passed in. */
export class Sessions {
  private readonly credentials: Credentials;
  private readonly clock: Clock;
  private readonly seed: number;
  private readonly valid = new Map<string, Session>();
  private issued = 0;

  constructor(credentials: Credentials, clock: Clock, seed: number) {
    this.credentials = credentials;
    this.clock = clock;
    this.seed = seed;
  }

  /** Reads an `Authorization` header. */
  callerOf(header: string | undefined): Caller {
    const token = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
    if (token === undefined) return { kind: "nobody" };
    if (token === this.credentials.apiKey) return { kind: "key" };
    const session = this.valid.get(token);
    return session === undefined || this.clock().getTime() >= session.expiresAtMs
      ? { kind: "nobody" }
      : { kind: "session", token };
  }

  /** Null when the name or the password is wrong. */
  login(identification: string, password: string): Session | null {
    const { username, password: expected } = this.credentials;
    return identification === username && password === expected ? this.issue() : null;
  }

  /** A new session. */
  issue(): Session {
    this.issued += 1;
    const expiresAtMs = this.clock().getTime() + this.credentials.tokenLifetimeMs;
    const token = `FAKE-token-${hex32(hashOf(this.seed, "token", this.issued))}-${this.issued}`;
    const session = { token, expiresAtMs };
    for (const [old, { expiresAtMs: endsAtMs }] of this.valid) {
      if (endsAtMs <= this.clock().getTime()) this.valid.delete(old);
    }
    this.valid.set(token, session);
    return session;
  }

  revoke(token: string): void {
    this.valid.delete(token);
  }

  /** Nobody is logged in any more. The API key still works. */
  revokeAll(): void {
    this.valid.clear();
  }
}
