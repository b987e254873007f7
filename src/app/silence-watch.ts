import { judgeSilence } from "../domain/silence-end.js";
import type { Clock } from "../lib/clock.js";
import { markAllStale } from "../store/living-messages.js";
import { type Database, inTransaction } from "../store/prisma.js";
import { endSilencesBecause, endSilencesInTime, findSilenceEvidence } from "../store/silence-ends.js";
import { findSilenceReports, lockUnreportedSilences, markReported, oweReports } from "../store/silence-reports.js";
import { findActiveSilences } from "../store/silences.js";

export type SilenceWatchDeps = { db: Database; clock: Clock };

export type SilenceWatchSummary = { silencesEnded: number; silenceReports: number };

/** How many silences are reported in one transaction. */
const REPORTED_MAX = 100;

/**
 * Ends the silences whose time is over or that end by themselves, and owes the report of each that is over, also of those
 * that a person has ended, to every destination that it has hidden something from. Two of these at once report each once.
 */
export async function watchSilences({ db, clock }: SilenceWatchDeps): Promise<SilenceWatchSummary> {
  const now = clock();
  const inTime = await endSilencesInTime(db, now);
  const silences = await findActiveSilences(db, now);
  const mayEnd = silences.filter(({ endsWhen }) =>
    Object.values(endsWhen).some((when) => when !== null && when !== false),
  );
  const evidenceOf = await findSilenceEvidence(
    db,
    mayEnd.map(({ id }) => id),
  );
  const ended = mayEnd.flatMap((silence) => {
    const evidence = evidenceOf.get(silence.id);
    const verdict = evidence === undefined ? null : judgeSilence(silence, evidence, now);
    return verdict?.ends === true ? [{ id: silence.id, because: verdict.because }] : [];
  });
  const byThemselves = await endSilencesBecause(db, ended, now);
  if (inTime + byThemselves > 0) await markAllStale(db, now);
  const silenceReports = await inTransaction(db, async (tx) => {
    const ids = await lockUnreportedSilences(tx, REPORTED_MAX);
    if (ids.length === 0) return 0;
    const reports = await oweReports(tx, await findSilenceReports(tx, ids), now);
    await markReported(tx, ids, now);
    return reports;
  });
  return { silencesEnded: inTime + byThemselves, silenceReports };
}
