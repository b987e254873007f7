// Times questions about the past: 100,000 current errors, and as many observations and changes as asked for, or those that
// "seed" has left when none are asked for. Each figure is also given as a ratio to the same answer written by hand in SQL and
// read through `pg`. Run it with: npm run bench -- questions [OBSERVATIONS|seeded [SAMPLES]]
import { loadavg } from "node:os";
import { Client } from "pg";
import { bucketEdges } from "../dist/src/domain/buckets.js";
import { createLogger } from "../dist/src/lib/logger.js";
import { EVERY_ERROR, findErrors } from "../dist/src/store/history/errors.js";
import { findNoisyIntegrations } from "../dist/src/store/history/stats.js";
import { findTimeline, findTimelineSubject } from "../dist/src/store/history/timeline.js";
import { migrate } from "../dist/src/store/migrate.js";
import { createPrisma } from "../dist/src/store/prisma.js";
import { median, percentile } from "./figures.js";
import { CAUSES, END, fillQuestions } from "./questions-history.js";
import { SETTINGS, seededFacts, withSeededPostgres } from "./seeded.js";
import { withThrowawayPostgres } from "./throwaway-postgres.js";

const WANTED = process.argv[2] ?? "seeded";
const OBSERVATIONS_MADE = 5_000_000;
const SAMPLES = Number(process.argv[3] ?? 200);
const SAMPLES_LONG = 5;
const ERRORS = 100_000;
const RATIO_MAX = 1.5;
const DAY_MS = 86_400_000;
const PAGE = { size: 50, after: null };

const until = new Date(END);
const daysAgo = (days, ms = 0) => new Date(until.getTime() - days * DAY_MS - ms);

const COLUMNS = `e.id::text, e.server_id, e.polarity_id, e.present, e.headline, e.cause, e.http_status, e.occurrences, e.added_total,
  e.first_seen_at, e.last_occurred_at, e.last_grown_at, e.observed_at, e.gone_at, i.id::text AS integration_id, i.name, i.acronym`;
const errorsBy = (where, values, order = "e.last_grown_at DESC, e.id DESC") => ({
  text: `SELECT ${COLUMNS} FROM error e JOIN integration i ON i.id = e.integration_id
          WHERE e.last_grown_at IS NOT NULL AND ${where} ORDER BY ${order} LIMIT 51`,
  values,
});
const page = (db, filter) => findErrors(db, { ...EVERY_ERROR, ...filter }, PAGE);

/**
 * Each with a limit to its 99th percentile, null where none is set; `nth` varies what is asked for. What `takesLong` is asked
 * less often.
 */
const QUESTIONS = [
  {
    name: "nothing: what a question costs at least",
    msMax: null,
    ratioMax: null,
    ask: (db) => db.$queryRaw`SELECT 1`,
    byHand: () => ({ text: "SELECT 1", values: [] }),
  },
  {
    name: "errors: of one cause, those first that grew last",
    msMax: 5,
    ask: (db, nth) => page(db, { cause: CAUSES[nth % CAUSES.length] }),
    byHand: (nth) => errorsBy("e.cause = $1", [CAUSES[nth % CAUSES.length]]),
  },
  {
    name: "errors: of one integration, present",
    msMax: 5,
    ask: (db, nth) => page(db, { acronym: `I${1 + (nth % 200)}`, state: "present" }),
    byHand: (nth) => errorsBy("lower(i.acronym) = lower($1) AND e.present", [`I${1 + (nth % 200)}`]),
  },
  {
    name: "errors: by two words, one of them rare",
    msMax: 5,
    ask: (db, nth) => page(db, { text: `lookup w${nth % 997}` }),
    byHand: (nth) =>
      errorsBy("e.id IN (SELECT error_id FROM error_text WHERE words @@ to_tsquery('simple', $1))", [
        `'lookup':* & 'w${nth % 997}':*`,
      ]),
  },
  {
    name: "errors: by a word that all have",
    msMax: 5,
    ask: (db) => page(db, { text: "lookup" }),
    byHand: () =>
      errorsBy("EXISTS (SELECT FROM error_text t WHERE t.error_id = e.id AND t.words @@ to_tsquery('simple', $1))", [
        "'lookup':*",
      ]),
  },
  {
    name: "errors: with a critical alert",
    msMax: 5,
    ask: (db) => page(db, { severity: "critical" }),
    byHand: () =>
      errorsBy("EXISTS (SELECT FROM alert a WHERE a.error_id = e.id AND a.state <> 'resolved' AND a.severity = $1)", [
        "critical",
      ]),
  },
  {
    name: "errors: of one HTTP status, by count",
    msMax: 5,
    ask: (db, nth) => page(db, { httpStatus: 400 + (nth % 30), sort: { by: "occurrences", descending: true } }),
    byHand: (nth) => errorsBy("e.http_status = $1", [400 + (nth % 30)], "e.occurrences DESC, e.id DESC"),
  },
  {
    name: "errors: of one integration, by what was added in 7 days",
    msMax: 5,
    ask: (db, nth) =>
      page(db, { acronym: `I${1 + (nth % 200)}`, addedSince: daysAgo(7), sort: { by: "added", descending: true } }),
    byHand: (nth) => ({
      text: `SELECT ${COLUMNS}, w.added FROM error e JOIN integration i ON i.id = e.integration_id
               JOIN LATERAL (SELECT e.added_total - c.added_total + c.added AS added FROM change c
                              WHERE c.error_id = e.id AND c.at >= $2 ORDER BY c.at LIMIT 1) AS w ON true
              WHERE lower(i.acronym) = lower($1) AND e.last_grown_at >= $2 ORDER BY w.added DESC, e.id DESC LIMIT 51`,
      values: [`I${1 + (nth % 200)}`, daysAgo(7)],
    }),
  },
  {
    name: "errors: all, by what was added in 24 h",
    msMax: null,
    takesLong: true,
    ask: (db) => page(db, { addedSince: daysAgo(1), sort: { by: "added", descending: true } }),
    byHand: () => ({
      text: `SELECT ${COLUMNS}, w.added FROM error e JOIN integration i ON i.id = e.integration_id
               JOIN LATERAL (SELECT e.added_total - c.added_total + c.added AS added FROM change c
                              WHERE c.error_id = e.id AND c.at >= $1 ORDER BY c.at LIMIT 1) AS w ON true
              WHERE e.last_grown_at >= $1 ORDER BY w.added DESC, e.id DESC LIMIT 51`,
      values: [daysAgo(1)],
    }),
  },
  {
    name: "timeline of one error, 30 days by 6 h",
    msMax: 15,
    ask: (db, nth) => timeline(db, nth, "6h"),
    byHand: (nth) => timelineByHand(nth, 21_600),
  },
  {
    name: "timeline of one error, 30 days by 1 h",
    msMax: 15,
    ask: (db, nth) => timeline(db, nth, "1h"),
    byHand: (nth) => timelineByHand(nth, 3600),
  },
  {
    name: "the noisiest integrations of the week",
    msMax: 20,
    ask: (db, nth) =>
      findNoisyIntegrations(db, null, { since: daysAgo(7, nth * 997), until: daysAgo(0, nth * 997) }, 10),
    byHand: (nth) => ({
      text: `SELECT i.id::text, i.server_id, i.name, i.acronym, n.added FROM (
               SELECT integration_id, sum(added)::bigint AS added FROM (
                 SELECT integration_id, added FROM integration_hour
                  WHERE hour >= date_trunc('hour', $1::timestamptz) + interval '1 hour' AND hour < date_trunc('hour', $2::timestamptz)
                 UNION ALL
                 SELECT integration_id, added FROM change WHERE server_id = 'lab' AND added > 0
                    AND at >= $1 AND at < date_trunc('hour', $1::timestamptz) + interval '1 hour'
                 UNION ALL
                 SELECT integration_id, added FROM change WHERE server_id = 'lab' AND added > 0
                    AND at >= date_trunc('hour', $2::timestamptz) AND at < $2) AS a
                GROUP BY 1 ORDER BY 2 DESC LIMIT 10) AS n JOIN integration i ON i.id = n.integration_id ORDER BY n.added DESC`,
      values: [daysAgo(7, nth * 997), daysAgo(0, nth * 997)],
    }),
  },
];

/** Errors that change often and errors that hardly do. */
const errorOf = (nth) => 1 + ((nth * 7919) % ERRORS);

async function timeline(db, nth, bucket) {
  const subject = await findTimelineSubject(db, String(errorOf(nth)));
  return findTimeline(db, subject, bucketEdges({ since: daysAgo(30), until }, bucket, "UTC"));
}

/** Reads the changes themselves, and the polls of the server by bucket. */
function timelineByHand(nth, seconds) {
  return {
    text: `WITH grown AS (SELECT date_bin(make_interval(secs => $4), at, 'epoch') AS bucket, sum(added)::bigint AS added
                            FROM change WHERE error_id = $1 AND at >= $2 AND at < $3 GROUP BY 1)
           SELECT b AS bucket, CASE WHEN EXISTS (SELECT FROM snapshot WHERE server_id = 'lab' AND taken_at >= b
                                                    AND taken_at < b + make_interval(secs => $4))
                                    THEN coalesce(grown.added, 0) END AS added
             FROM generate_series($2::timestamptz, $3::timestamptz - interval '1 second', make_interval(secs => $4)) AS b
             LEFT JOIN grown ON grown.bucket = b ORDER BY b`,
    values: [errorOf(nth), daysAgo(30), until, seconds],
  };
}

async function timed(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/**
 * Both in turn, so that whatever else this machine does meets them alike; and each of them first in every second turn, since
 * the other one then finds read what it asks for.
 */
async function measure(db, client, { ask, byHand, takesLong = false }) {
  const [ours, hand] = [[], []];
  const [warmUp, samples] = takesLong ? [1, Math.min(SAMPLES, SAMPLES_LONG)] : [20, SAMPLES];
  for (let nth = -warmUp; nth < samples; nth += 1) {
    const which = Math.abs(nth);
    const both = [
      { times: ours, work: () => ask(db, which) },
      { times: hand, work: () => client.query(byHand(which)) },
    ];
    for (const { times, work } of nth % 2 === 0 ? both : both.reverse()) {
      const ms = await timed(work);
      if (nth >= 0) times.push(ms); // before that they warm up
    }
  }
  return { p50: median(ours), p99: percentile(ours, 0.99), ratio: median(ours) / median(hand) };
}

async function fill(databaseUrl, observations) {
  await migrate(databaseUrl, { log });
  const startedAt = performance.now();
  await fillQuestions(databaseUrl, ERRORS, observations);
  console.log(`Seeded in ${Math.round((performance.now() - startedAt) / 1000)} s.\n`);
}

async function ask(databaseUrl) {
  const db = createPrisma(databaseUrl, { connectionsMax: 2 });
  const client = new Client({ connectionString: databaseUrl, options: "-c TimeZone=UTC" });
  await client.connect();
  let missed = 0;
  try {
    console.log(
      `${"".padEnd(58)}${"p50 ms".padStart(8)}${"p99 ms".padStart(8)}${"limit".padStart(7)}${"ratio".padStart(7)}`,
    );
    for (const question of QUESTIONS) {
      const { ratioMax = RATIO_MAX } = question;
      const { p50, p99, ratio } = await measure(db, client, question);
      const misses = [
        ...(question.msMax !== null && p99 >= question.msMax ? ["too slow"] : []),
        ...(ratioMax !== null && ratio > ratioMax ? [`more than ${ratioMax} times`] : []),
      ];
      missed += misses.length > 0 ? 1 : 0;
      const figures = [
        p50.toFixed(1).padStart(8),
        p99.toFixed(1).padStart(8),
        String(question.msMax ?? "-").padStart(7),
      ];
      const verdict = misses.length === 0 ? "met" : `MISSED: ${misses.join(", ")}`;
      console.log(`${question.name.padEnd(58)}${figures.join("")}${ratio.toFixed(2).padStart(7)}  ${verdict}`);
    }
  } finally {
    await client.end();
    await db.$disconnect();
  }
  console.log(
    `\nLoad of this machine: ${loadavg()[0].toFixed(1)}. ${missed === 0 ? "All limits are met." : `${missed} missed.`}`,
  );
  return missed;
}

const log = createLogger({ level: "error", format: "pretty" });
const seeded = WANTED === "seeded" ? seededFacts() : null;
const observations = seeded?.observations ?? (WANTED === "seeded" ? OBSERVATIONS_MADE : Number(WANTED));
console.log(
  `${ERRORS.toLocaleString("en")} errors, ${observations.toLocaleString("en")} observations, ${SAMPLES} samples of each.`,
);
const missed =
  seeded !== null
    ? await withSeededPostgres({ log }, ask)
    : await withThrowawayPostgres({ log, settings: SETTINGS }, async (databaseUrl) => {
        await fill(databaseUrl, observations);
        return ask(databaseUrl);
      });
process.exitCode = missed === 0 ? 0 : 1;
