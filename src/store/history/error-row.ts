import type { Cause } from "../../domain/cause.js";
import { Prisma } from "../generated/client.js";
import { numberOf } from "../rows.js";

/** An error as it was last seen. */
export type ErrorRow = {
  id: string;
  serverId: string;
  integration: { id: string; name: string; acronym: string };
  /** The id under which the server shows it now. */
  polarityId: string;
  present: boolean;
  headline: string;
  cause: Cause;
  httpStatus: number | null;
  /** The server's running total; null when it gives none. */
  occurrences: number | null;
  /** How much it truly rose since its first snapshot, counter resets corrected. */
  addedTotal: number;
  firstSeenAt: Date;
  lastOccurredAt: Date | null;
  lastGrownAt: Date | null;
  /** When it was last seen to differ from before. */
  observedAt: Date;
  goneAt: Date | null;
};

/** An error of a list. `addedInWindow`: since the moment from which that was asked for; null where nobody asked. */
export type ListedErrorRow = ErrorRow & { addedInWindow: number | null };

export type RawErrorRow = Omit<ErrorRow, "integration" | "occurrences" | "addedTotal"> & {
  integrationId: string;
  integrationName: string;
  integrationAcronym: string;
  occurrences: bigint | null;
  addedTotal: bigint;
};

/** The columns of a `RawErrorRow`, of `error AS e` and `integration AS i`. */
export const ERROR_COLUMNS = Prisma.sql`
  e.id::text AS id, e.server_id AS "serverId", e.polarity_id AS "polarityId", e.present, e.headline, e.cause,
  e.http_status AS "httpStatus", e.occurrences, e.added_total AS "addedTotal", e.first_seen_at AS "firstSeenAt",
  e.last_occurred_at AS "lastOccurredAt", e.last_grown_at AS "lastGrownAt", e.observed_at AS "observedAt",
  e.gone_at AS "goneAt", i.id::text AS "integrationId", i.name AS "integrationName", i.acronym AS "integrationAcronym"`;

/** Spelled out: to take a row apart and spread what is left costs V8 thirty times as much, and lists are long. */
export function errorRowOf(raw: RawErrorRow): ErrorRow {
  return {
    id: raw.id,
    serverId: raw.serverId,
    integration: { id: raw.integrationId, name: raw.integrationName, acronym: raw.integrationAcronym },
    polarityId: raw.polarityId,
    present: raw.present,
    headline: raw.headline,
    cause: raw.cause,
    httpStatus: raw.httpStatus,
    occurrences: numberOf(raw.occurrences),
    addedTotal: numberOf(raw.addedTotal),
    firstSeenAt: raw.firstSeenAt,
    lastOccurredAt: raw.lastOccurredAt,
    lastGrownAt: raw.lastGrownAt,
    observedAt: raw.observedAt,
    goneAt: raw.goneAt,
  };
}
