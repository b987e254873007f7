import { judgeAcknowledgement } from "../domain/acknowledgement.js";
import type { Clock } from "../lib/clock.js";
import { lockOverdueAcknowledgements, returnToFiring } from "../store/acknowledgement-ends.js";
import { markAllStale } from "../store/living-messages.js";
import { type Database, inTransaction } from "../store/prisma.js";

/** Moves alerts back to firing for which an acknowledgement's time is over: their repeats go on. How many. */
export function endAcknowledgementsInTime({ db, clock }: { db: Database; clock: Clock }): Promise<number> {
  const now = clock();
  return inTransaction(db, async (tx) => {
    const overdue = await lockOverdueAcknowledgements(tx, now);
    const ended = overdue.flatMap(({ id, acknowledgement, alert }) => {
      const verdict = judgeAcknowledgement(acknowledgement, alert, now);
      return verdict.kind === "ends" ? [{ id, because: verdict.because }] : [];
    });
    if (ended.length > 0) await markAllStale(tx, now);
    return returnToFiring(tx, ended, now);
  });
}
