import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";

const manifest = z.object({ name: z.string(), version: z.string() });

/** Where this release is installed, and which one it is, whether it was compiled or not. */
export function findOwnPackage(): { dir: string; version: string } {
  for (let dir = path.dirname(fileURLToPath(import.meta.url)); ; dir = path.dirname(dir)) {
    const file = path.join(dir, "package.json");
    if (existsSync(file)) {
      const { name, version } = manifest.partial().parse(JSON.parse(readFileSync(file, "utf8")));
      if (name === "polarwatch" && version !== undefined) return { dir, version };
    }
    if (dir === path.dirname(dir)) throw new Error("The package polarwatch is not complete: no package.json found");
  }
}
