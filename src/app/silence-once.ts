import { isDeepStrictEqual } from "node:util";
import type { Origin } from "../domain/audit.js";
import { formatMatcher } from "../domain/matcher.js";
import type { NewSilence, SilenceId, SilenceProblem } from "../domain/silence.js";
import { inTransaction } from "../store/prisma.js";
import { findActiveSilences, lockMatchers } from "../store/silences.js";
import { addSilenceWithin, type SilenceDeps } from "./silence.js";

export type AddedOnce =
  | { kind: "added"; id: SilenceId; silence: NewSilence }
  | { kind: "already"; id: SilenceId; silence: NewSilence }
  | { kind: "refused"; problems: readonly [SilenceProblem, ...SilenceProblem[]] };

/** Whoever asks again within this time asks for the same, not for more. */
const SAME_WITHIN_MS = 300_000;

/** Adds a silence, unless an active one hides the same, ends for the same reasons and lasts as long, within minutes. */
export function addSilenceOnce({ db, clock }: SilenceDeps, silence: NewSilence, origin: Origin): Promise<AddedOnce> {
  const matchers = formatted(silence);
  return inTransaction(db, async (tx): Promise<AddedOnce> => {
    await lockMatchers(tx, matchers);
    const at = clock();
    const lastsUntil = silence.endsAt.getTime() - SAME_WITHIN_MS;
    const same = (await findActiveSilences(tx, at)).find(
      (one) =>
        one.endsAt.getTime() >= lastsUntil &&
        isDeepStrictEqual(one.endsWhen, silence.endsWhen) &&
        isDeepStrictEqual(formatted(one), matchers),
    );
    if (same !== undefined) return { kind: "already", id: same.id, silence: same };
    const added = await addSilenceWithin(tx, silence, origin, at);
    return added.kind === "added" ? { ...added, silence } : added;
  });
}

/** Their order means nothing. */
function formatted({ matchers }: Pick<NewSilence, "matchers">): readonly string[] {
  return matchers.map(formatMatcher).sort();
}
