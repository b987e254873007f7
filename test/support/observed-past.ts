import type { ErrorId } from "../../src/domain/ids.js";
import type { Observation } from "../../src/domain/observation.js";
import { latestObservationsOf, observationsAt, observationsOf } from "../../src/store/history/observations.js";
import type { Database } from "../../src/store/prisma.js";
import { rowsJson } from "../../src/store/rows.js";
import { PROD } from "./watch.js";

const DAY_MS = 86_400_000;
const STARTS_AT = new Date("2026-01-10T00:00:00Z");

/** Errors of one server with random observations over some months: some many, some few, with gaps, nulls and resets. */
export async function observedPast(db: Database, random: () => number, spec = { errors: 6, days: 100 }) {
  const whole = (below: number) => Math.floor(random() * below);
  await db.$queryRaw`
    SELECT ensure_month_partitions(day) FROM generate_series(${STARTS_AT}::timestamptz, '2026-06-01', '15 days') AS day`;
  await db.$executeRaw`
    INSERT INTO server (id, url, interval_ms, created_at, credentials_digest)
    VALUES (${PROD}, 'https://polarity.example.com', 60000, ${STARTS_AT}, 'd')`;
  await db.$executeRaw`
    INSERT INTO integration (server_id, polarity_id, name, acronym, status, present, first_seen_at, observed_at)
    VALUES (${PROD}, 'vt', 'VirusTotal', 'VT', 'running', true, ${STARTS_AT}, ${STARTS_AT})`;
  const observations: Observation[] = [];
  for (let error = 1; error <= spec.errors; error += 1) {
    let atMs = STARTS_AT.getTime() + whole(spec.days * DAY_MS);
    const first = new Date(atMs);
    await db.$executeRaw`
      INSERT INTO error (server_id, integration_id, polarity_id, fingerprint, present, headline, cause, first_seen_at,
                         observed_at)
      SELECT ${PROD}, id, ${`e${error}`}, ${`f${error}`}, true, 'It failed', 'other', ${first}, ${first}
        FROM integration`;
    const everyMs = [20_000, 3_600_000, DAY_MS, 30 * DAY_MS][error % 4] ?? DAY_MS;
    for (let count = 1 + whole(error % 4 === 0 ? 500 : 40); count > 0; count -= 1) {
      observations.push({
        errorId: BigInt(error) as ErrorId,
        observedAt: new Date(atMs),
        snapshotId: BigInt(1 + whole(1e9)) as Observation["snapshotId"],
        textId: BigInt(1 + whole(3)),
        occurrences: whole(5) === 0 ? null : whole(2) === 0 ? count : whole(1e12),
        lastOccurredAt: whole(4) === 0 ? null : new Date(atMs - whole(2 * everyMs)),
        present: whole(4) > 0,
      });
      atMs += 1 + whole(2 * everyMs);
    }
  }
  const kept = observations.filter(({ observedAt }) => observedAt < new Date("2026-06-01T00:00:00Z"));
  const rows = rowsJson(
    kept.map((one) => ({
      error_id: one.errorId,
      observed_at: one.observedAt,
      snapshot_id: one.snapshotId,
      text_id: one.textId,
      occurrences: one.occurrences,
      last_occurred_at: one.lastOccurredAt,
      present: one.present,
    })),
  );
  await db.$executeRaw`
    INSERT INTO observation (error_id, observed_at, snapshot_id, text_id, occurrences, last_occurred_at, present)
    SELECT r.* FROM json_to_recordset(${rows}::json) AS r(error_id bigint, observed_at timestamptz, snapshot_id bigint,
           text_id integer, occurrences bigint, last_occurred_at timestamptz, present boolean)`;
  const instants = Array.from({ length: 12 }, () => new Date(STARTS_AT.getTime() + whole(140 * DAY_MS)));
  const exact = Array.from({ length: 12 }, () => kept[whole(kept.length)]?.observedAt ?? STARTS_AT);
  return { observations: kept, instants: [...instants, ...exact] };
}

/** Everything that the past answers: each error over all time and in spans, and the server at instants. */
export async function answersOf(db: Database, { observations, instants }: Awaited<ReturnType<typeof observedPast>>) {
  const errorIds = [...new Set(observations.map(({ errorId }) => errorId))];
  const always = { since: new Date(0), until: new Date("2030-01-01T00:00:00Z") };
  const spans = instants.map((since, index) => ({ since, until: new Date(since.getTime() + index * DAY_MS) }));
  const of = [];
  const latest = [];
  for (const errorId of errorIds) {
    for (const span of [always, ...spans]) of.push(await observationsOf(db, errorId, span));
    for (const span of spans) latest.push(await latestObservationsOf(db, errorId, { ...span, limit: 5 }));
  }
  const at = [];
  for (const instant of instants) at.push(await observationsAt(db, PROD, instant));
  return { of, latest, at };
}
