import { describe, expect } from "vitest";
import { type SilenceWatchSummary, watchSilences } from "../../src/app/silence-watch.js";
import type { NewSilence } from "../../src/domain/silence.js";
import { inTransaction } from "../../src/store/prisma.js";
import { endSilencesInTime } from "../../src/store/silence-ends.js";
import {
  findSilenceReports,
  lockUnreportedSilences,
  markReported,
  oweReports,
} from "../../src/store/silence-reports.js";
import { endSilence } from "../../src/store/silences.js";
import { holdSilences } from "../../src/store/suppressions.js";
import { databaseTest } from "../support/database.js";
import { silence, sweepOnce } from "../support/sweep-watch.js";
import { aFailure, anError, aRead, MINUTE, ONCALL, someErrors, Watch } from "../support/watch.js";

const HOUR = 60 * MINUTE;
const BASE = someErrors();
const REFUSED = anError({
  polarityId: "n1",
  title: "Key refused",
  shortText: "Unauthorized",
  httpStatus: 401,
  occurrences: 5,
});
const AWAY = anError({ polarityId: "n2", title: "Gateway away", shortText: "Bad gateway", httpStatus: 502 });

const NEVER = { unmatchedPolls: null, countDoubles: false, httpStatusChanges: false, textChanges: false };
const endsWhen = (when: Partial<NewSilence["endsWhen"]>) => ({ endsWhen: { ...NEVER, ...when } });

async function aWatch(db: Parameters<typeof Watch.open>[0]): Promise<Watch> {
  const watch = await Watch.open(db);
  await watch.minute(aRead(BASE));
  return watch;
}

/** Watches silences after a minute in which the server showed these errors. */
async function watchAfter(watch: Watch, errors: typeof BASE): Promise<SilenceWatchSummary> {
  await watch.minute(aRead(errors));
  return watchSilences(watch);
}

const theSilence = (watch: Watch) => watch.db.silence.findFirstOrThrow();
const reports = (watch: Watch) => watch.db.delivery.findMany({ where: { kind: "silence" } });

describe("a silence", () => {
  databaseTest("ends when its time is over, at that time, and not before", async ({ db }) => {
    const watch = await aWatch(db);
    await silence(watch, "server=prod");
    watch.clock.advance(HOUR - 1);
    expect(await watchSilences(watch)).toEqual({ silencesEnded: 0, silenceReports: 0 });
    watch.clock.advance(5 * MINUTE);
    expect(await watchSilences(watch)).toEqual({ silencesEnded: 1, silenceReports: 0 });
    const { endsAt, endedAt, endedBecause } = await theSilence(watch);
    expect({ endedAt, endedBecause }).toEqual({ endedAt: endsAt, endedBecause: "Its time is over" });
  });

  databaseTest("counts the polls without a match anew when something matches it", async ({ db }) => {
    const watch = await aWatch(db);
    await silence(watch, 'http_status="401"', endsWhen({ unmatchedPolls: 3 }));
    await watchAfter(watch, BASE);
    await watchAfter(watch, BASE);
    expect(await watchAfter(watch, [...BASE, REFUSED])).toMatchObject({ silencesEnded: 0 });
    expect(await theSilence(watch)).toMatchObject({ unmatchedPolls: 0, lastMatchedAt: watch.clock() });
  });

  databaseTest(
    "ends after the polls without a match that it asks for: good ones, of servers that it may match",
    async ({ db }) => {
      const watch = await aWatch(db);
      await silence(watch, "server=other", endsWhen({ unmatchedPolls: 1 }));
      await silence(watch, 'server=prod, http_status="401"', endsWhen({ unmatchedPolls: 3 }));
      expect(await watchAfter(watch, BASE)).toMatchObject({ silencesEnded: 0 });
      expect(await watchAfter(watch, BASE)).toMatchObject({ silencesEnded: 0 });
      await watch.minute(aFailure("timeout"));
      expect(await watchSilences(watch)).toMatchObject({ silencesEnded: 0 });
      expect(await watchAfter(watch, BASE)).toMatchObject({ silencesEnded: 1 });
      expect(await db.silence.findMany({ where: { endedAt: { not: null } } })).toMatchObject([
        { endedBecause: "Nothing matched it at 3 good polls in a row; the limit is 3" },
      ]);
    },
  );

  databaseTest("ends when an error that it hides has doubled since the first match, resets or not", async ({ db }) => {
    const watch = await aWatch(db);
    await silence(watch, 'http_status="401"', endsWhen({ countDoubles: true }));
    expect(await watchAfter(watch, [...BASE, REFUSED])).toMatchObject({ silencesEnded: 0 });
    expect(await watchAfter(watch, [...BASE, { ...REFUSED, occurrences: 9 }])).toMatchObject({ silencesEnded: 0 });
    expect(await watchAfter(watch, [...BASE, { ...REFUSED, occurrences: 1 }])).toMatchObject({ silencesEnded: 1 });
    expect(await theSilence(watch)).toMatchObject({
      endedBecause: "The error that it hides has at least doubled, from 5 to 10",
    });
  });

  databaseTest("ends when an error that it hides shows another HTTP status", async ({ db }) => {
    const watch = await aWatch(db);
    await silence(watch, "integration=VirusTotal", endsWhen({ httpStatusChanges: true }));
    expect(await watchAfter(watch, [...BASE, REFUSED])).toMatchObject({ silencesEnded: 0 });
    expect(await watchAfter(watch, [...BASE, { ...REFUSED, httpStatus: 403 }])).toMatchObject({ silencesEnded: 1 });
    expect(await theSilence(watch)).toMatchObject({
      endedBecause: "The error that it hides has another HTTP status, 403 instead of 401",
    });
  });

  databaseTest(
    "ends when the text of an error that it hides changes, but not for what varies in it",
    async ({ db }) => {
      const watch = await aWatch(db);
      const saying = (shortText: string) => [...BASE, { ...REFUSED, shortText }];
      await silence(watch, "integration=VirusTotal", endsWhen({ textChanges: true }));
      expect(await watchAfter(watch, saying("Unauthorized at 10.0.0.1"))).toMatchObject({ silencesEnded: 0 });
      expect(await watchAfter(watch, saying("Unauthorized at 10.0.0.2"))).toMatchObject({ silencesEnded: 0 });
      expect(await watchAfter(watch, saying("This account was closed"))).toMatchObject({ silencesEnded: 1 });
    },
  );

  databaseTest("that a person has ended keeps that reason", async ({ db }) => {
    const watch = await aWatch(db);
    const silenceId = await silence(watch, "server=prod");
    await endSilence(db, silenceId, "Ann ended it", watch.clock());
    watch.clock.advance(2 * HOUR);
    expect(await watchSilences(watch)).toMatchObject({ silencesEnded: 0 });
    expect(await theSilence(watch)).toMatchObject({ endedBecause: "Ann ended it", reportedAt: watch.clock() });
  });
});

describe("the report of a silence", () => {
  databaseTest("tells each destination once what was hidden from it, however many sweeps there are", async ({ db }) => {
    const watch = await aWatch(db);
    watch.receivers = { oncall: [ONCALL, "oncall/second"] };
    const startsAt = watch.clock();
    await silence(watch, "integration=VirusTotal");
    await watch.minute(aRead([...BASE, REFUSED]));
    await watch.minute(aRead([...BASE, REFUSED, AWAY]));
    watch.clock.set(new Date(startsAt.getTime() + HOUR));
    const watched = await Promise.all([watchSilences(watch), watchSilences(watch), watchSilences(watch)]);
    expect(watched.reduce((sum, { silenceReports }) => sum + silenceReports, 0)).toBe(2);
    expect(await watchSilences(watch)).toEqual({ silencesEnded: 0, silenceReports: 0 });
    const already = watch.notifier.told.length;
    await watch.deliverAll();
    const report = {
      kind: "silence",
      author: "Ann",
      reason: "the vendor works on it",
      startedAt: startsAt,
      endedAt: watch.clock(),
      because: "Its time is over",
      hidden: {
        alerts: 2,
        stillFiring: 2,
        top: [
          { integration: "VirusTotal", headline: "Gateway away", messages: 1 },
          { integration: "VirusTotal", headline: "Key refused", messages: 1 },
        ],
      },
    };
    expect(watch.notifier.told.slice(already)).toMatchObject([report, report]);
  });

  databaseTest("is not owed to those from whom nothing was hidden", async ({ db }) => {
    const watch = await aWatch(db);
    await silence(watch, 'http_status="418"');
    watch.clock.advance(HOUR);
    expect(await watchSilences(watch)).toEqual({ silencesEnded: 1, silenceReports: 0 });
    expect(await reports(watch)).toEqual([]);
  });

  databaseTest("is left for later while somebody hides something by the silence", async ({ db }) => {
    const watch = await aWatch(db);
    const silenceId = await silence(watch, "server=prod");
    const reportable = () => inTransaction(db, (tx) => lockUnreportedSilences(tx, 10));
    await inTransaction(db, async (tx) => {
      expect(await holdSilences(tx, [silenceId])).toEqual(new Set([silenceId]));
      await endSilence(db, silenceId, "Ann ended it", watch.clock());
      expect(await reportable()).toEqual([]);
    });
    expect(await reportable()).toEqual([silenceId]);
    expect(await holdSilences(db, [silenceId])).toEqual(new Set());
  });

  databaseTest("is not lost when the sweep that owes it dies", async ({ db }) => {
    const watch = await aWatch(db);
    await silence(watch, "server=prod");
    await watch.minute(aRead([...BASE, REFUSED]));
    watch.clock.advance(HOUR);
    const now = watch.clock();
    await endSilencesInTime(db, now);
    const dying = inTransaction(db, async (tx) => {
      const ids = await lockUnreportedSilences(tx, 10);
      expect(await oweReports(tx, await findSilenceReports(tx, ids), now)).toBe(1);
      await markReported(tx, ids, now);
      expect(await watchSilences(watch)).toMatchObject({ silenceReports: 0 });
      throw new Error("killed");
    });
    await expect(dying).rejects.toThrow("killed");
    expect(await reports(watch)).toEqual([]);
    const summary = await sweepOnce(watch);
    expect(summary).toMatchObject({ silenceReports: 1, reminders: 1 });
  });
});
