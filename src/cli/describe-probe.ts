import { ATTRIBUTE_SLOTS } from "../domain/snapshot.js";
import type { ProbedServer } from "../polarity/client.js";

/** What a server showed, in lines for people; not `ok` when a configured attribute name occurs in no error. */
export function describeProbe(probed: ProbedServer): { ok: boolean; notes: string[] } {
  const found = ATTRIBUTE_SLOTS.flatMap((slot) => (probed.names[slot] === null ? [] : `${slot}=${probed.names[slot]}`));
  const missing = ATTRIBUTE_SLOTS.filter((slot) => probed.names[slot] === null);
  const notes = [
    `${probed.integrations} integrations, ${probed.integrationsRunning} running; ${probed.errors} errors`,
    probed.openapi.kind === "served"
      ? "it describes its API at /api/openapi"
      : `no API description: ${probed.openapi.detail}`,
  ];
  if (probed.errors > 0) {
    notes.push(`attribute names: ${found.join(", ")}`);
    if (missing.length > 0) notes.push(`not found: ${missing.join(", ")}`);
  }
  if (probed.unplaced.length > 0) notes.push(`kept, but of no known meaning: ${probed.unplaced.join(", ")}`);
  if (probed.visibility === "unproved") {
    notes.push(
      "visibility unproved: it shows these credentials no error. Either there is none, or they lack the right:",
    );
    notes.push("the account has to be a Polarity administrator, or a manager of the integrations");
  }
  for (const slot of probed.configuredMissing) {
    notes.push(`the configured name of ${slot} occurs in no error: look at "attributes" of this server`);
  }
  return { ok: probed.configuredMissing.length === 0, notes };
}
