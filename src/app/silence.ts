import type { Origin } from "../domain/audit.js";
import { formatMatcher, type Matcher, matchesAll } from "../domain/matcher.js";
import { oneLine } from "../domain/plain-text.js";
import { type NewSilence, type SilenceId, type SilenceProblem, silenceProblems } from "../domain/silence.js";
import { type HiddenCounts, previewSilence } from "../domain/silence-report.js";
import type { Clock } from "../lib/clock.js";
import { insertAuditEntry } from "../store/audit.js";
import { rowIdOf } from "../store/history/row-id.js";
import { type FiringRow, findFirings, findSilence } from "../store/history/silences.js";
import { markAllStale } from "../store/living-messages.js";
import { type Database, type Db, inTransaction } from "../store/prisma.js";
import { endSilence, insertSilence } from "../store/silences.js";

export type SilenceDeps = { db: Database; clock: Clock };

export type AddedSilence =
  | { kind: "added"; id: SilenceId }
  | { kind: "refused"; problems: readonly [SilenceProblem, ...SilenceProblem[]] };

/** Adds a silence, or tells everything that is wrong with it. Author and reason are kept as one line each. */
export function addSilence({ db, clock }: SilenceDeps, silence: NewSilence, origin: Origin): Promise<AddedSilence> {
  return inTransaction(db, (tx) => addSilenceWithin(tx, silence, origin, clock()));
}

/** The same as a part of the caller's transaction. */
export async function addSilenceWithin(tx: Db, silence: NewSilence, origin: Origin, at: Date): Promise<AddedSilence> {
  const [first, ...rest] = silenceProblems(silence, at);
  if (first !== undefined) return { kind: "refused", problems: [first, ...rest] };
  const cleaned = { ...silence, author: oneLine(silence.author), reason: oneLine(silence.reason) };
  const id = await insertSilence(tx, cleaned, at);
  const { matchers, startsAt, endsAt, reason } = cleaned;
  await insertAuditEntry(tx, {
    at,
    origin,
    actor: cleaned.author,
    action: "silence",
    subject: { kind: "silence", id },
    detail: { matchers: matchers.map(formatMatcher), startsAt, endsAt, reason },
  });
  await markAllStale(tx, at);
  return { kind: "added", id };
}

export type ExpiredSilence =
  | { kind: "expired" }
  /** `because`: one sentence for whoever asked. */
  | { kind: "refused"; reason: "unknown" | "over"; because: string };

/** Ends a silence now, whether it has begun or not. What it hides is told again by whoever looks after silences. */
export async function expireSilence(
  { db, clock }: SilenceDeps,
  { id, author, origin }: { id: string; author: string; origin: Origin },
): Promise<ExpiredSilence> {
  const at = clock();
  const silenceId = rowIdOf(id) as SilenceId | null;
  const isEnded =
    silenceId !== null &&
    (await inTransaction(db, async (tx) => {
      const actor = oneLine(author);
      if (!(await endSilence(tx, silenceId, `${actor} ended it`, at))) return false;
      const subject = { kind: "silence", id: silenceId } as const;
      await insertAuditEntry(tx, { at, origin, actor, action: "expire_silence", subject, detail: {} });
      await markAllStale(tx, at);
      return true;
    }));
  if (isEnded) return { kind: "expired" };
  const silence = await findSilence(db, id, at);
  if (silence === null) return { kind: "refused", reason: "unknown", because: `There is no silence ${id}.` };
  const why = silence.endedBecause ?? "its time is over";
  return { kind: "refused", reason: "over", because: `Silence ${id} has ended already: ${why}.` };
}

export type PreviewedSilence = HiddenCounts & { hidden: readonly FiringRow[] };

const FIRINGS_AT_ONCE = 1000;

/**
 * What a silence with these matchers would have hidden from `fromAt` up to `toAt`: every time that an alert began to fire,
 * by the labels on record for it, the oldest first. Nothing is stored.
 */
export async function previewOverPast(
  db: Db,
  matchers: readonly Matcher[],
  span: { fromAt: Date; toAt: Date },
): Promise<PreviewedSilence> {
  const matching: FiringRow[] = [];
  for (let after = 0n; ; ) {
    const rows = await findFirings(db, span, { size: FIRINGS_AT_ONCE, after });
    matching.push(...rows.filter(({ labels }) => matchesAll(matchers, labels)));
    const last = rows.at(-1);
    if (last === undefined || rows.length < FIRINGS_AT_ONCE) break;
    after = last.transitionId;
  }
  return previewSilence(matchers, matching, span.fromAt, span.toAt);
}
