// Gives package-lock.json an entry for every optional package that `npm install` could not look up.
//
// npm leaves such packages out when the registry in use does not hold them (a mirror that keeps
// one platform's builds, say), and `npm ci` then refuses the lockfile everywhere. The name says
// which platform a build is for; without a checksum npm takes the one that the registry gives.

import { readFile, writeFile } from "node:fs/promises";

const LOCKFILE = new URL("../package-lock.json", import.meta.url);

const SYSTEMS = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const PROCESSORS = ["arm64", "arm", "ia32", "ppc64", "riscv64", "s390x", "x64"];

/** The platform that the name of a prebuilt binary's package ends in, in the words of npm's `os`, `cpu` and `libc`. */
function platformOf(name) {
  const words = name.split("/").at(-1).split("-");
  const system = SYSTEMS.find((word) => words.includes(word));
  const processor = PROCESSORS.find((word) => words.includes(word));
  if (!system || !processor) throw new Error(`${name}: its name does not say which platform it is for`);
  const libc = system !== "linux" ? undefined : libcOf(words);
  return { cpu: [processor], ...(libc && { libc: [libc] }), os: [system] };
}

function libcOf(words) {
  if (words.some((word) => word.startsWith("musl"))) return "musl";
  return words.some((word) => word.startsWith("gnu")) ? "glibc" : undefined;
}

/** The optional packages that an entry of the lockfile asks for and that the lockfile does not hold. */
function missingFrom(packages) {
  const held = new Set(Object.keys(packages).map((path) => path.split("node_modules/").at(-1)));
  return Object.values(packages).flatMap((parent) =>
    Object.entries(parent.optionalDependencies ?? {})
      .filter(([name]) => !held.has(name))
      .map(([name, version]) => ({ name, version, parent })),
  );
}

function entryOf({ name, version, parent }) {
  if (!/^\d+\.\d+\.\d+$/.test(version))
    throw new Error(`${name}: ${version} is a range, and only an exact version can be entered`);
  return { version, ...(parent.dev && { dev: true }), optional: true, ...platformOf(name) };
}

const lockfile = JSON.parse(await readFile(LOCKFILE, "utf8"));
const missing = missingFrom(lockfile.packages);
const entries = [
  ...Object.entries(lockfile.packages),
  ...missing.map((item) => [`node_modules/${item.name}`, entryOf(item)]),
].sort(([a], [b]) => a.localeCompare(b, "en"));
await writeFile(LOCKFILE, `${JSON.stringify({ ...lockfile, packages: Object.fromEntries(entries) }, null, 2)}\n`);
console.log(`${missing.length} packages were entered.`);
