import { type Cause, classifyCause } from "./cause.js";
import { scrapsOf } from "./evidence.js";
import { bodyOf, headlineOf } from "./headline.js";
import type { ErrorText } from "./snapshot.js";

/** What is stored of the text of an error: the text itself, and what we make of it. */
export type Wording = ErrorText & { headline: string; body: string; cause: Cause; causeBecause: string };

/** Equal texts give equal wordings. */
export function wordingOf(error: ErrorText): Wording {
  const { title, shortText, longText, httpStatus, meta, rest } = error;
  const scraps = scrapsOf(error);
  const { cause, because } = classifyCause(error, scraps);
  return {
    title,
    shortText,
    longText,
    httpStatus,
    meta,
    rest,
    headline: headlineOf(error, scraps),
    body: bodyOf(error, scraps),
    cause,
    causeBecause: because,
  };
}
