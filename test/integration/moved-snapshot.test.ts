import { describe, expect } from "vitest";
import type { ErrorId } from "../../src/domain/ids.js";
import { findPresentErrors } from "../../src/store/known-errors.js";
import { claimPoll } from "../../src/store/polls.js";
import { findMonths } from "../../src/store/retention.js";
import type { SnapshotContent, SnapshotRecord } from "../../src/store/snapshot-record.js";
import { storeSnapshot } from "../../src/store/snapshots.js";
import { databaseTest } from "../support/database.js";
import { aRead, MINUTE, PROD, someErrors, Watch } from "../support/watch.js";

const DAY = 24 * 60 * MINUTE;

/** Three errors on record, and a poll under way that has seen each of them twice more. */
async function movedPast(watch: Watch, afterMs: number) {
  await watch.poll(aRead(someErrors()));
  watch.clock.advance(afterMs);
  const now = watch.clock();
  const leasedUntil = new Date(now.getTime() + MINUTE);
  const claim = { serverId: PROD, slotAt: now, otherwise: null, workerId: watch.workerId, now, leasedUntil };
  const poll = await claimPoll(watch.db, claim);
  if (poll === null) throw new Error("The slot was not free");
  const record: SnapshotRecord = {
    pollId: poll.id,
    serverId: PROD,
    workerId: watch.workerId,
    takenAt: now,
    serverTime: null,
    digest: "moved",
    bytes: 1,
  };
  const present = await findPresentErrors(watch.db, PROD);
  const content: SnapshotContent = {
    names: aRead([]).names,
    integrations: aRead(someErrors()).integrations,
    integrationsUnchanged: true,
    unlistedIntegrations: [],
    errorsPresent: present.length,
    changed: present.map(({ id, textDigest, fingerprint, polarityId, integrationPolarityId }, at) => ({
      id,
      at,
      fingerprint,
      textDigest,
      read: { polarityId, integrationPolarityId, occurrences: 7, lastOccurredAt: now },
      textChanged: false,
      idChanged: false,
    })),
    missing: [],
    wordings: async () => [],
  };
  return { record, content };
}

async function onRecord({ db }: Watch) {
  const [errors, observations, snapshots] = await Promise.all([
    db.error.findMany({
      orderBy: { id: "asc" },
      select: { occurrences: true, lastOccurredAt: true, observedAt: true },
    }),
    db.observation.findMany({ orderBy: [{ observedAt: "asc" }, { errorId: "asc" }] }),
    db.snapshot.findMany({ orderBy: { id: "asc" }, select: { errors: true, integrations: true, unchanged: true } }),
  ]);
  const polls = await db.poll.findMany({ orderBy: { id: "asc" }, select: { outcome: true } });
  return { errors, observations, snapshots, polls };
}

describe("a snapshot that shows known errors again, and nothing else", () => {
  databaseTest("settles its poll, and each error has one observation of what is now on record", async ({ db }) => {
    const watch = await Watch.open(db);
    const { record, content } = await movedPast(watch, MINUTE);
    expect(await storeSnapshot(db, record, content)).toEqual({ fresh: [] });
    const stored = await onRecord(watch);
    const moved = { occurrences: 7n, lastOccurredAt: record.takenAt, observedAt: record.takenAt };
    expect(stored.errors).toEqual([moved, moved, moved]);
    expect(stored.observations.slice(3)).toMatchObject(
      content.changed.map(({ id }) => ({
        errorId: id,
        observedAt: record.takenAt,
        occurrences: 7n,
        lastOccurredAt: record.takenAt,
        present: true,
      })),
    );
    expect(stored.snapshots).toEqual([
      { errors: 3, integrations: 1, unchanged: false },
      { errors: 3, integrations: 1, unchanged: false },
    ]);
    expect(stored.polls).toEqual([{ outcome: "complete" }, { outcome: "complete" }]);
  });

  databaseTest("makes room where its month has none yet", async ({ db }) => {
    const watch = await Watch.open(db);
    const { record, content } = await movedPast(watch, 40 * DAY);
    expect((await findMonths(db, "observation")).map(({ table }) => table)).not.toContain("observation_2026_04");
    expect(await storeSnapshot(db, record, content)).toEqual({ fresh: [] });
    expect(await db.observation.count({ where: { observedAt: record.takenAt } })).toBe(3);
  });

  databaseTest("stores nothing when an error is not on record as it was remembered", async ({ db }) => {
    const watch = await Watch.open(db);
    const { record, content } = await movedPast(watch, MINUTE);
    const before = await onRecord(watch);
    const [first, ...others] = content.changed;
    if (first === undefined) throw new Error("There is no error");
    const renamed = { ...first, read: { ...first.read, polarityId: "another" } };
    const unknown = { ...first, id: 999_999n as ErrorId };
    for (const wrong of [renamed, unknown]) {
      await expect(storeSnapshot(db, record, { ...content, changed: [wrong, ...others] })).rejects.toThrow("error_id");
      expect(await onRecord(watch)).toEqual(before);
    }
  });

  databaseTest("stores nothing when the lease of its poll was lost", async ({ db }) => {
    const watch = await Watch.open(db);
    const { record, content } = await movedPast(watch, MINUTE);
    const before = await onRecord(watch);
    expect(await storeSnapshot(db, { ...record, workerId: "another" }, content)).toBeNull();
    expect(await onRecord(watch)).toEqual(before);
  });
});
