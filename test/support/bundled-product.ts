import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { type Plugin, rolldown } from "rolldown";

const DIST = new URL("../../dist/", import.meta.url);
const ENTRY = "product";

export type BundledProduct = {
  /** A program for node that hands what the modules export, and its first argument, to `main`. */
  program: string;
  remove(): Promise<void>;
};

/**
 * The compiled product and all that it needs in one file, with what the compiler made of it beside: a process starts five
 * times as fast as from a thousand files, most of whose start is to load them. `modules` are paths in dist, `main` is
 * the source of an async function, `flags` those of the node that runs it: what the compiler made holds for them only.
 */
export async function bundleProduct(
  modules: readonly string[],
  main: string,
  flags: readonly string[],
): Promise<BundledProduct> {
  const dir = await mkdtemp(join(tmpdir(), "polarwatch-bundle-"));
  const [bundle, program] = [join(dir, "product.cjs"), join(dir, "program.cjs")];
  const entry = modules.map((path) => `export * from ${JSON.stringify(new URL(path, DIST).pathname)};`).join("\n");
  const build = await rolldown({ input: ENTRY, platform: "node", plugins: [fromMemory(entry), whereTheyLie] });
  const { output } = await build.generate({ format: "cjs", codeSplitting: false });
  await build.close();
  await writeFile(bundle, requiringBuiltins(output[0].code));
  await writeFile(program, programOf(bundle, main));
  await promisify(execFile)(process.execPath, [...flags, program], { cwd: fileURLToPath(DIST) });
  return { program, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** What comes from a cache of the compiler cannot import while it runs. */
const requiringBuiltins = (code: string) => code.replace(/\bimport\(("node:\w+")\)/g, "Promise.resolve(require($1))");

/** The module that names all others exists only here. */
const fromMemory = (source: string): Plugin => ({
  name: "from-memory",
  resolveId: (id) => (id === ENTRY ? ENTRY : null),
  load: (id) => (id === ENTRY ? source : null),
});

/** Modules find files beside themselves, and go on to where they came from. */
const whereTheyLie: Plugin = {
  name: "where-they-lie",
  transform: (code, id) =>
    code.includes("import.meta.url")
      ? code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href))
      : null,
};

/** Without an argument it only loads, and writes down what the compiler made. */
function programOf(bundle: string, main: string): string {
  return `
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { createRequire, wrap } = require("node:module");
const { Script } = require("node:vm");
const [bundle, cache] = ${JSON.stringify([bundle, `${bundle}.cache`])};
const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
const script = new Script(wrap(readFileSync(bundle, "utf8")), { filename: bundle, cachedData });
const loaded = { exports: {} };
script.runInThisContext().call(loaded.exports, loaded.exports, createRequire(bundle), loaded, bundle, ${JSON.stringify(fileURLToPath(DIST))});
const main = ${main};
if (process.argv[2] === undefined) writeFileSync(cache, script.createCachedData());
else main(loaded.exports, process.argv[2]);
`;
}
