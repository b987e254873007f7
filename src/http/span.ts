import { badParameter, RequestRefused } from "./problem.js";

export const SPAN_MS_DEFAULT = 7 * 86_400_000;

/** From `since`, and before `until`. */
export type Span = { since: Date; until: Date };

/** The span that a request asks for: up to now, now included, and of seven days, unless it says otherwise. */
export function spanAsked({ since, until }: { since: Date | undefined; until: Date | undefined }, now: Date): Span {
  const end = until ?? new Date(now.getTime() + 1);
  const span = { since: since ?? new Date(Math.max(end.getTime() - SPAN_MS_DEFAULT, 0)), until: end };
  if (span.since < span.until) return span;
  throw new RequestRefused([badParameter("filter[since]", "Must lie before the end of the span")]);
}
