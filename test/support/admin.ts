import pg from "pg";

/** Runs one statement on a connection of its own, outside of any transaction: what databases are made and dropped by. */
export async function runOn(databaseUrl: string, sql: string): Promise<void> {
  await queryOn(databaseUrl, sql);
}

/** The rows of one query on a connection of its own. */
export async function queryOn<Row extends pg.QueryResultRow>(
  databaseUrl: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl, options: "-c search_path=public" });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** The URL of another database of the same server. */
export function siblingDatabaseUrl(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}
