import { expect } from "vitest";
import { addsUp } from "../../src/domain/ledger.js";
import type { Attempt } from "../../src/store/generated/client.js";
import { findErrorsAt } from "../../src/store/history/snapshot-at.js";
import { findLedgerProblems, findLedgerTotals } from "../../src/store/ledger.js";
import { type Database, inTransaction } from "../../src/store/prisma.js";
import type { ChaosStage } from "./chaos-stage.js";
import { type Truth, totalOf } from "./chaos-truth.js";

const ALWAYS = { from: null, to: null };
/** By how much the clocks of database and test may seem to differ, half of the way there and back. */
const CLOCK_MS_MAX = 200;
const EVERYTHING = { size: 1000, after: null };

/** What the server shows is on record, nothing that differs waits to be compared, and nothing is owed. */
export async function expectSettled(db: Database, { raised, slack }: ChaosStage): Promise<void> {
  const errors = await db.error.findMany({ include: { text: true } });
  const recordOf = ({ title }: Truth) => errors.find(({ text }) => text?.title === title);
  for (const truth of raised) {
    const record = recordOf(truth);
    const total = totalOf(truth);
    // What came and went between two looks was never there.
    if (record === undefined && total === null) continue;
    const shown = { title: truth.title, present: record?.present, occurrences: Number(record?.occurrences) };
    const occurrences = total ?? shown.occurrences;
    expect(shown).toEqual({ title: truth.title, present: total !== null, occurrences });
  }
  // Polls go on, so one of them may just have ended; what it found was what was there before, or its diff is waited for.
  const waiting = await db.poll.findMany({ where: { outcome: { not: null }, diffedAt: null }, select: { id: true } });
  expect(waiting.length).toBeLessThanOrEqual(1);
  const ids = waiting.map(({ id }) => id);
  expect(await db.snapshot.count({ where: { pollId: { in: ids }, unchanged: false } })).toBe(0);
  expect(await db.delivery.count({ where: { outcome: null } })).toBe(0);
  // What a server that could not be read has hidden is told when it can be read again.
  const told = slack.bodies().map(decodeURIComponent).join("\n");
  for (const truth of raised) if (recordOf(truth) !== undefined) expect(told).toContain(truth.title);
  expect(await db.alert.count({ where: { subject: "server", state: { not: "resolved" } } })).toBe(0);
}

/**
 * Each snapshot, rebuilt from the store, holds exactly what the server had when it was taken: so whatever stood for at
 * least two polls is on record, with no more and no less. What changed while it was taken may be there either way.
 */
export async function expectObservations(db: Database, { raised, world }: ChaosStage): Promise<void> {
  const isRaised = ({ title }: { title: unknown }) => raised.some((one) => one.title === title);
  const standing = world.simulator.truth().errors.filter((error) => !isRaised(error));
  const polls = await db.poll.findMany({ where: { outcome: "complete" }, orderBy: { id: "asc" } });
  expect(polls.length).toBeGreaterThan(0);
  for (const { id, serverId, startedAt } of polls) {
    const { takenAt } = await db.snapshot.findUniqueOrThrow({ where: { pollId: id } });
    const page = await inTransaction(db, (tx) =>
      findErrorsAt(tx, { server: serverId, integration: null, at: takenAt }, EVERYTHING),
    );
    const others = page.rows.filter((row) => !isRaised(row));
    expect(inOrder(others)).toEqual(inOrder(standing));
    const stored = new Map(page.rows.filter(isRaised).map(({ title, occurrences }) => [title, occurrences]));
    expect(stored.size + others.length).toBe(page.rows.length);
    for (const truth of raised) {
      const possible = totalsBetween(truth, startedAt.getTime() - CLOCK_MS_MAX, takenAt.getTime() + CLOCK_MS_MAX);
      expect(possible, `${truth.title} at ${takenAt.toISOString()}`).toContain(stored.get(truth.title) ?? null);
    }
  }
}

function inOrder(errors: readonly { title: unknown; occurrences: number | null }[]): string[] {
  return errors.map(({ title, occurrences }) => JSON.stringify([title, occurrences])).sort();
}

/** What an error had at some time of a span; null for when it was not there. */
function totalsBetween({ past }: Truth, fromMs: number, toMs: number): (number | null)[] {
  const spans = [{ sinceMs: Number.NEGATIVE_INFINITY, total: null }, ...past];
  const untilMs = (index: number) => spans[index + 1]?.sinceMs ?? Number.POSITIVE_INFINITY;
  return spans.filter(({ sinceMs }, index) => sinceMs <= toMs && untilMs(index) >= fromMs).map(({ total }) => total);
}

/** What was added is what the server counted while it was watched, and each thing that happened was found once. */
export async function expectChanges(db: Database, { raised }: ChaosStage): Promise<void> {
  const errors = await db.error.findMany({ include: { text: true } });
  const found = errors.map(({ text }) => raised.find(({ title }) => title === text?.title)).filter((one) => one);
  expect(found.length).toBe(new Set(found).size);
  for (const error of errors) {
    const truth = raised.find(({ title }) => title === error.text?.title);
    const changes = await db.change.findMany({ where: { errorId: error.id }, orderBy: { id: "asc" } });
    const kinds = changes.map(({ kind }) => kind);
    // The first snapshot announces nothing of what it shows.
    if (truth === undefined) {
      expect(kinds).toEqual([]);
      continue;
    }
    expect(kinds[0], truth.title).toBe("new");
    const [grown, end] = totalOf(truth) === null ? [kinds.slice(1, -1), ["gone"]] : [kinds.slice(1), []];
    expect(kinds.slice(1 + grown.length), truth.title).toEqual(end);
    expect(grown.filter((kind) => kind !== "growing")).toEqual([]);
    const seen = await db.observation.findMany({ where: { errorId: error.id }, orderBy: { observedAt: "asc" } });
    const shown = seen.map(({ occurrences }) => Number(occurrences));
    expect(shown).toEqual([...shown].sort((one, other) => one - other));
    const added = changes.reduce((sum, change) => sum + Number(change.added), 0);
    expect(added, `added to ${truth.title}`).toBe(totalOf(truth) ?? shown.at(-1));
    expect(Number(error.addedTotal)).toBe(added);
  }
}

/** Each transition has one outcome at each destination, and no error is said to be over: none was, for long enough. */
export async function expectLedger(db: Database): Promise<void> {
  expect(addsUp(await findLedgerTotals(db, ALWAYS))).toBe(true);
  expect(await findLedgerProblems(db, ALWAYS, new Date(), 10)).toEqual([]);
  const over = await db.transition.findMany({ where: { toState: "resolved", alert: { subject: "error" } } });
  expect(over).toEqual([]);
}

/** Each message arrived once, but for those whose answer was lost, which say so; and those of a group in their order. */
export async function expectMessages(db: Database, { slack, world }: ChaosStage): Promise<void> {
  const deliveries = await db.delivery.findMany({ include: { tries: { orderBy: { number: "asc" } } } });
  const posted = slack.messages().map(({ metadata }) => String(metadata?.event_payload.delivery_id ?? ""));
  const mailed = world.smtp.mails().map(({ messageId = "" }) => /(delivery-\d+)@/.exec(messageId)?.[1] ?? messageId);
  for (const arrived of [posted, mailed]) {
    const firsts = [...new Set(arrived)];
    for (const id of firsts) {
      const delivery = deliveries.find((one) => id === `delivery-${one.id}`);
      expect(delivery, `${id} is nothing that was owed`).toBeDefined();
      const times = arrived.filter((one) => one === id).length;
      const lost = delivery?.tries.filter(hasLostAnswer).length ?? 0;
      expect(times, `${id}: ${JSON.stringify(delivery?.tries, replaceBigint)}`).toBeLessThanOrEqual(1 + lost);
      if (times > 1) expect(delivery?.possiblyRepeated, id).toBe(true);
    }
    const ofGroup = new Map<string, bigint[]>();
    for (const id of firsts) {
      const delivery = deliveries.find((one) => id === `delivery-${one.id}`);
      if (delivery === undefined) continue;
      const key = `${delivery.destination} ${delivery.groupKey}`;
      ofGroup.set(key, [...(ofGroup.get(key) ?? []), delivery.id]);
    }
    for (const [group, ids] of ofGroup) {
      expect(ids, `order of ${group}`).toEqual([...ids].sort((one, other) => (one < other ? -1 : 1)));
    }
  }
}

/** An answer that came when somebody else had begun to try came too late for them. */
function hasLostAnswer(
  { verdict, reason, number, finishedAt }: Attempt,
  _: number,
  tries: readonly Attempt[],
): boolean {
  const next = tries.find((one) => one.number === number + 1);
  const isLate = finishedAt !== null && next !== undefined && next.startedAt < finishedAt;
  return verdict === null || reason === "timeout" || isLate;
}

const replaceBigint = (_key: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);
