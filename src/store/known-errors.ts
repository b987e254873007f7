import type { KnownError } from "../domain/identity.js";
import type { ServerId } from "../domain/snapshot.js";
import type { Db } from "./prisma.js";
import { numberOf } from "./rows.js";

/** The errors that a read has to be matched with: all that are present, and those gone whose fingerprint it shows. */
export async function findKnownErrors(
  db: Db,
  serverId: ServerId,
  fingerprints: readonly string[],
): Promise<KnownError[]> {
  const rows = await db.$queryRaw<(Omit<KnownError, "occurrences"> & { occurrences: bigint | null })[]>`
    SELECT e.id, i.polarity_id AS "integrationPolarityId", e.polarity_id AS "polarityId", e.fingerprint,
           t.digest AS "textDigest", e.occurrences, e.last_occurred_at AS "lastOccurredAt", e.present
      FROM error AS e
      JOIN integration AS i ON i.id = e.integration_id
      JOIN error_text AS t ON t.id = e.text_id
     WHERE e.server_id = ${serverId} AND (e.present OR e.fingerprint = ANY (${fingerprints}::text[]))
     ORDER BY e.present DESC, e.gone_at, e.id`;
  return rows.map((row) => ({ ...row, occurrences: numberOf(row.occurrences) }));
}
