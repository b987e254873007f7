import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import * as z from "zod";
import { codeOf, EmbeddedPostgresError } from "./embedded-postgres-error.js";
import { isInside } from "./place.js";
import { isAlive, processMark } from "./process-mark.js";
import { replacePrivateFile } from "./write-private-file.js";

const access = z.object({ password: z.string().min(1), clusterDir: z.string().min(1) });

/** What is needed to reach a cluster: its password, and the absolute path where it lies. Written once, when it is made. */
export type Access = z.infer<typeof access>;

const user = z.object({ id: z.string(), process: processMark });
const runRecord = z.object({
  dataDir: z.string(),
  server: z.nullable(z.object({ process: processMark, port: z.int() })),
  serving: z.nullable(user),
  borrowing: z.array(user),
});

/** One opening of the database by one process. */
export type User = z.infer<typeof user>;

/** Which server runs on a data directory, and who uses it. Changed only under the directory's lock. */
export type RunRecord = z.infer<typeof runRecord>;

/** The file that holds the password, for messages that have to name it. */
export const accessFileOf = (dataDir: string): string => join(dataDir, "postgres.json");
const runFileOf = (dataDir: string): string => join(dataDir, "postgres-run.json");

/** Null when no cluster was made for this directory. */
export async function findAccess(dataDir: string): Promise<Access | null> {
  const path = accessFileOf(dataDir);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
  const parsed = access.safeParse(parseJson(text));
  if (parsed.success) return { ...parsed.data, clusterDir: resolve(dataDir, parsed.data.clusterDir) };
  throw new EmbeddedPostgresError(
    "failed-to-start",
    `${path} holds the password of the embedded database, but it is damaged. ` +
      `Restore it from a backup, or move ${dataDir} away to begin with an empty database.`,
  );
}

/** On disk before it returns. A cluster inside the data directory is written down relative to it, so that both can be moved. */
export async function storeAccess(dataDir: string, { password, clusterDir }: Access): Promise<void> {
  const portable = isInside(dataDir, clusterDir) ? relative(dataDir, clusterDir) : clusterDir;
  await replacePrivateFile(accessFileOf(dataDir), JSON.stringify({ password, clusterDir: portable }), true);
}

/**
 * The record without those who died. Empty when there is none, when it came here with a copy of another directory, and
 * when it is damaged: it is replaced in one step, so only a power cut can do that, and nobody lives through one.
 */
export async function readRunRecord(dataDir: string): Promise<RunRecord> {
  try {
    return livingIn(dataDir, await readFile(runFileOf(dataDir), "utf8"));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return livingIn(dataDir, "");
    throw error;
  }
}

/** The same for an exit hook, which may neither wait nor throw; null when there is nothing to be read any more. */
export function readRunRecordSync(dataDir: string): RunRecord | null {
  try {
    return livingIn(dataDir, readFileSync(runFileOf(dataDir), "utf8"));
  } catch {
    return null;
  }
}

export async function storeRunRecord(dataDir: string, record: Omit<RunRecord, "dataDir">): Promise<void> {
  await replacePrivateFile(runFileOf(dataDir), JSON.stringify({ dataDir, ...record }));
}

function livingIn(dataDir: string, text: string): RunRecord {
  const { success, data } = runRecord.safeParse(parseJson(text));
  if (!success || data.dataDir !== dataDir) return { dataDir, server: null, serving: null, borrowing: [] };
  return {
    ...data,
    serving: data.serving !== null && isAlive(data.serving.process) ? data.serving : null,
    borrowing: data.borrowing.filter(({ process }) => isAlive(process)),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
