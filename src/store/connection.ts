import type { PoolConfig } from "pg";
import { PostgresClient } from "../lib/postgres-client.js";

/** What every session needs, whatever the server, the role or the database has as its default. */
const SESSION = {
  // The driver sends instants without an offset and drops it on reading: under any other zone they would be hours off.
  TimeZone: "UTC",
  // A schema that happens to be named after the user would otherwise take our tables, where Prisma does not look.
  search_path: "public",
};

/** Limits of one session in milliseconds; 0 is no limit. Whatever is left out stays as the server has it. */
type SessionSettings = {
  statement_timeout?: number;
  lock_timeout?: number;
  idle_in_transaction_session_timeout?: number;
  plan_cache_mode?: "auto" | "force_generic_plan";
};

/**
 * How to connect: UTC, the schema `public`, a name that `pg_stat_activity` shows, ten seconds to get a connection, and for
 * pools, clients that outlive the loss of it. Session settings that the URL brings along stay, unless they contradict ours.
 */
export function connectionSettings(databaseUrl: string, settings: SessionSettings = {}): PoolConfig {
  const ours = Object.entries({ ...SESSION, ...settings }).map(([name, value]) => `-c ${name}=${value}`);
  const common = {
    Client: PostgresClient,
    application_name: "polarwatch",
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
  if (!URL.canParse(databaseUrl)) return { ...common, connectionString: databaseUrl, options: ours.join(" ") };
  // The driver lets the URL win over its own settings, so ours go into the URL, behind those that it has.
  const url = new URL(databaseUrl);
  url.searchParams.set("options", [url.searchParams.get("options"), ...ours].filter(Boolean).join(" "));
  return { ...common, connectionString: url.href };
}
