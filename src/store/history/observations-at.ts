import { Prisma } from "../generated/client.js";

/**
 * The observation in force of one error at an instant, as the body of a LATERAL for `error AS e`: no row where the error
 * was not seen by then, else one with `observed_at`, `text_id`, `occurrences`, `last_occurred_at` and `present`.
 *
 * An error that has not differed since is on record as it was then, which costs nothing. Of the others the index finds
 * the row, the latest partition first, and stops there: partitions after the instant are left out of the plan, and since
 * an error has a row from when it was first seen, those before are never reached. To ask for `observed_at >=
 * e.first_seen_at` as well would say nothing more, and would lead Postgres to expect so few rows that it sorts them all.
 */
export function observationAt(at: Date): Prisma.Sql {
  return Prisma.sql`
    SELECT e.observed_at, e.text_id, e.occurrences, e.last_occurred_at, e.present WHERE e.observed_at <= ${at}
     UNION ALL
    (SELECT o.observed_at, o.text_id, o.occurrences, o.last_occurred_at, o.present
       FROM observation AS o
      WHERE e.first_seen_at <= ${at} AND e.observed_at > ${at} AND o.error_id = e.id AND o.observed_at <= ${at}
      ORDER BY o.observed_at DESC LIMIT 1)`;
}
