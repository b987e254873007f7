import { readFile, writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { alteredDatabaseTest } from "../support/database.js";
import { dumpSchema } from "../support/dump-schema.js";

const FILE = new URL("../../prisma/schema.sql", import.meta.url);

/** So that every migration shows its effect in review. */
alteredDatabaseTest("prisma/schema.sql is what the migrations make of an empty database", async ({ databaseUrl }) => {
  const dump = await dumpSchema(databaseUrl);
  if (process.env.UPDATE_SCHEMA_DUMP === "1") await writeFile(FILE, dump);
  const committed = await readFile(FILE, "utf8").catch(() => "");
  expect(committed, "prisma/schema.sql is out of date; refresh it with: npm run schema:dump").toBe(dump);
});

alteredDatabaseTest("monthly partitions leave the dump of the schema as it is", async ({ db, databaseUrl }) => {
  const before = await dumpSchema(databaseUrl);
  await db.$queryRaw`SELECT ensure_month_partitions('2026-03-02T08:00:00Z')`;
  expect(await dumpSchema(databaseUrl)).toBe(before);
});

alteredDatabaseTest("whatever a migration can add shows in the dump", async ({ db, databaseUrl }) => {
  const before = await dumpSchema(databaseUrl);
  await db.$executeRaw`CREATE TYPE coat AS ENUM ('plain', 'striped')`;
  await db.$executeRaw`CREATE SEQUENCE herd`;
  await db.$executeRaw`CREATE TABLE zebra (id int PRIMARY KEY, stripes int DEFAULT 7 CHECK (stripes > 1))`;
  await db.$executeRaw`CREATE INDEX zebra_striped ON zebra (stripes) WHERE stripes > 9`;
  await db.$executeRaw`COMMENT ON COLUMN zebra.stripes IS 'Black ones; it''s a count'`;
  await db.$executeRaw`CREATE VIEW zebra_view AS SELECT 1 AS one`;
  await db.$executeRaw`CREATE FUNCTION graze() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`;
  await db.$executeRaw`COMMENT ON FUNCTION graze() IS 'All day'`;
  await db.$executeRaw`CREATE TRIGGER zebra_grazes BEFORE INSERT ON zebra FOR EACH ROW EXECUTE FUNCTION graze()`;
  const known = new Set(before.split("\n"));
  const added = (await dumpSchema(databaseUrl)).split("\n").filter((line) => !known.has(line));
  expect(added).toEqual([
    "CREATE TYPE coat AS ENUM ('plain', 'striped');",
    "CREATE SEQUENCE herd AS bigint START 1 INCREMENT 1;",
    "CREATE TABLE zebra (",
    "  id integer NOT NULL,",
    "  stripes integer DEFAULT 7,",
    "  CONSTRAINT zebra_pkey PRIMARY KEY (id),",
    "  CONSTRAINT zebra_stripes_check CHECK ((stripes > 1))",
    "CREATE INDEX zebra_striped ON zebra USING btree (stripes) WHERE (stripes > 9);",
    "CREATE TRIGGER zebra_grazes BEFORE INSERT ON zebra FOR EACH ROW EXECUTE FUNCTION graze();",
    "COMMENT ON COLUMN zebra.stripes IS 'Black ones; it''s a count';",
    "CREATE VIEW zebra_view AS",
    " SELECT 1 AS one;",
    "CREATE OR REPLACE FUNCTION public.graze()",
    " RETURNS trigger",
    "AS $function$BEGIN RETURN NEW; END$function$;",
    "COMMENT ON FUNCTION graze() IS 'All day';",
  ]);
});
