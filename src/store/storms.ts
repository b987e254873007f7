import type { DeliveryId } from "../domain/ids.js";
import { markStormStale } from "./living-messages.js";
import { DEADLINE_MS } from "./outbox.js";
import type { Db } from "./prisma.js";
import { numberOf } from "./rows.js";

/** The thread of a storm grows by no more than one page in this time. */
const PAGE_EVERY_MS = 10_000;
const STORM_GROUP = "storm";

/**
 * Folds a delivery that nobody has tried into the message about the storm of its destination, which it owes where none is
 * owed or open. Where the message stands already, its thread is owed a page and the message is made stale.
 */
export async function foldDelivery(
  tx: Db,
  folded: { id: DeliveryId; destination: string; receiver: string; because: string },
  now: Date,
): Promise<void> {
  const { id, destination, receiver, because } = folded;
  const storm = (await findStorm(tx, destination)) ?? (await oweStorm(tx, destination, receiver, now));
  const rows = await tx.$executeRaw`
    UPDATE delivery SET outcome = 'folded', outcome_because = ${because}, folded_into = ${storm}, settled_at = ${now},
           leased_by = NULL, leased_until = NULL
     WHERE id = ${id} AND outcome IS NULL AND attempts = 0`;
  if (rows !== 1) throw new Error(`Delivery ${id} was tried, and cannot be folded any more`);
  await markStormStale(tx, storm, now);
  await owePage(tx, storm, now);
}

async function findStorm(tx: Db, destination: string): Promise<DeliveryId | null> {
  const [row] = await tx.$queryRaw<{ id: DeliveryId }[]>`
    SELECT delivery_id AS id FROM living_message
     WHERE destination = ${destination} AND kind = 'storm' AND closed_at IS NULL
    UNION ALL
    SELECT id FROM delivery WHERE destination = ${destination} AND kind = 'storm' AND outcome IS NULL
     LIMIT 1`;
  return row?.id ?? null;
}

/** The table refuses a second one: where another process was faster, that one is taken. */
async function oweStorm(tx: Db, destination: string, receiver: string, now: Date): Promise<DeliveryId> {
  await tx.$executeRaw`
    INSERT INTO delivery (receiver, destination, group_key, kind, created_at, next_attempt_at, deadline_at)
    VALUES (${receiver}, ${destination}, ${STORM_GROUP}, 'storm', ${now}, ${now}, ${new Date(now.getTime() + DEADLINE_MS)})
    ON CONFLICT (destination) WHERE kind = 'storm' AND outcome IS NULL DO NOTHING`;
  const storm = await findStorm(tx, destination);
  if (storm === null) throw new Error("A storm was owed, and is not");
  return storm;
}

/**
 * Owes the thread of a storm that was told a page with what was folded and stands in none yet. One page waits at a time,
 * and not sooner than is kind; what it lists is decided when it is told.
 */
export async function owePage(tx: Db, storm: DeliveryId, now: Date): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO delivery (receiver, destination, group_key, kind, created_at, next_attempt_at, deadline_at)
    SELECT s.receiver, s.destination, ${pageGroupOf(storm)}, 'storm_page', ${now},
           greatest(${now}, (SELECT max(page.settled_at) + ${PAGE_EVERY_MS} * interval '1 millisecond'
                               FROM delivery AS page
                              WHERE page.destination = s.destination AND page.group_key = ${pageGroupOf(storm)}
                                AND page.outcome = 'delivered')),
           ${new Date(now.getTime() + DEADLINE_MS)}
      FROM delivery AS s
     WHERE s.id = ${storm} AND s.outcome = 'delivered'
       AND EXISTS (SELECT FROM delivery AS f WHERE f.folded_into = s.id AND f.listed_in IS NULL)
    ON CONFLICT (destination, group_key) WHERE kind = 'storm_page' AND outcome IS NULL DO NOTHING`;
}

function pageGroupOf(storm: DeliveryId): string {
  return `${STORM_GROUP}/${storm}`;
}

/** The storm in whose thread a page belongs. */
export function stormOfPage({ groupKey }: { groupKey: string }): DeliveryId {
  return BigInt(groupKey.slice(STORM_GROUP.length + 1)) as DeliveryId;
}

/** One message that was folded: its alerts, counted, and the worst of them. */
export type FoldedMessage = {
  deliveryId: DeliveryId;
  integration: string;
  headline: string;
  alerts: number;
  resolved: number;
  added: number;
};

/** Enters up to `limit` folded deliveries into a page that nobody has tried, and gives them, the oldest first. */
export async function fillPage(tx: Db, page: DeliveryId, storm: DeliveryId, limit: number): Promise<FoldedMessage[]> {
  const listed = await tx.$queryRaw<{ id: DeliveryId }[]>`
    UPDATE delivery SET listed_in = ${page}
     WHERE id IN (SELECT id FROM delivery WHERE folded_into = ${storm} AND listed_in IS NULL ORDER BY id LIMIT ${limit})
       AND listed_in IS NULL
    RETURNING id`;
  const rows = await tx.$queryRaw<
    (Omit<FoldedMessage, "alerts" | "resolved" | "added"> & { alerts: bigint; resolved: bigint; added: bigint })[]
  >`
    SELECT d.id AS "deliveryId", coalesce(worst.integration, d.server_id, '') AS integration,
           coalesce(worst.headline, '') AS headline, coalesce(worst.alerts, 0) AS alerts,
           coalesce(worst.resolved, 0) AS resolved, coalesce(worst.added, 0)::bigint AS added
      FROM delivery AS d
      LEFT JOIN LATERAL (
        SELECT f.integration, f.headline, count(*) OVER () AS alerts,
               count(*) FILTER (WHERE f.state = 'resolved') OVER () AS resolved, sum(f.added) OVER () AS added
          FROM folded_alert AS f WHERE f.delivery_id = d.id
         ORDER BY (f.state = 'resolved'), f.added DESC, f.alert_id LIMIT 1) AS worst ON true
     WHERE d.id = ANY (${listed.map(({ id }) => id)}::bigint[]) ORDER BY d.id`;
  return rows.map(({ alerts, resolved, added, ...row }) => ({
    ...row,
    alerts: numberOf(alerts),
    resolved: numberOf(resolved),
    added: numberOf(added),
  }));
}

/** Fixes what a page tells, before its first try. */
export async function storePageFacts(tx: Db, page: DeliveryId, facts: object): Promise<void> {
  const rows = await tx.$executeRaw`
    UPDATE delivery SET facts = ${JSON.stringify(facts)}::jsonb
     WHERE id = ${page} AND kind = 'storm_page' AND outcome IS NULL AND facts IS NULL`;
  if (rows !== 1) throw new Error(`What page ${page} tells was fixed before`);
}

/** What a storm has folded so far. */
export type StormContent = {
  messages: number;
  alerts: number;
  firing: number;
  critical: number;
  integrations: number;
  servers: readonly string[];
  lastFoldedAt: Date | null;
  foldedLately: number;
  /** The most added first. */
  top: readonly { integration: string; headline: string; added: number; occurrences: number | null; state: string }[];
};

export async function findStormContent(db: Db, storm: DeliveryId, since: Date, topMax: number): Promise<StormContent> {
  const [row] = await db.$queryRaw<
    {
      messages: bigint;
      lastFoldedAt: Date | null;
      foldedLately: bigint;
      servers: string[] | null;
      alerts: bigint;
      firing: bigint;
      critical: bigint;
      integrations: bigint;
    }[]
  >`
    SELECT m.*, a.* FROM
      (SELECT count(*) AS messages, max(settled_at) AS "lastFoldedAt",
              count(*) FILTER (WHERE settled_at > ${since}) AS "foldedLately",
              array_agg(DISTINCT server_id) FILTER (WHERE server_id IS NOT NULL) AS servers
         FROM delivery WHERE folded_into = ${storm}) AS m,
      (SELECT count(*) AS alerts, count(*) FILTER (WHERE state = 'firing') AS firing,
              count(*) FILTER (WHERE state = 'firing' AND severity = 'critical') AS critical,
              count(DISTINCT integration) AS integrations
         FROM (SELECT DISTINCT ON (f.alert_id) f.* FROM folded_alert AS f JOIN delivery AS d ON d.id = f.delivery_id
                WHERE d.folded_into = ${storm} ORDER BY f.alert_id, f.delivery_id DESC) AS latest) AS a`;
  if (row === undefined) throw new Error(`Storm ${storm} was not counted`);
  const top = await db.$queryRaw<
    { integration: string; headline: string; added: bigint; occurrences: bigint | null; state: string }[]
  >`
    SELECT integration, headline, added, occurrences, state
      FROM (SELECT DISTINCT ON (f.alert_id) f.* FROM folded_alert AS f JOIN delivery AS d ON d.id = f.delivery_id
             WHERE d.folded_into = ${storm} ORDER BY f.alert_id, f.delivery_id DESC) AS latest
     ORDER BY (state = 'resolved'), added DESC, alert_id LIMIT ${topMax}`;
  return {
    messages: numberOf(row.messages),
    alerts: numberOf(row.alerts),
    firing: numberOf(row.firing),
    critical: numberOf(row.critical),
    integrations: numberOf(row.integrations),
    servers: row.servers ?? [],
    lastFoldedAt: row.lastFoldedAt,
    foldedLately: numberOf(row.foldedLately),
    top: top.map((one) => ({ ...one, added: numberOf(one.added), occurrences: numberOf(one.occurrences) })),
  };
}
