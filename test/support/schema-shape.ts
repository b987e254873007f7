import { queryOn } from "./admin.js";

/** One line for each thing that both Prisma's schema language and SQL can say; two databases compare by these lines. */
export async function schemaShape(databaseUrl: string): Promise<string[]> {
  const rows = await queryOn<{ line: string }>(databaseUrl, SHAPE);
  return rows.map((row) => row.line).sort();
}

const TABLES = "c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition";

/**
 * Left out is what Prisma cannot say: checks, partial indexes, how an index is stored, partitions, comments, how a column is
 * computed, whether a list is required, how an id is generated, and whether a unique index is a constraint.
 */
const SHAPE = `
  WITH ours AS (SELECT c.oid, c.relname AS name FROM pg_class AS c WHERE ${TABLES} AND c.relname <> '_prisma_migrations')
  SELECT concat_ws(' ', 'column', t.name || '.' || a.attname, format_type(a.atttypid, a.atttypmod),
           CASE WHEN a.attnotnull AND y.typcategory <> 'A' THEN 'required' END,
           CASE WHEN a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%' THEN 'generated'
                WHEN a.attgenerated <> '' THEN NULL
                WHEN d.adbin IS NOT NULL AND y.typcategory = 'A' THEN 'with default'
                ELSE 'default ' || pg_get_expr(d.adbin, d.adrelid) END) AS line
    FROM ours AS t JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
         JOIN pg_type AS y ON y.oid = a.atttypid
         LEFT JOIN pg_attrdef AS d ON d.adrelid = t.oid AND d.adnum = a.attnum
  UNION ALL
  SELECT concat_ws(' ', CASE WHEN i.indisprimary THEN 'key' WHEN i.indisunique THEN 'unique' ELSE 'index' END, n.relname,
           'on', t.name, regexp_replace(substring(pg_get_indexdef(i.indexrelid) FROM ' USING .*$'), ' WITH \\(.*\\)$', ''))
    FROM ours AS t JOIN pg_index AS i ON i.indrelid = t.oid AND i.indpred IS NULL JOIN pg_class AS n ON n.oid = i.indexrelid
  UNION ALL
  SELECT concat_ws(' ', 'reference', o.conname, 'of', t.name, pg_get_constraintdef(o.oid))
    FROM ours AS t JOIN pg_constraint AS o ON o.conrelid = t.oid AND o.contype = 'f'`;
