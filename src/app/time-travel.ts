import { type ComparedIntegration, compareIntegrations, type ShownIntegration } from "../domain/compare.js";
import { type Coverage, coverageOf } from "../domain/coverage.js";
import type { ServerId } from "../domain/snapshot.js";
import { countUndiffedPolls, findWindowPolls } from "../store/digest-watch.js";
import {
  type DifferenceCounts,
  type DifferenceRow,
  findDifferences,
  prepareComparison,
} from "../store/history/differences.js";
import type { Page, PageRequest } from "../store/history/page.js";
import {
  type ErrorAtRow,
  findErrorsAt,
  findFirstTakenAt,
  findIntegrationIdsEver,
  findIntegrationsAt,
  findServerIds,
  findSnapshotInForce,
} from "../store/history/snapshot-at.js";
import type { SnapshotRow } from "../store/history/snapshots.js";
import { type Database, type Db, inTransaction } from "../store/prisma.js";

/** Why there is nothing to tell of a moment. `moment`: which one is to blame, by the name under which it was given. */
export type NoMoment =
  | { kind: "no_servers" }
  | { kind: "several_servers"; servers: readonly string[] }
  | { kind: "unknown_server"; server: string; servers: readonly string[] }
  | { kind: "unknown_integration"; integration: string; server: string }
  | { kind: "never_read"; server: string }
  | { kind: "in_future"; moment: MomentName }
  | { kind: "before_first"; moment: MomentName; server: string; firstAt: Date }
  | { kind: "not_forward" };

export type MomentName = "at" | "from" | "to";

/** A moment with the snapshot that was in force then. */
export type Moment = { at: Date; snapshot: SnapshotRow };

export type SnapshotAt = Moment & {
  kind: "found";
  server: string;
  /** Those that the server listed, as they were then. */
  integrations: readonly ShownIntegration[];
};

/**
 * What one server said at a moment; its errors come in pages by `findErrorsOf`. The integration is that whose errors are
 * to follow: one that was never there is a mistake, and not one without errors.
 */
export async function findSnapshotAt(
  db: Db,
  asked: { server: string | null; at: Date; integration?: string | null },
  now: Date,
): Promise<SnapshotAt | NoMoment> {
  const chosen = await chooseServer(db, asked.server);
  if (chosen.kind !== "chosen") return chosen;
  const { server } = chosen;
  const moment = await findMoment(db, server, "at", asked.at, now);
  if (moment.kind !== "moment") return moment;
  const named = await chooseIntegration(db, server, asked.integration ?? null);
  if (named.kind !== "chosen") return named;
  const integrations = await findIntegrationsAt(db, server, moment.snapshot.takenAt);
  return { ...moment, kind: "found", server, integrations };
}

/** The errors of a snapshot as it showed them, of one integration or of all. */
export function findErrorsOf(
  db: Database,
  { server, snapshot }: SnapshotAt,
  integration: string | null,
  page: PageRequest,
): Promise<Page<ErrorAtRow>> {
  const filter = { server, integration, at: snapshot.takenAt };
  return inTransaction(db, (tx) => findErrorsAt(tx, filter, page), ONE_STATE);
}

export type Comparison = {
  kind: "compared";
  server: string;
  from: Moment;
  to: Moment;
  counts: DifferenceCounts;
  integrations: readonly ComparedIntegration[];
  coverage: Coverage;
  /** Those that differ, those first to which most was added. */
  errors: Page<DifferenceRow>;
};

export type ComparisonAsked = { server: string | null; integration: string | null; from: Date; to: Date };

/** What differs between two moments of one server. */
export async function compareMoments(
  db: Database,
  asked: ComparisonAsked,
  page: PageRequest,
  now: Date,
): Promise<Comparison | NoMoment> {
  const chosen = await chooseServer(db, asked.server);
  if (chosen.kind !== "chosen") return chosen;
  const { server } = chosen;
  if (asked.from >= asked.to) return { kind: "not_forward" };
  const [from, to] = [
    await findMoment(db, server, "from", asked.from, now),
    await findMoment(db, server, "to", asked.to, now),
  ];
  if (from.kind !== "moment") return from;
  if (to.kind !== "moment") return to;
  const named = await chooseIntegration(db, server, asked.integration);
  if (named.kind !== "chosen") return named;
  const [found, integrations, coverage] = await Promise.all([
    findErrorsBetween(db, { server, from, to }, asked.integration, page),
    findComparedIntegrations(db, { server, from, to }, named.ids),
    findCoverage(db, server, asked),
  ]);
  const { counts, ...errors } = found;
  return { kind: "compared", server, from, to, counts, integrations, coverage, errors };
}

/** A further page of the errors that differ. */
export function findErrorsBetween(
  db: Database,
  { server, from, to }: { server: string; from: Moment; to: Moment },
  integration: string | null,
  page: PageRequest,
): Promise<Page<DifferenceRow> & { counts: DifferenceCounts }> {
  const filter = { server, integration, fromAt: from.snapshot.takenAt, toAt: to.snapshot.takenAt };
  const work = async (tx: Db) => {
    await prepareComparison(tx);
    return findDifferences(tx, filter, page);
  };
  return inTransaction(db, work, ONE_STATE);
}

/** What is packed meanwhile is seen as it was. */
const ONE_STATE = { isolationLevel: "RepeatableRead", workMsMax: 60_000 } as const;

async function findComparedIntegrations(
  db: Db,
  { server, from, to }: { server: string; from: Moment; to: Moment },
  ids: ReadonlySet<string> | null,
): Promise<ComparedIntegration[]> {
  const before = await findIntegrationsAt(db, server, from.snapshot.takenAt);
  const after = await findIntegrationsAt(db, server, to.snapshot.takenAt);
  const compared = compareIntegrations(before, after);
  return ids === null ? compared : compared.filter(({ id }) => ids.has(id));
}

async function findCoverage(db: Db, server: string, { from, to }: { from: Date; to: Date }): Promise<Coverage> {
  const servers = [server as ServerId]; // it was just found among them
  const window = { fromAt: from, untilAt: to };
  const [polls] = await findWindowPolls(db, servers, window);
  if (polls === undefined) throw new Error("A server that was just found is not there");
  return coverageOf(polls, window, await countUndiffedPolls(db, servers, to));
}

/** The server that is meant: the one named, or the only one there is. */
async function chooseServer(db: Db, name: string | null): Promise<{ kind: "chosen"; server: string } | NoMoment> {
  const servers = await findServerIds(db);
  const [first, ...others] = servers;
  if (first === undefined) return { kind: "no_servers" };
  if (name !== null) {
    return servers.includes(name)
      ? { kind: "chosen", server: name }
      : { kind: "unknown_server", server: name, servers };
  }
  return others.length === 0 ? { kind: "chosen", server: first } : { kind: "several_servers", servers };
}

/** The integrations that are meant; null: all of them. */
async function chooseIntegration(
  db: Db,
  server: string,
  name: string | null,
): Promise<{ kind: "chosen"; ids: ReadonlySet<string> | null } | NoMoment> {
  if (name === null) return { kind: "chosen", ids: null };
  const ids = await findIntegrationIdsEver(db, server, name);
  return ids.size > 0 ? { kind: "chosen", ids } : { kind: "unknown_integration", integration: name, server };
}

async function findMoment(
  db: Db,
  server: string,
  moment: MomentName,
  at: Date,
  now: Date,
): Promise<(Moment & { kind: "moment" }) | NoMoment> {
  if (at > now) return { kind: "in_future", moment };
  const snapshot = await findSnapshotInForce(db, server, at);
  if (snapshot !== null) return { kind: "moment", at, snapshot };
  const firstAt = await findFirstTakenAt(db, server);
  return firstAt === null ? { kind: "never_read", server } : { kind: "before_first", moment, server, firstAt };
}
