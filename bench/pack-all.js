// Packs a past that was made at once, as it would have been packed while it came.
import { retain } from "../dist/src/app/retention.js";
import { DEFAULT_RETENTION } from "../dist/src/domain/retention.js";

const DAY_MS = 86_400_000;
/** A month is over and old enough by then. */
const OF_AGE_MS = 100 * DAY_MS;
const LIMITS = { rowsMax: 5_000, stepsMax: 10_000 };
const policy = () => ({ ...DEFAULT_RETENTION, observations: null, polls: null });

/** Month by month, as they come of age: in the time between two, Postgres has cleared up behind the first. */
export async function packAll(db, since, until) {
  let [packedObservations, elapsedMs] = [0, 0];
  for (let at = since.getTime(); at < until.getTime() + OF_AGE_MS; at += 7 * DAY_MS) {
    const clock = () => new Date(at);
    const startedAt = performance.now();
    const summary = await retain({ db, clock, policy, limits: LIMITS });
    packedObservations += summary.packedObservations;
    elapsedMs += performance.now() - startedAt;
    await db.$executeRaw`VACUUM (ANALYZE) observation_pack`;
  }
  return { packedObservations, elapsedMs };
}
