import type { DigestNotification } from "../../domain/notification.js";
import { shorten } from "../../domain/plain-text.js";
import {
  digestExtract,
  digestNotes,
  digestSpan,
  digestStanding,
  digestTotals,
  pollingSentences,
} from "../digest-wording.js";
import { capitalized } from "../wording.js";
import { type CardElement, factSet, line, run, smallPrint } from "./card.js";

/** A short report: the sums, the first `shown` of what is worst, and how complete the polling was. */
export function digestElements(digest: DigestNotification, shown: number): CardElement[] {
  const standing = capitalized(digestStanding(digest));
  const totals = digestTotals(digest).map(({ label, now, before }) => ({ label, value: `${now} (before: ${before})` }));
  const lines = digestExtract(digest)
    .slice(0, shown)
    .map(({ word, name, headline, known }) =>
      line(run(`${word}  `, { weight: "Bolder" }), run(`${name}: ${headline} (${shorten(known.join(", "), 100)})`)),
    );
  const [polling = ""] = pollingSentences(digest);
  return [
    ...(standing === "" ? [] : [line(run(standing))]),
    ...[digestSpan(digest), ...digestNotes(digest)].map(smallPrint),
    ...factSet(totals),
    ...lines,
    smallPrint(polling),
  ];
}
