// Measures what the history of one server costs: bytes an observation with indexes, fresh and packed, and the ratio of
// all that to storing every snapshot whole. Run it with: npm run bench -- storage
import { createLogger } from "../dist/src/lib/logger.js";
import { observationsAt, observationsOf } from "../dist/src/store/history/observations.js";
import { migrate } from "../dist/src/store/migrate.js";
import { createPrisma } from "../dist/src/store/prisma.js";
import { median } from "./figures.js";
import { packAll } from "./pack-all.js";
import { fillObservations, SERVER, STARTS_AT, storeWhole } from "./storage-history.js";
import { withThrowawayPostgres } from "./throwaway-postgres.js";

const ERRORS = Number(process.argv[2] ?? 2_000);
const DAYS = Number(process.argv[3] ?? 59);
/** Not reached: docs/adr/0018 has the sum of what a row of its own with a unique key takes. */
const FRESH_BYTES_MAX = 70;
const PACKED_BYTES_MAX = 12;
const WHOLE_SAMPLES = 50;
const READS = 21;

const DAY_MS = 86_400_000;
const log = createLogger({ level: "error", format: "pretty" });
const endsAt = new Date(STARTS_AT.getTime() + DAYS * DAY_MS);
let missed = false;

/** Bytes of tables with their indexes, and of a partitioned one with its partitions. */
async function bytesOf(db, ...tables) {
  const [{ bytes }] = await db.$queryRaw`
    SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::float8 AS bytes
      FROM unnest(${tables}::text[]) AS root
     CROSS JOIN LATERAL (SELECT relid FROM pg_partition_tree(root::regclass) UNION SELECT root::regclass) AS part`;
  return bytes;
}

function print(what, text, target = "") {
  console.log(`${what.padEnd(52)}${text.padStart(14)}  ${target}`);
}

function printTarget(what, figure, limit, unit) {
  const isMet = figure <= limit;
  if (!isMet) missed = true;
  print(what, `${figure.toFixed(1)} ${unit}`, `target: ${limit} or less${isMet ? "" : ", MISSED"}`);
}

async function timeReads(db) {
  const [of, at] = [[], []];
  for (let read = 0; read < READS; read += 1) {
    const instant = new Date(STARTS_AT.getTime() + ((read + 0.5) / READS) * DAYS * DAY_MS);
    let startedAt = performance.now();
    await observationsOf(db, 100n, { since: instant, until: new Date(instant.getTime() + DAY_MS) });
    of.push(performance.now() - startedAt);
    startedAt = performance.now();
    await observationsAt(db, SERVER, instant);
    at.push(performance.now() - startedAt);
  }
  return { of: median(of), at: median(at) };
}

const ms = (value) => `${value.toFixed(1)} ms`;
const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

async function measure(db, databaseUrl) {
  await fillObservations(databaseUrl, { errors: ERRORS, days: DAYS });
  const observations = await db.observation.count();
  const snapshots = await db.snapshot.count();
  console.log(`${ERRORS} errors, ${DAYS} days, ${snapshots} snapshots, ${observations} observations`);

  const heap = await db.$queryRaw`
    SELECT sum(pg_relation_size(relid))::float8 AS rows, sum(pg_indexes_size(relid))::float8 AS indexes
      FROM pg_partition_tree('observation')`;
  const fresh = await bytesOf(db, "observation");
  printTarget("fresh, an observation with its indexes", fresh / observations, FRESH_BYTES_MAX, "bytes");
  print("  of which rows", `${(heap[0].rows / observations).toFixed(1)} bytes`);
  print("  of which indexes", `${(heap[0].indexes / observations).toFixed(1)} bytes`);
  const freshReads = await timeReads(db);

  const known = await bytesOf(db, "error", "error_text", "snapshot");
  const whole = await storeWhole(databaseUrl, WHOLE_SAMPLES, snapshots);
  print("every snapshot whole, compressed by Postgres", mib(whole));
  print(
    "fresh, with snapshots, errors and texts",
    mib(fresh + known),
    `${(whole / (fresh + known)).toFixed(0)} times less`,
  );

  const { packedObservations, elapsedMs } = await packAll(db, STARTS_AT, endsAt);
  if (packedObservations !== observations) throw new Error(`Only ${packedObservations} observations were packed`);
  const packed = await bytesOf(db, "observation_pack");
  printTarget("packed, an observation with its indexes", packed / observations, PACKED_BYTES_MAX, "bytes");
  const classes = await db.$queryRaw`
    SELECT CASE WHEN error_id % 100 = 0 THEN 'every 5 minutes' WHEN error_id % 10 = 5 THEN 'hourly'
                WHEN error_id % 3 = 0 THEN 'daily' ELSE 'twice a month' END AS class,
           sum(observations)::integer AS observations, count(*)::integer AS packs,
           sum(pg_column_size(p.*) + 4 + 28)::float8 AS bytes
      FROM observation_pack AS p GROUP BY 1 ORDER BY 2 DESC`;
  for (const row of classes) {
    const each = `${(row.bytes / row.observations).toFixed(1)} bytes`;
    print(`  of errors that change ${row.class}`, each, `${row.observations} in ${row.packs} packs`);
  }
  const both = packed + known;
  print("packed, with snapshots, errors and texts", mib(both), `${(whole / both).toFixed(0)} times less`);
  print("to pack a million", `${((elapsedMs / observations) * 1000).toFixed(0)} s`);
  const packedReads = await timeReads(db);
  print("a day of one error, fresh and packed", ms(freshReads.of), ms(packedReads.of));
  print("the whole server at an instant, fresh and packed", ms(freshReads.at), ms(packedReads.at));
}

await withThrowawayPostgres({ log, settings: { max_wal_size: "128MB" } }, async (databaseUrl) => {
  await migrate(databaseUrl, { log });
  const db = createPrisma(databaseUrl);
  try {
    await measure(db, databaseUrl);
  } finally {
    await db.$disconnect();
  }
});
if (missed) process.exitCode = 1;
