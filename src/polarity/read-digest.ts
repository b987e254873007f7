import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { ConfiguredNames } from "./attribute-names.js";
import type { WholeList } from "./pages.js";

/** Raised with every change of the decoder that reads the same bytes differently. */
const DECODER_VERSION = 1;

/** How much was read, and the digest of all that decides what it says. */
export type Summary = { digest: string; bytes: number };

/** To hash more at once would hold up everything else that the process does. */
const HASHED_AT_ONCE = 8 * 1024 * 1024;

/** Of the integrations and errors of a read, by names that were configured. Gives way to other work in between. */
export async function summaryOf(
  integrations: WholeList,
  errorBodies: readonly Buffer[],
  configured: ConfiguredNames,
): Promise<Summary> {
  const names = Object.entries(configured).sort(([one], [other]) => (one < other ? -1 : 1));
  const hash = createHash("sha256").update(JSON.stringify([DECODER_VERSION, names]));
  let bytes = 0;
  for (const bodies of [integrations.bodies, errorBodies]) {
    for (const body of bodies) {
      hash.update(`\n${body.length}\n`);
      for (let from = 0; from < body.length; from += HASHED_AT_ONCE) {
        if (from > 0) await setImmediate();
        hash.update(body.subarray(from, from + HASHED_AT_ONCE));
      }
      bytes += body.length;
    }
    hash.update("\n\n");
  }
  return { digest: hash.digest("hex"), bytes };
}

/** Of bodies, as they are. */
export function digestOf(bodies: readonly Buffer[]): string {
  const hash = createHash("sha256");
  for (const body of bodies) hash.update(`${body.length}\n`).update(body);
  return hash.digest("hex");
}
