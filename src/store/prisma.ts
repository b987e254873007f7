import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { PrismaPg } from "@prisma/adapter-pg";
import { connectionSettings } from "./connection.js";
import { isTransactionConflict } from "./database-error.js";
import { type Prisma, PrismaClient } from "./generated/client.js";

/** What a store function is handed: the client, or the transaction that it is to take part in. It can open none. */
export type Db = Prisma.TransactionClient;

const STATEMENT_MS_MAX = 60_000;

export type ClientOptions = {
  /** How many connections its pool has at most. Default: 10. */
  connectionsMax?: number;
  /**
   * Plans each statement once for each connection, whatever its arguments. For work of few and small statements, of which
   * each takes longer to plan than to run; what reads much is planned better by its arguments. Default: false.
   */
  keepsPlans?: boolean;
};

/**
 * A client with a pool of its own. Nothing is opened before the first
 * query, and `$disconnect` closes all of it. Every connection works in UTC. A statement may take a minute, and so may
 * a transaction stand still. A connection that dies while idle is replaced by the next query that needs one.
 */
export function createPrisma(databaseUrl: string, options: ClientOptions = {}): PrismaClient {
  const settings = connectionSettings(databaseUrl, {
    statement_timeout: STATEMENT_MS_MAX,
    idle_in_transaction_session_timeout: STATEMENT_MS_MAX,
    ...(options.keepsPlans === true && { plan_cache_mode: "force_generic_plan" }),
  });
  const pool = { ...settings, max: options.connectionsMax ?? 10, idleTimeoutMillis: 600_000 };
  const adapter = new PrismaPg(pool, options.keepsPlans === true ? { statementNameGenerator: planNameOf } : {});
  // Minimal, for the other formats quote lines of our source, and with them whatever values stand there.
  return new PrismaClient({ adapter, errorFormat: "minimal" });
}

/** The name under which a connection keeps the plan of a statement. */
function planNameOf({ sql }: { sql: string }): string {
  return `polarwatch_${createHash("sha256").update(sql).digest("hex").slice(0, 24)}`;
}

type TransactionOptions = {
  isolationLevel?: Prisma.TransactionIsolationLevel;
  /** How often the work is tried in all. */
  attemptsMax?: number;
  /** How long one try may take before it is undone. */
  workMsMax?: number;
  /** How long to wait for a free connection. */
  waitMsMax?: number;
};

/**
 * Runs the work in one transaction, and all of it again when Postgres undid it for a conflict with others. So the work
 * must not act on anything but its transaction, and must let errors of the database pass.
 */
export function inTransaction<T>(
  db: Pick<PrismaClient, "$transaction">,
  work: (tx: Db) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const { isolationLevel, attemptsMax, workMsMax = 30_000, waitMsMax = 10_000 } = options;
  const once = () =>
    db.$transaction(work, {
      timeout: workMsMax,
      maxWait: waitMsMax,
      ...(isolationLevel !== undefined && { isolationLevel }),
    });
  return repeatingConflicts(once, attemptsMax);
}

/**
 * Does what is one transaction, and does it again when Postgres undid it for a conflict with others (40001, 40P01,
 * Prisma's P2034): up to five times in all, with a pause that doubles. Nothing else is retried.
 */
export async function repeatingConflicts<T>(once: () => Promise<T>, attemptsMax = 5): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once();
    } catch (error) {
      if (attempt >= attemptsMax || !isTransactionConflict(error)) throw error;
      await delay(10 * 2 ** (attempt - 1));
    }
  }
}

/** A client that can also open transactions: what the use cases are handed. */
export type Database = PrismaClient;
