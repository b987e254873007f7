import type { ShownError } from "./encode.js";
import type { ErrorTexts } from "./samples.js";
import { nextTurnMs, type Pattern, tallyAt } from "./scenario.js";

/** Occurrences that come by themselves, from a moment in scenario time on. */
export type Stream = { readonly pattern: Pattern; readonly bornAtMs: number };

/** One error of the server and all that decides what is shown of it. */
export type ErrorRecord = {
  id: string;
  readonly integrationId: string;
  texts: ErrorTexts;
  /** Empty for an error that moves by hand only. */
  streams: readonly Stream[];
  /** How much of the streams is not counted: what was there before the counters started again. */
  uncounted: number;
  /** What was added by hand. */
  added: number;
  /** When it last occurred by hand, in milliseconds of the clock; null when never, or when nobody knows. */
  addedAtMs: number | null;
  isCountKnown: boolean;
  /** False while it is cleared and may come back. */
  isListed: boolean;
};

/** What all streams together have come to. Times are in scenario time; `lastAtMs` is null when there are no streams. */
export function streamsAt(record: ErrorRecord, nowMs: number): { occurrences: number; lastAtMs: number | null } {
  let occurrences = 0;
  let lastAtMs: number | null = null;
  for (const { pattern, bornAtMs } of record.streams) {
    if (bornAtMs > nowMs) continue;
    const tally = tallyAt(pattern, Math.floor(nowMs - bornAtMs));
    occurrences += tally.occurrences;
    lastAtMs = Math.max(lastAtMs ?? Number.NEGATIVE_INFINITY, bornAtMs + tally.lastAgeMs);
  }
  return { occurrences, lastAtMs };
}

/** What the server says about it at `nowMs`; `clockMs` turns scenario time into the clock's. */
export function shownAt(record: ErrorRecord, nowMs: number, clockMs: (scenarioMs: number) => number): ShownError {
  const { id, integrationId, texts, addedAtMs } = record;
  const { occurrences, lastAtMs } = streamsAt(record, nowMs);
  const streamedAtMs = lastAtMs === null ? null : clockMs(lastAtMs);
  return {
    id,
    integrationId,
    texts,
    occurrences: record.isCountKnown ? occurrences - record.uncounted + record.added : null,
    lastOccurredAtMs:
      addedAtMs === null || streamedAtMs === null ? (addedAtMs ?? streamedAtMs) : Math.max(addedAtMs, streamedAtMs),
  };
}

/** When it is cleared, or comes back as a new record, the next time; null for never. */
export function nextTurnAtMs({ streams }: ErrorRecord, nowMs: number): number | null {
  const first = streams[0];
  const turnMs = first === undefined ? null : nextTurnMs(first.pattern, Math.floor(nowMs - first.bornAtMs));
  return first === undefined || turnMs === null ? null : first.bornAtMs + turnMs;
}
