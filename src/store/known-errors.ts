import type { KnownError } from "../domain/identity.js";
import type { ServerId } from "../domain/snapshot.js";
import { Prisma } from "./generated/client.js";
import type { Db } from "./prisma.js";
import { numberOf } from "./rows.js";

type Row = Omit<KnownError, "occurrences"> & { occurrences: bigint | null };

/** `Row`s, of `error` as `e`. */
const KNOWN_ERRORS = Prisma.sql`
  SELECT e.id, i.polarity_id AS "integrationPolarityId", e.polarity_id AS "polarityId", e.fingerprint,
         t.digest AS "textDigest", e.occurrences, e.last_occurred_at AS "lastOccurredAt", e.present
    FROM error AS e
    JOIN integration AS i ON i.id = e.integration_id
    JOIN error_text AS t ON t.id = e.text_id`;

/** So many at once the process does not notice. */
const ROWS_AT_ONCE = 5000;

/** The errors that are on record as present, by rising id. */
export async function findPresentErrors(db: Db, serverId: ServerId): Promise<KnownError[]> {
  const known: KnownError[] = [];
  let after = 0n;
  for (;;) {
    const rows = await db.$queryRaw<Row[]>`
      ${KNOWN_ERRORS}
       WHERE e.server_id = ${serverId} AND e.present AND e.id > ${after}
       ORDER BY e.id LIMIT ${ROWS_AT_ONCE}`;
    for (const row of rows) known.push(knownOf(row));
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_AT_ONCE) return known;
    after = last.id;
  }
}

/** The errors that are gone and had one of these fingerprints, the one that went first before the others. */
export async function findGoneErrors(
  db: Db,
  serverId: ServerId,
  fingerprints: readonly string[],
): Promise<KnownError[]> {
  const rows = await db.$queryRaw<Row[]>`
    ${KNOWN_ERRORS}
     WHERE e.server_id = ${serverId} AND NOT e.present AND e.fingerprint = ANY (${fingerprints}::text[])
     ORDER BY e.gone_at, e.id`;
  return rows.map(knownOf);
}

/** Spelled out: a copy that is spread takes V8 much longer, and more room, and a server may have a hundred thousand. */
function knownOf(row: Row): KnownError {
  return {
    id: row.id,
    integrationPolarityId: row.integrationPolarityId,
    polarityId: row.polarityId,
    fingerprint: row.fingerprint,
    textDigest: row.textDigest,
    occurrences: numberOf(row.occurrences),
    lastOccurredAt: row.lastOccurredAt,
    present: row.present,
  };
}
