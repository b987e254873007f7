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

const LARGE_TABLES = "ARRAY['change', 'observation']::regclass[]";

/** The statements, for one session, with the indexes of the large tables set aside before them and made in one go after. */
export function withoutIndexes(statements) {
  return [
    `CREATE TEMP TABLE set_aside AS
     SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS makes,
            format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drops
       FROM pg_constraint WHERE contype = 'p' AND conrelid = ANY (${LARGE_TABLES})
     UNION ALL
     SELECT replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON '), format('DROP INDEX %s', indexrelid::regclass)
       FROM pg_index WHERE NOT indisprimary AND indrelid = ANY (${LARGE_TABLES})`,
    executeEach("drops"),
    ...statements,
    "SET maintenance_work_mem = '1GB'",
    executeEach("makes"),
    "DROP TABLE set_aside",
  ];
}

const executeEach = (column) => `
  DO $$ DECLARE statement text; BEGIN
    FOR statement IN SELECT ${column} FROM set_aside LOOP EXECUTE statement; END LOOP;
  END $$`;
