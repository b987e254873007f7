import { randomUUID } from "node:crypto";
import { access, chmod, constants, cp, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";
import { codeOf, EmbeddedPostgresError } from "./embedded-postgres-error.js";
import { makeSystemDir } from "./place.js";
import { type RunAs, runProgram } from "./run-program.js";

/** Postgres' programs, proved to run for the user who will run them. `version` is the package's own, as `18.4.0-beta.17`. */
export type Binaries = { initdb: string; postgres: string; version: string; major: number };

const platformEntry = z.object({ initdb: z.string(), postgres: z.string() });
const packageJson = z.object({ version: z.string() });
const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Where the package has its programs, whether or not they run. They are found through the package of this platform:
 * the main module of `embedded-postgres` takes over the handling of SIGINT and SIGTERM as soon as it is imported.
 */
async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const entry = resolvePlatformPackage(platform);
  if (entry === null) throw noBinaries(`There is no embedded Postgres for ${platform}, or npm has left it out.`);
  const { initdb, postgres } = platformEntry.parse(await import(pathToFileURL(entry).href));
  const { version } = packageJson.parse(JSON.parse(await readFile(join(dirname(entry), "..", "package.json"), "utf8")));
  return { initdb, postgres, version, major: Number.parseInt(version, 10) };
}

/**
 * The programs, mended where npm left them unfinished, and proved to run. Root, whose packages may lie where an
 * ordinary user cannot go, gets a copy in a place open to all, made once for each version.
 */
export async function provideBinaries(runAs: RunAs | null): Promise<Binaries> {
  const packaged = await findBinaries();
  const nativeDir = nativeDirOf(packaged);
  await mend(nativeDir).catch(() => undefined); // no right to, or nothing to mend: the proof tells
  const problem = await findProblem(packaged, runAs);
  if (problem === null) return packaged;
  if (runAs === null) throw noBinaries(problem);

  const copyDir = join(await makeSystemDir(), `postgres-${packaged.version}`);
  const inCopy = (path: string) => join(copyDir, relative(nativeDir, path));
  const copied = { ...packaged, initdb: inCopy(packaged.initdb), postgres: inCopy(packaged.postgres) };
  if ((await findProblem(copied, runAs)) === null) return copied;
  const draftDir = `${copyDir}.new-${randomUUID()}`;
  try {
    await copyOpenToAll(nativeDir, draftDir);
    await takePlace(draftDir, copyDir, async () => (await findProblem(copied, runAs)) === null);
  } finally {
    await rm(draftDir, { recursive: true, force: true });
  }
  const problemOfCopy = await findProblem(copied, runAs);
  if (problemOfCopy !== null) throw noBinaries(problemOfCopy);
  return copied;
}

function resolvePlatformPackage(platform: string): string | null {
  try {
    const here = createRequire(import.meta.url);
    return createRequire(here.resolve("embedded-postgres")).resolve(`@embedded-postgres/${platform}`);
  } catch (error) {
    if (["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(codeOf(error) ?? "")) return null;
    throw error;
  }
}

const nativeDirOf = (binaries: Binaries): string => dirname(dirname(binaries.postgres));

/** What keeps the server from running here, in one sentence; null when it runs. Loading it proves its libraries too. */
async function findProblem(binaries: Binaries, runAs: RunAs | null): Promise<string | null> {
  for (const program of [binaries.postgres, binaries.initdb]) {
    const run = await runProgram(program, ["--version"], runAs);
    if (run.kind === "not-started") return `${program} cannot be run on this system (${run.error.message}).`;
    if (run.exitCode !== 0) return `${program} does not run on this system (${run.output.trim() || "it was killed"}).`;
  }
  return null;
}

function noBinaries(problem: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    "no-binaries",
    `${problem} Install again with \`npm ci\`, or set DATABASE_URL to a Postgres server (15 or later) of your own.`,
  );
}

/** Does what the package's install script would have done, which npm may have been told not to run. */
async function mend(nativeDir: string): Promise<void> {
  for (const name of ["postgres", "initdb"]) {
    const program = join(nativeDir, "bin", name);
    const { mode } = await stat(program);
    if ((mode & 0o111) !== 0o111) await chmod(program, mode | 0o555);
  }
  const list = symlinkList.parse(JSON.parse(await readFile(join(nativeDir, "pg-symlinks.json"), "utf8")));
  for (const { source, target } of list) {
    const path = join(nativeDir, relative("native", target));
    if (await exists(path)) continue;
    await symlink(relative(dirname(target), source), path).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error; // another process mends too
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

async function copyOpenToAll(fromDir: string, toDir: string): Promise<void> {
  await cp(fromDir, toDir, { recursive: true, verbatimSymlinks: true });
  await chmod(toDir, 0o755);
  for (const entry of await readdir(toDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
  await mend(toDir).catch(() => undefined); // a package without a list of links needs none
}

/** Renames, so that a copy is whole or absent; one that another process has put there meanwhile stays if it is good. */
async function takePlace(draftDir: string, dir: string, isGood: () => Promise<boolean>): Promise<void> {
  try {
    await rename(draftDir, dir);
  } catch (error) {
    if (codeOf(error) !== "ENOTEMPTY" && codeOf(error) !== "EEXIST") throw error;
    if (await isGood()) return;
    await rm(dir, { recursive: true, force: true });
    await rename(draftDir, dir);
  }
}
