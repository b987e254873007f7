import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { NO_FILTERS, withSchemaEngine } from "../../src/store/schema-engine.js";
import { runOn } from "../support/admin.js";
import { databaseTest } from "../support/database.js";
import { schemaShape } from "../support/schema-shape.js";

/** What Prisma would make of its schema file, were it to create the database. */
async function sqlOfPrismaSchema(databaseUrl: string): Promise<string> {
  const content = await readFile(new URL("../../prisma/schema.prisma", import.meta.url), "utf8");
  const diff = await withSchemaEngine(databaseUrl, (engine) =>
    engine.diff({
      from: { tag: "empty" },
      to: { tag: "schemaDatamodel", files: [{ path: "schema.prisma", content }] },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    }),
  );
  return diff.stdout ?? "";
}

databaseTest(
  "prisma/schema.prisma says of tables, keys and indexes what the migrations make",
  async ({ databaseUrl }) => {
    const migrated = await schemaShape(databaseUrl);
    await runOn(databaseUrl, "DROP SCHEMA public CASCADE");
    await runOn(databaseUrl, await sqlOfPrismaSchema(databaseUrl));
    const described = await schemaShape(databaseUrl);
    expect(described.length).toBeGreaterThan(0);
    expect(described).toEqual(migrated);
  },
);
