import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import type { MigrationList, SchemaEngine, SchemaFilter } from "@prisma/schema-engine-wasm";
import { Pool } from "pg";
import { connectionSettings } from "./connection.js";
import type { MigrationFile } from "./migration-files.js";

const ENGINE = "@prisma/schema-engine-wasm/schema_engine_bg";

/** Tables and enums that the engine is to leave out of account: none. */
export const NO_FILTERS: SchemaFilter = { externalTables: [], externalEnums: [] };

/** Sees each script on its way to the database, and the error that it ended with. */
type ScriptObserver = { onBegin(script: string): void; onFailure(script: string, error: unknown): void };

const UNOBSERVED: ScriptObserver = { onBegin: () => {}, onFailure: () => {} };

/**
 * Runs the work with Prisma's schema engine on one connection of its own, and closes both. A script reaches Postgres in
 * one piece, so that it takes effect whole or not at all, unless it is a single statement that cannot do that.
 */
export async function withSchemaEngine<T>(
  databaseUrl: string,
  work: (engine: SchemaEngine) => Promise<T>,
  observer: ScriptObserver = UNOBSERVED,
): Promise<T> {
  const { SchemaEngine: Engine } = await loadEngine();
  // One connection, for the engine takes a session's lock; no limits, for an index of a large table takes its time.
  const settings = connectionSettings(databaseUrl, { statement_timeout: 0, lock_timeout: 0 });
  const pool = new Pool({ ...settings, max: 1, idleTimeoutMillis: 0 });
  const factory = new PrismaPg(pool);
  const inOnePiece: SqlMigrationAwareDriverAdapterFactory = {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => sendingScriptsWhole(await factory.connect(), observer),
    connectToShadowDb: async () => sendingScriptsWhole(await factory.connectToShadowDb(), observer),
  };
  const bound = bindMigrationAwareSqlAdapterFactory(inOnePiece);
  try {
    const engine = await Engine.new({ datamodels: undefined }, () => {}, bound);
    const result = await work(engine);
    engine.free(); // not after a failure, for freeing an engine that panicked throws and hides why
    return result;
  } finally {
    await pool.end();
  }
}

/** The migrations as the engine wants them. */
export function migrationList(baseDir: string, files: readonly MigrationFile[]): MigrationList {
  return {
    baseDir,
    lockfile: { path: "migration_lock.toml", content: 'provider = "postgresql"\n' },
    shadowDbInitScript: "",
    migrationDirectories: files.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: "migration.sql", content: { tag: "ok", value: sql } },
    })),
  };
}

/**
 * The adapter's own `executeScript` cuts a script at each semicolon, also inside of functions, strings and comments,
 * and runs the pieces apart. Without parameters its `executeRaw` uses Postgres' simple protocol: one implicit
 * transaction around the script, and none around a statement that stands alone and forbids it.
 */
function sendingScriptsWhole(adapter: SqlDriverAdapter, observer: ScriptObserver): SqlDriverAdapter {
  adapter.executeScript = async (script) => {
    observer.onBegin(script);
    try {
      await adapter.executeRaw({ sql: script, args: [], argTypes: [] });
    } catch (error) {
      observer.onFailure(script, error);
      throw error;
    }
  };
  return adapter;
}

/** What of this global is used here; its whole type comes only with those of a browser. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

type EngineModule = typeof import("@prisma/schema-engine-wasm/schema_engine_bg");
let loading: Promise<EngineModule> | undefined;

/** Loaded once a process, as a module is: its glue code holds one instance, which a second load would pull away. */
function loadEngine(): Promise<EngineModule> {
  loading ??= instantiateEngine();
  return loading;
}

async function instantiateEngine(): Promise<EngineModule> {
  const glue = await import("@prisma/schema-engine-wasm/schema_engine_bg");
  const file = createRequire(import.meta.url).resolve(ENGINE);
  const bytes = await readFile(path.join(path.dirname(file), "schema_engine_bg.wasm"));
  const imports = Object.entries(glue).map(([name, value]) =>
    name.startsWith("__wbg_setTimeout_") ? [name, setUnheldTimeout] : [name, value],
  );
  const { instance } = await WebAssembly.instantiate(bytes, { "./schema_engine_bg.js": Object.fromEntries(imports) });
  glue.__wbg_set_wasm(instance.exports);
  const start = instance.exports.__wbindgen_start;
  if (typeof start !== "function") throw new Error("Prisma's schema engine has no entry point");
  start();
  return glue;
}

/** The engine's timer for its own lock runs on for ten seconds after it got it: the process need not wait for that. */
function setUnheldTimeout(callback: () => void, delayMs: number): NodeJS.Timeout {
  return setTimeout(callback, delayMs).unref();
}
