import type { Db } from "./prisma.js";

/** What time it is for the database, and so for every process that shares it. */
export async function findTime(db: Db): Promise<Date> {
  const [row] = await db.$queryRaw<{ at: Date }[]>`SELECT clock_timestamp() AS at`;
  if (row === undefined) throw new Error("The database does not know the time");
  return row.at;
}
