import * as z from "zod";

const driverCause = z.object({ kind: z.string(), originalCode: z.string().optional() });
const anyDatabaseError = z.object({
  name: z.string().optional().catch(undefined),
  message: z.string().catch(""),
  code: z.string().optional().catch(undefined),
  clientVersion: z.string().optional().catch(undefined),
  meta: z
    .object({ driverAdapterError: z.object({ cause: driverCause }) })
    .optional()
    .catch(undefined),
  cause: driverCause.optional().catch(undefined),
});

type DatabaseErrorCodes = {
  /** The code that Postgres gave (SQLSTATE), such as `40001`. */
  sqlState: string | null;
  /** The code that Prisma gave, such as `P2034`. */
  prismaCode: string | null;
  /** The code of a failed system call, such as `ECONNREFUSED`. */
  systemCode: string | null;
};

/**
 * The codes of an error that came from the database, wherever they hide: in the `meta` of a Prisma error, in the cause
 * of a driver error (a COMMIT that fails is passed on as such), or in an error of the driver itself.
 */
export function databaseErrorCodes(error: unknown): DatabaseErrorCodes {
  const codes: DatabaseErrorCodes = { sqlState: null, prismaCode: null, systemCode: null };
  const parsed = anyDatabaseError.safeParse(error);
  if (!parsed.success) return codes;
  const { code, clientVersion, meta, cause } = parsed.data;
  codes.sqlState = meta?.driverAdapterError.cause.originalCode ?? cause?.originalCode ?? null;
  if (code === undefined) return codes;
  if (clientVersion !== undefined) codes.prismaCode = code;
  else if (/^E[A-Z_]+$/.test(code)) codes.systemCode = code;
  else if (/^[0-9A-Z]{5}$/.test(code)) codes.sqlState ??= code;
  return codes;
}

/** Serialization failure and deadlock: the transaction left nothing behind, and may well succeed when tried again. */
const CONFLICTS = new Set(["40001", "40P01"]);

/** True when the whole transaction was undone only because of what others did at the same time. */
export function isTransactionConflict(error: unknown): boolean {
  const { sqlState, prismaCode } = databaseErrorCodes(error);
  return prismaCode === "P2034" || (sqlState !== null && CONFLICTS.has(sqlState));
}

/** True when a row was refused by what its table holds: also one for which there is no partition. */
export function isRowRefused(error: unknown): boolean {
  return databaseErrorCodes(error).sqlState === "23514";
}

/** Not reachable, timed out, closed by the server, no connection free in time. */
const UNAVAILABLE_PRISMA_CODES = new Set(["P1001", "P1002", "P1008", "P1017", "P2024"]);
/** A shutdown, a crash, a start that is under way, a session ended for idling, no connection left. */
const UNAVAILABLE_SQL_STATES = new Set(["57P01", "57P02", "57P03", "57P05", "53300"]);
/** What the driver says in words alone. */
const UNAVAILABLE_MESSAGES =
  /^Connection terminated|^timeout exceeded when trying to connect|^Client has encountered a connection error/;
const UNAVAILABLE_KINDS = new Set(["DatabaseNotReachable", "ConnectionClosed", "SocketTimeout", "TooManyConnections"]);

/** True when nothing is wrong with what was asked: the database could not be reached, or went away meanwhile. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const { sqlState, prismaCode, systemCode } = databaseErrorCodes(error);
  if (systemCode !== null || (prismaCode !== null && UNAVAILABLE_PRISMA_CODES.has(prismaCode))) return true;
  if (sqlState !== null && (sqlState.startsWith("08") || UNAVAILABLE_SQL_STATES.has(sqlState))) return true;
  const parsed = anyDatabaseError.safeParse(error);
  if (!parsed.success) return false;
  const { meta, cause, message } = parsed.data;
  const kind = meta?.driverAdapterError.cause.kind ?? cause?.kind;
  return (kind !== undefined && UNAVAILABLE_KINDS.has(kind)) || UNAVAILABLE_MESSAGES.test(message);
}
