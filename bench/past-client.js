import { Client } from "pg";

/** Runs the work with a connection for making a past: in UTC, with room to sort in. */
export async function withPastClient(databaseUrl, work) {
  const client = new Client({ connectionString: databaseUrl, options: "-c TimeZone=UTC -c work_mem=256MB" });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** One after the other. */
export function runStatements(databaseUrl, statements) {
  return withPastClient(databaseUrl, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}
