import * as z from "zod";
import type { AttributeNames, ServerId } from "../domain/snapshot.js";
import type { Db } from "./prisma.js";
import { rowsJson } from "./rows.js";

export type WatchedServer = { id: ServerId; url: string; intervalMs: number; credentialsDigest: string };

/**
 * Makes the configured servers the watched ones. A server that left keeps its history. Under new credentials it has yet
 * to be proved what they are allowed to see.
 */
export async function storeWatchedServers(db: Db, servers: readonly WatchedServer[], now: Date): Promise<void> {
  const rows = rowsJson(
    servers.map((server) => ({
      id: server.id,
      url: server.url,
      interval_ms: server.intervalMs,
      credentials_digest: server.credentialsDigest,
    })),
  );
  await db.$executeRaw`
    INSERT INTO server (id, url, interval_ms, credentials_digest, created_at)
    SELECT s.id, s.url, s.interval_ms, s.credentials_digest, ${now}
      FROM json_to_recordset(${rows}::json) AS s(id text, url text, interval_ms integer, credentials_digest text)
     ORDER BY s.id
        ON CONFLICT (id) DO UPDATE
       SET url = excluded.url, interval_ms = excluded.interval_ms, watched = true,
           credentials_digest = excluded.credentials_digest,
           credentials_proved_at = CASE WHEN server.credentials_digest = excluded.credentials_digest
                                        THEN server.credentials_proved_at END`;
  await db.$executeRaw`
    UPDATE server SET watched = false WHERE watched AND id <> ALL (${servers.map((server) => server.id)}::text[])`;
}

/** What a poll has to know about its server; null when the server is not on record. */
export type ServerRecord = {
  attributeNames: AttributeNames | null;
  credentialsProved: boolean;
  last: { digest: string; takenAt: Date; errors: number } | null;
  /** The errors that the poll before lacked when it was doubted. */
  missingBefore: bigint[] | null;
};

const name = z.string().nullable().catch(null);
/** A name that cannot be read is one that is not known yet: it is found in the next list. */
const attributeNamesColumn: z.ZodType<AttributeNames | null> = z
  .object({
    shortText: name,
    title: name,
    longText: name,
    occurrences: name,
    integrationId: name,
    meta: name,
    extra: name,
    lastOccurredAt: name,
    httpStatus: name,
  })
  .nullable()
  .catch(null);

export async function findServerRecord(db: Db, serverId: ServerId): Promise<ServerRecord | null> {
  const [row] = await db.$queryRaw<
    {
      attributeNames: unknown;
      credentialsProved: boolean;
      digest: string | null;
      takenAt: Date | null;
      errors: number | null;
      missingBefore: bigint[] | null;
    }[]
  >`
    SELECT s.attribute_names AS "attributeNames", s.credentials_proved_at IS NOT NULL AS "credentialsProved",
           n.digest, n.taken_at AS "takenAt", n.errors,
           (SELECT CASE WHEN p.failure = 'visibility-unproved' THEN p.missing_error_ids END
              FROM poll AS p WHERE p.server_id = s.id AND p.outcome IN ('complete', 'failed')
             ORDER BY p.id DESC LIMIT 1) AS "missingBefore"
      FROM server AS s LEFT JOIN snapshot AS n ON n.id = s.last_snapshot_id
     WHERE s.id = ${serverId}`;
  if (row === undefined) return null;
  const { credentialsProved, digest, takenAt, errors, missingBefore } = row;
  const attributeNames = attributeNamesColumn.parse(row.attributeNames);
  const last = digest === null || takenAt === null || errors === null ? null : { digest, takenAt, errors };
  return { attributeNames, credentialsProved, last, missingBefore };
}
