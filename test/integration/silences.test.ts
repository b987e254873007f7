import { describe, expect } from "vitest";
import { addSilence, expireSilence, previewOverPast } from "../../src/app/silence.js";
import { FROM_COMMAND_LINE } from "../../src/domain/audit.js";
import { type Matcher, parseMatchers } from "../../src/domain/matcher.js";
import type { NewSilence } from "../../src/domain/silence.js";
import { findSilence, findSilences } from "../../src/store/history/silences.js";
import type { Database } from "../../src/store/prisma.js";
import { findActiveSilences, insertSilence } from "../../src/store/silences.js";
import { AlertPast, NOON } from "../support/alert-past.js";
import { databaseTest } from "../support/database.js";
import { createTestClock } from "../support/test-clock.js";
import { MINUTE } from "../support/watch.js";

const HOUR = 60 * MINUTE;
const later = (ms: number) => new Date(NOON.getTime() + ms);
const FIRST = { size: 50, after: null };
const NEVER = { unmatchedPolls: null, countDoubles: false, httpStatusChanges: false, textChanges: false };

function matching(text: string): readonly Matcher[] {
  const matchers = parseMatchers(text);
  if ("problem" in matchers) throw new Error(matchers.problem);
  return matchers;
}

/** Two hours from noon on, unless the test says otherwise. */
function aSilence(spec: Partial<NewSilence> = {}): NewSilence {
  return {
    matchers: matching("integration=VirusTotal"),
    startsAt: NOON,
    endsAt: later(2 * HOUR),
    author: "mia",
    reason: "New key is on its way",
    endsWhen: NEVER,
    ...spec,
  };
}

/** As people add it at noon. Gives its id as the outside knows it. */
async function added(db: Database, spec: Partial<NewSilence> = {}): Promise<string> {
  const result = await addSilence({ db, clock: createTestClock(NOON) }, aSilence(spec), FROM_COMMAND_LINE);
  if (result.kind === "refused") throw new Error(JSON.stringify(result.problems));
  return String(result.id);
}

describe("a silence", () => {
  databaseTest("comes back as it was added, its matchers and its ends among it", async ({ db }) => {
    const matchers = matching('integration=~"Virus.*", server!="te\\"st", cause!~"quota|data"');
    const endsWhen = { unmatchedPolls: 3, countDoubles: true, httpStatusChanges: false, textChanges: true };
    await added(db, { matchers, endsWhen, author: " mia\u001b[31m ", reason: "two\nlines" });
    expect(await findActiveSilences(db, later(HOUR))).toEqual([
      { ...aSilence(), id: expect.any(BigInt), matchers, endsWhen, author: "mia", reason: "two lines" },
    ]);
    const [row] = (await findSilences(db, { silenceState: null, at: later(HOUR) }, FIRST)).rows;
    expect(row).toMatchObject({
      silenceState: "active",
      matchers: ['integration=~"Virus.*"', 'server!="te\\"st"', 'cause!~"quota|data"'],
      createdAt: NOON,
      endsWhen,
      hidden: { alerts: 0, transitions: 0 },
    });
  });

  databaseTest("is active from its start up to its end, and not once somebody has ended it", async ({ db }) => {
    const id = await added(db, { startsAt: later(HOUR) });
    const activeAt = async (ms: number) => (await findActiveSilences(db, later(ms))).length;
    expect(await activeAt(HOUR - 1)).toBe(0);
    expect(await activeAt(HOUR)).toBe(1);
    expect(await activeAt(2 * HOUR - 1)).toBe(1);
    expect(await activeAt(2 * HOUR)).toBe(0);
    await expireSilence(
      { db, clock: createTestClock(later(90 * MINUTE)) },
      { id, author: "ben", origin: FROM_COMMAND_LINE },
    );
    expect(await activeAt(100 * MINUTE)).toBe(0);
  });

  databaseTest("with a matcher that cannot be read hides nothing, and hinders no other", async ({ db }) => {
    await added(db);
    await insertSilence(db, aSilence(), NOON);
    await db.$executeRaw`UPDATE silence SET matchers = ARRAY['a="b"', 'c=~"("'] WHERE id = (SELECT min(id) FROM silence)`;
    expect(await findActiveSilences(db, NOON)).toHaveLength(1);
  });

  databaseTest("that may not be is refused with all its problems, and not stored", async ({ db }) => {
    const wrong = { matchers: matching('a=~".*"'), endsAt: NOON, author: " ", reason: "" };
    const result = await addSilence({ db, clock: createTestClock(NOON) }, aSilence(wrong), FROM_COMMAND_LINE);
    expect(result.kind === "refused" && result.problems.map(({ field }) => field)).toEqual([
      "matchers",
      "endsAt",
      "author",
      "reason",
    ]);
    expect(await db.silence.count()).toBe(0);
  });
});

describe("ending a silence", () => {
  databaseTest("keeps who did it and when, also before it has begun", async ({ db }) => {
    const id = await added(db, { startsAt: later(HOUR) });
    const at = later(MINUTE);
    expect(
      await expireSilence({ db, clock: createTestClock(at) }, { id, author: "ben", origin: FROM_COMMAND_LINE }),
    ).toEqual({ kind: "expired" });
    expect(await findSilence(db, id, at)).toMatchObject({
      silenceState: "expired",
      endsAt: later(2 * HOUR),
      endedAt: at,
      endedBecause: "ben ended it",
    });
  });

  databaseTest("is done once, and refused in a sentence for one that is over or unknown", async ({ db }) => {
    const [ended, over] = [await added(db), await added(db)];
    const expire = (id: string, ms: number) =>
      expireSilence({ db, clock: createTestClock(later(ms)) }, { id, author: "ben", origin: FROM_COMMAND_LINE });
    const kinds = (await Promise.all([1, 2, 3].map((ms) => expire(ended, ms)))).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(["expired", "refused", "refused"]);
    expect(await expire(ended, MINUTE)).toMatchObject({
      reason: "over",
      because: `Silence ${ended} has ended already: ben ended it.`,
    });
    expect(await expire(over, 2 * HOUR)).toMatchObject({
      reason: "over",
      because: `Silence ${over} has ended already: its time is over.`,
    });
    for (const id of ["999", "x"]) {
      expect(await expire(id, 0)).toMatchObject({ reason: "unknown", because: `There is no silence ${id}.` });
    }
  });
});

describe("the list", () => {
  databaseTest("finds silences by where they stand, the newest first", async ({ db }) => {
    const DAY = 24 * HOUR;
    const over = await added(db, { endsAt: later(HOUR) });
    const stale = await added(db, { endsAt: later(9 * DAY) });
    const matched = await added(db, { endsAt: later(9 * DAY) });
    const pending = await added(db, { startsAt: later(5 * DAY), endsAt: later(6 * DAY) });
    const ended = await added(db, { endsAt: later(9 * DAY) });
    await expireSilence(
      { db, clock: createTestClock(later(MINUTE)) },
      { id: ended, author: "ben", origin: FROM_COMMAND_LINE },
    );
    await db.silence.update({ where: { id: BigInt(matched) }, data: { lastMatchedAt: later(DAY) } });
    const at = later(DAY + MINUTE);
    const listed = async (silenceState: Parameters<typeof findSilences>[1]["silenceState"]) =>
      (await findSilences(db, { silenceState, at }, FIRST)).rows;
    const idsOf = async (state: Parameters<typeof listed>[0]) => (await listed(state)).map(({ id }) => id);
    expect(await idsOf(null)).toEqual([ended, pending, matched, stale, over]);
    expect(await idsOf("open")).toEqual([pending, matched, stale]);
    expect(await idsOf("active")).toEqual([matched, stale]);
    expect(await idsOf("pending")).toEqual([pending]);
    expect(await idsOf("expired")).toEqual([ended, over]);
    expect(await idsOf("stale")).toEqual([stale]);
    for (const { id, silenceState, isStale } of await listed(null)) {
      expect(await idsOf(silenceState), id).toContain(id);
      expect(isStale, id).toBe(id === stale);
    }
  });

  databaseTest("is cut into pages that visit each silence once", async ({ db }) => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift(await added(db));
    const visited: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = await findSilences(db, { silenceState: "open", at: NOON }, { size: 2, after });
      visited.push(...page.rows.map(({ id }) => id));
      if (page.next === null) break;
      after = page.next;
    }
    expect(visited).toEqual(ids);
  });
});

databaseTest("a silence counts each alert and each move once, however many would have been told", async ({ db }) => {
  const past = await AlertPast.open(db);
  const silenceId = BigInt(await added(db));
  const [one, two] = [await past.alert(), await past.alert({ subject: "server", rule: "server_unreadable" })];
  await past.hiddenBy(silenceId, one.rowId, "oncall/console");
  await past.hiddenBy(silenceId, one.rowId, "oncall/mail");
  await past.moved(one.rowId, { at: later(MINUTE), to: "resolved", because: "It is gone" });
  await past.hiddenBy(silenceId, one.rowId);
  await past.hiddenBy(silenceId, two.rowId);
  await past.hiddenBy(BigInt(await added(db)), (await past.alert()).rowId);
  expect(await findSilence(db, String(silenceId), NOON)).toMatchObject({
    hidden: { alerts: 2, transitions: 3 },
    hiddenAlerts: [
      {
        alertId: one.id,
        transitions: 2,
        firstAt: NOON,
        lastAt: later(MINUTE),
        error: { id: String(one.errorId), headline: "Invalid API key" },
        integration: { name: "VirusTotal" },
      },
      { alertId: two.id, transitions: 1, error: null, integration: null, serverId: "prod" },
    ],
  });
});

describe("a preview", () => {
  databaseTest("tells what fired in the time asked for and matches, and stores nothing", async ({ db }) => {
    const past = await AlertPast.open(db);
    await past.alert({ at: later(-MINUTE) });
    const first = await past.alert({ at: NOON });
    const again = await past.alert({ at: later(MINUTE), rule: "growing", state: "resolved" });
    await past.alert({ at: later(MINUTE), labels: { integration: "Shodan" } });
    await past.alert({ at: later(MINUTE), state: "pending" });
    await past.alert({ at: later(HOUR) });
    await past.moved(first.rowId, { at: later(2 * MINUTE), to: "firing", because: "It is back" });
    const span = { fromAt: NOON, toAt: later(HOUR) };
    const preview = await previewOverPast(db, matching("integration=VirusTotal"), span);
    expect(preview).toMatchObject({
      alerts: 2,
      transitions: 3,
      perRule: [
        { value: "new", alerts: 1, transitions: 2 },
        { value: "growing", alerts: 1, transitions: 1 },
      ],
      perIntegration: [{ value: "VirusTotal", alerts: 2, transitions: 3 }],
    });
    expect(preview.hidden.map(({ alertId, because }) => [alertId, because])).toEqual([
      [first.rowId, "It is new"],
      [again.rowId, "It is new"],
      [first.rowId, "It is back"],
    ]);
    expect(await db.silence.count()).toBe(0);
  });

  databaseTest("looks at all of a long past", async ({ db }) => {
    const past = await AlertPast.open(db);
    const { rowId } = await past.alert();
    await db.$executeRaw`
      INSERT INTO transition (alert_id, at, to_state, because, facts)
      SELECT ${rowId}, ${NOON}, 'firing', 'Again', '{}' FROM generate_series(1, 2500)`;
    const preview = await previewOverPast(db, matching("server=prod"), { fromAt: NOON, toAt: later(1) });
    expect(preview).toMatchObject({ alerts: 1, transitions: 2501 });
  });
});
