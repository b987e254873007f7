import { counted } from "../notify/wording.js";
import { type DeadLetters, findDeadLetters, oweNotice } from "../store/dead-letters.js";
import { inTransaction } from "../store/prisma.js";
import type { ReportFacts } from "../store/reminder-facts.js";
import type { RemindDeps } from "./remind.js";

/** What died before that is old news, such as what an older release left behind. */
const NEWS_MS_MAX = 86_400_000;
const NOTICE_EVERY_MS = 3_600_000;
const ABOUT_MAX = 10;

/**
 * Owes it to the fallback of a receiver that messages to one of its destinations could not be delivered: each is told of
 * once, all of an hour together. What has no fallback stays visible in the list of deliveries. How many notices were owed.
 */
export function tellDeadLetters({ db, clock, telling }: RemindDeps): Promise<number> {
  const now = clock();
  const { fallbacks } = telling();
  if (fallbacks.size === 0) return Promise.resolve(0);
  const times = {
    since: new Date(now.getTime() - NEWS_MS_MAX),
    lastToldBefore: new Date(now.getTime() - NOTICE_EVERY_MS),
  };
  return inTransaction(db, async (tx) => {
    const dead = await findDeadLetters(tx, [...fallbacks.keys()], times, ABOUT_MAX);
    let owed = 0;
    for (const letters of dead) {
      const to = fallbacks.get(letters.destination) ?? [];
      if (to.length === 0) continue;
      await oweNotice(tx, letters, to, factsOf(letters), now);
      owed += to.length;
    }
    return owed;
  });
}

function factsOf({ destination, receiver, ids, firstAt, because, about }: DeadLetters): ReportFacts {
  return {
    severity: "critical",
    title: `${counted(ids.length, "message")} could not be delivered`,
    sentences: [
      `${destination} did not get ${ids.length === 1 ? "it" : "them"}: ${because}`,
      `Once it works again, "polarwatch redrive --dead" sends what is still worth telling.`,
    ],
    facts: [
      { label: "Destination", value: destination },
      { label: "Receiver", value: receiver },
      { label: "Since", value: firstAt.toISOString() },
    ],
    heading: "What was not told",
    entries: about.map(({ integration, headline, kind }) => ({ integration, headline, known: [kind] })),
    omittedEntries: ids.length - about.length,
  };
}
