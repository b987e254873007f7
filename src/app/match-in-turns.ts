import { setImmediate } from "node:timers/promises";
import { type KnownError, type Matching, matchErrors, type SeenError } from "../domain/identity.js";

/** To match many more at once would hold up everything else that the process does. */
const ERRORS_AT_ONCE = 10_000;

/**
 * What `matchErrors` says of these errors, in another order. Since it never looks beyond one integration, it is asked
 * integration by integration, and other work gets its turn in between.
 */
export async function matchInTurns<Seen extends SeenError>(
  known: readonly KnownError[],
  seen: readonly Seen[],
  errorsAtOnce = ERRORS_AT_ONCE,
): Promise<Matching<Seen>> {
  if (known.length + seen.length <= errorsAtOnce) return matchErrors(known, seen);
  const same: { known: KnownError; seen: Seen }[] = [];
  const fresh: Seen[] = [];
  const missing: KnownError[] = [];
  const parts = byIntegration(known, seen);
  let matched = errorsAtOnce;
  for (const part of parts) {
    if (matched >= errorsAtOnce) {
      matched = 0;
      await setImmediate();
    }
    const matching = matchErrors(part.known, part.seen);
    for (const pair of matching.same) same.push(pair);
    for (const error of matching.fresh) fresh.push(error);
    for (const error of matching.missing) missing.push(error);
    matched += part.known.length + part.seen.length;
  }
  await setImmediate();
  return { same, fresh, missing };
}

function byIntegration<Seen extends SeenError>(known: readonly KnownError[], seen: readonly Seen[]) {
  const parts = new Map<string, { known: KnownError[]; seen: Seen[] }>();
  const partOf = (integration: string) => {
    const part = parts.get(integration) ?? { known: [], seen: [] };
    parts.set(integration, part);
    return part;
  };
  for (const error of known) partOf(error.integrationPolarityId).known.push(error);
  for (const error of seen) partOf(error.read.integrationPolarityId).seen.push(error);
  return parts.values();
}
