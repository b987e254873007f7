import type { AlertId, ErrorId } from "./ids.js";

/** What one error did in a window, and in the one before it. */
export type ErrorMoves = {
  readonly errorId: ErrorId;
  readonly added: number;
  readonly addedBefore: number;
  readonly isNew: boolean;
  readonly isReturned: boolean;
  readonly wasNewBefore: boolean;
  readonly wasReturnedBefore: boolean;
};

export type ErrorTotals = {
  readonly new: number;
  readonly returned: number;
  readonly grown: number;
  readonly added: number;
};

/** An alert that ended in a window. */
export type EndedAlert = {
  readonly alertId: AlertId;
  /** What it was about, the same for every alert about that. */
  readonly subject: string;
  /** Null when it was not about an error. */
  readonly errorId: ErrorId | null;
  readonly endedAt: Date;
  /** Whether its error was still on the server's list when the window ended; false for any other subject. */
  readonly isPresent: boolean;
  /** Whether its error grew after the alert had ended. */
  readonly hasGrownSince: boolean;
  /** Whether another alert about the same was open when the window ended. */
  readonly isOpenAgain: boolean;
};

/** How an error that had alerts ended: it is still there but has stopped growing, or it is gone. */
export const ENDINGS = ["calmed", "resolved"] as const;
export type Ending = (typeof ENDINGS)[number];

export type SortedMoves = {
  /** New or back, the most added first, with how it ended where it has already. */
  readonly new: readonly (ErrorMoves & { readonly ending: Ending | null })[];
  /** Grown and not ended, the most added first. */
  readonly growing: readonly ErrorMoves[];
  /** The latest first. */
  readonly calmed: readonly EndedAlert[];
  /** The latest first; integrations that run again and servers that can be read again are among them. */
  readonly resolved: readonly EndedAlert[];
  readonly now: ErrorTotals;
  readonly before: ErrorTotals;
};

/**
 * Every error that did anything in the window in one section, and the sums of both windows. What fires again, or has
 * grown after its alert ended, has not ended.
 */
export function sortMoves(moves: readonly ErrorMoves[], ended: readonly EndedAlert[]): SortedMoves {
  const endings = endingsOf(ended);
  const endingOf = new Map<ErrorId | null, Ending>(endings.map(({ alert, ending }) => [alert.errorId, ending]));
  const [arrived, growing]: [SortedMoves["new"][number][], ErrorMoves[]] = [[], []];
  const now = { new: 0, returned: 0, grown: 0, added: 0 };
  const before = { new: 0, returned: 0, grown: 0, added: 0 };
  for (const move of moves) {
    if (move.isNew) now.new++;
    else if (move.isReturned) now.returned++;
    else if (move.added > 0) now.grown++;
    if (move.wasNewBefore) before.new++;
    else if (move.wasReturnedBefore) before.returned++;
    else if (move.addedBefore > 0) before.grown++;
    now.added += move.added;
    before.added += move.addedBefore;
    const ending = endingOf.get(move.errorId) ?? null;
    if (move.isNew || move.isReturned) arrived.push({ ...move, ending });
    else if (move.added > 0 && ending === null) growing.push(move);
  }
  const arrivedIds = new Set<ErrorId | null>(arrived.map(({ errorId }) => errorId));
  const others = endings.filter(({ alert }) => alert.errorId === null || !arrivedIds.has(alert.errorId));
  const of = (wanted: Ending) => others.filter(({ ending }) => ending === wanted).map(({ alert }) => alert);
  const mostAdded = (a: ErrorMoves, b: ErrorMoves) => b.added - a.added || (a.errorId < b.errorId ? -1 : 1);
  return {
    new: arrived.sort(mostAdded),
    growing: growing.sort(mostAdded),
    calmed: of("calmed"),
    resolved: of("resolved"),
    now,
    before,
  };
}

/** Each subject once, with its latest alert, the latest first. */
function endingsOf(ended: readonly EndedAlert[]): { alert: EndedAlert; ending: Ending }[] {
  const latest = new Map<string, EndedAlert>();
  for (const one of ended) {
    const other = latest.get(one.subject);
    if (other === undefined || isLater(one, other)) latest.set(one.subject, one);
  }
  return [...latest.values()]
    .filter(({ isOpenAgain, isPresent, hasGrownSince }) => !isOpenAgain && !(isPresent && hasGrownSince))
    .sort((a, b) => (isLater(a, b) ? -1 : 1))
    .map((alert) => ({ alert, ending: alert.isPresent ? "calmed" : "resolved" }));
}

function isLater(a: EndedAlert, b: EndedAlert): boolean {
  return a.endedAt > b.endedAt || (a.endedAt.getTime() === b.endedAt.getTime() && a.alertId > b.alertId);
}
