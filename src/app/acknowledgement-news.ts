import { findAcknowledgementNews } from "../store/acknowledgement-news.js";
import { oweTransitions } from "../store/outbox.js";
import { inTransaction } from "../store/prisma.js";
import { takeReminderTurn } from "../store/reminders.js";
import type { RemindDeps } from "./remind.js";

/** What was taken on longer ago is no news. */
const NEWS_MS_MAX = 86_400_000;

/**
 * Owes it to the destinations that want to hear of it that somebody has taken on, or given back, an alert that they were
 * told of. Of several sweeps at once one does it. How many times it was owed.
 */
export function oweAcknowledgementNews({ db, clock, telling }: RemindDeps): Promise<number> {
  const now = clock();
  const hearing = telling().hearAcknowledgements;
  if (hearing.length === 0) return Promise.resolve(0);
  return inTransaction(db, async (tx) => {
    if (!(await takeReminderTurn(tx))) return 0;
    const news = await findAcknowledgementNews(tx, hearing, new Date(now.getTime() - NEWS_MS_MAX));
    for (const serverId of new Set(news.map((one) => one.serverId))) {
      const owed = news
        .filter((one) => one.serverId === serverId)
        .map(({ serverId: _server, ...one }) => ({ ...one, groupWaitMs: 0, groupIntervalMs: 0 }));
      await oweTransitions(tx, { serverId, pollId: null, at: now }, owed);
    }
    return news.length;
  });
}
