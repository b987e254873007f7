import type { Database } from "./prisma.js";

/** The same client; of each of its transactions it is told how long it took, whether it succeeded or not. */
export function timeTransactions(db: Database, ended: (elapsedMs: number) => void): Database {
  const timed = async (...args: unknown[]): Promise<unknown> => {
    const startedAt = performance.now();
    try {
      return await Reflect.apply(db.$transaction, db, args);
    } finally {
      ended(performance.now() - startedAt);
    }
  };
  return new Proxy(db, {
    get: (target, key) => (key === "$transaction" ? timed : Reflect.get(target, key, target)),
  });
}
