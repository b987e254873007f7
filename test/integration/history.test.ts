import { describe, expect } from "vitest";
import { findAlerts } from "../../src/store/history/alerts.js";
import { findChanges } from "../../src/store/history/changes.js";
import { BadCursorError } from "../../src/store/history/cursor.js";
import { findDeliveries } from "../../src/store/history/deliveries.js";
import { findError } from "../../src/store/history/error-detail.js";
import { DEFAULT_ERROR_SORT, ERROR_SORT_KEYS } from "../../src/store/history/error-order.js";
import type { ListedErrorRow } from "../../src/store/history/error-row.js";
import { type ErrorFilter, EVERY_ERROR, findErrors } from "../../src/store/history/errors.js";
import { findIntegrations } from "../../src/store/history/integrations.js";
import type { Page, PageRequest } from "../../src/store/history/page.js";
import { findServers } from "../../src/store/history/servers.js";
import { findSnapshots } from "../../src/store/history/snapshots.js";
import { databaseTest } from "../support/database.js";
import { patchyErrors, watchedFor3Minutes } from "../support/past.js";
import { anError, aRead, MINUTE, someErrors, Watch } from "../support/watch.js";

const ALL = EVERY_ERROR;
const FIRST: PageRequest = { size: 50, after: null };
const EPOCH = new Date(0);

async function everyPage<Row>(size: number, find: (page: PageRequest) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after: string | null = null; ; ) {
    const page = await find({ size, after });
    expect(page.rows.length).toBeLessThanOrEqual(size);
    rows.push(...page.rows);
    if (page.next === null) return rows;
    after = page.next;
  }
}

databaseTest("a server tells since when it fails, and what it shows", async ({ db }) => {
  const watch = await watchedFor3Minutes(db);
  const { rows } = await findServers(db, { server: null, watched: true }, FIRST);
  expect(rows).toEqual([
    expect.objectContaining({
      id: "prod",
      errorsPresent: 4,
      openAlerts: 1,
      integrationsPresent: 1,
      integrationsNotRunning: 0,
      failingSince: watch.clock(),
      failedPolls: 1,
      lastFailure: { failure: "timeout", detail: "It failed with timeout", httpStatus: null, failedAt: watch.clock() },
    }),
  ]);
  await watch.minute(aRead(someErrors()));
  const [healthy] = (await findServers(db, { server: "prod", watched: null }, FIRST)).rows;
  expect(healthy).toMatchObject({ failingSince: null, lastFailure: null, failedPolls: 0 });
});

databaseTest("an error is shown with its texts, identities, changes, alerts and decisions", async ({ db }) => {
  await watchedFor3Minutes(db);
  const [newest] = (await findErrors(db, { ...ALL, httpStatus: 429 }, FIRST)).rows;
  const detail = await findError(db, newest?.id ?? "");
  expect(detail).toMatchObject({
    headline: newest?.headline,
    occurrences: 3,
    text: { shortText: "Quota of 100% used_up today", causeBecause: expect.any(String) },
    earlierTexts: [],
    identities: [{ polarityId: "e4" }],
    changes: [{ kind: "new", added: expect.any(Number), integration: { acronym: "VT" } }],
    alerts: [{ alertState: "firing", transitions: [{ fromState: null, toState: "firing", at: expect.any(Date) }] }],
    decisions: [{ verdict: "fired", rule: "new" }],
  });
});

databaseTest("an id that no row can have finds nothing", async ({ db }) => {
  await watchedFor3Minutes(db);
  for (const id of ["", "0", "-1", "x", "1e3", "99999999999999999999", "9223372036854775807"]) {
    expect(await findError(db, id)).toBeNull();
    expect((await findChanges(db, { ...CHANGES, error: id }, FIRST)).rows).toEqual([]);
    expect((await findAlerts(db, { ...ALERTS, error: id }, FIRST)).rows).toEqual([]);
  }
});

const CHANGES = { server: null, integration: null, error: null, kind: null, since: EPOCH, until: null } as const;
const ALERTS = { server: null, alertState: null, error: null, severity: null } as const;

describe("filters", () => {
  databaseTest("errors are found by each of their filters, and only by what fits", async ({ db }) => {
    const watch = await watchedFor3Minutes(db);
    await watch.minute(aRead(someErrors()));
    await watch.minute(aRead(someErrors()));
    const idsBy = async (filter: Partial<ErrorFilter>) =>
      (await findErrors(db, { ...ALL, ...filter }, FIRST)).rows.map((row) => row.polarityId).sort();
    expect(await idsBy({ server: "prod" })).toEqual(["e1", "e2", "e3", "e4"]);
    expect(await idsBy({ server: "other" })).toEqual([]);
    for (const integration of ["vt", "VT", "virustotal"]) expect(await idsBy({ integration })).toHaveLength(4);
    expect(await idsBy({ integration: "shodan" })).toEqual([]);
    expect(await idsBy({ cause: "credential" })).toEqual(["e1"]);
    expect(await idsBy({ httpStatus: 429 })).toEqual(["e4"]);
    expect(await idsBy({ state: "gone" })).toEqual(["e4"]);
    expect(await idsBy({ state: "present" })).toEqual(["e1", "e2", "e3"]);
    expect(await idsBy({ text: "invalid API" })).toEqual(["e1"]);
  });

  databaseTest("a text is found by its words or their beginnings, in whatever the error says", async ({ db }) => {
    const watch = await Watch.open(db);
    const longText = "GET https://www.virustotal.com/api/v3/files failed: API_KEY 'Ünlü' (e=5) a\u00a0b";
    await watch.minute(
      aRead([...someErrors(), anError({ polarityId: "e9", title: "Lookup", longText, httpStatus: 403 })]),
    );
    const found = async (text: string) =>
      (await findErrors(db, { ...ALL, text }, FIRST)).rows.map((row) => row.polarityId).sort();
    for (const text of ["lookup", "virustot", "VirusTotal.com/api", "v3 files", "Ünlü", "connect server"]) {
      expect([text, await found(text)]).toEqual([text, ["e9"]]);
    }
    for (const text of ["api key", "api_key", "KEY/api"]) expect(await found(text)).toEqual(["e1", "e9"]);
    expect(await found("api nowhere")).toEqual([]);
    expect(await found("totally")).toEqual([]);
    for (const text of ["%", "' | !x:*", "a\u00a0b", "\\", ":*", "<->", "\u3000", "…", "\u200b"]) {
      expect(Array.isArray(await found(text)), text).toBe(true);
    }
  });

  databaseTest("errors are found by their open alerts, and by when they were seen", async ({ db }) => {
    const watch = await watchedFor3Minutes(db);
    const idsBy = async (filter: Partial<ErrorFilter>) =>
      (await findErrors(db, { ...ALL, ...filter }, FIRST)).rows.map((row) => row.polarityId).sort();
    expect(await idsBy({ severity: "info" })).toEqual(["e4"]);
    expect(await idsBy({ alertState: "firing" })).toEqual(["e4"]);
    expect(await idsBy({ severity: "info", alertState: "acknowledged" })).toEqual([]);
    expect(await idsBy({ acronym: "vt" })).toHaveLength(4);
    expect(await idsBy({ acronym: "VirusTotal" })).toEqual([]);
    const second = new Date(watch.clock().getTime() - MINUTE);
    expect(await idsBy({ firstSeen: { since: second, until: null } })).toEqual(["e4"]);
    expect(await idsBy({ firstSeen: { since: null, until: second } })).toEqual(["e1", "e2", "e3"]);
    expect(await idsBy({ lastSeen: { since: EPOCH, until: null } })).toEqual([]);
  });

  databaseTest(
    "what was added in a window is the sum of its changes, and sorts and limits the list",
    async ({ db }) => {
      const watch = await Watch.open(db);
      const totals = (e1: number, e2: number) =>
        aRead(someErrors().map((one, index) => ({ ...one, occurrences: [e1, e2, 5][index] ?? null })));
      for (const read of [totals(5, 5), totals(7, 5), totals(10, 6), totals(2, 9)]) await watch.minute(read);
      const addedSince = new Date(watch.clock().getTime() - MINUTE);
      const sort = { by: "added", descending: true } as const;
      const rows = (await findErrors(db, { ...ALL, addedSince, sort }, FIRST)).rows;
      expect(rows.map((row) => [row.polarityId, row.addedInWindow])).toEqual([
        ["e1", 5],
        ["e2", 4],
        ["e3", 0],
      ]);
      const sums = await db.$queryRaw<{ added: bigint }[]>`
      SELECT sum(added)::bigint AS added FROM change WHERE at >= ${addedSince} GROUP BY error_id ORDER BY 1 DESC`;
      expect(sums.map(({ added }) => Number(added))).toEqual([5, 4]);
      const atLeast = (addedMin: number) => findErrors(db, { ...ALL, addedSince, addedMin }, FIRST);
      expect((await atLeast(5)).rows.map((row) => row.polarityId)).toEqual(["e1"]);
      expect((await atLeast(6)).rows).toEqual([]);
    },
  );

  databaseTest("the other lists keep to their filters", async ({ db }) => {
    const watch = await watchedFor3Minutes(db);
    const count = async (found: Promise<Page<unknown>>) => (await found).rows.length;
    const none = { server: null, integrationStatus: null, present: null };
    expect(await count(findIntegrations(db, none, FIRST))).toBe(1);
    expect(await count(findIntegrations(db, { ...none, integrationStatus: "not-running" }, FIRST))).toBe(0);
    expect(await count(findIntegrations(db, { ...none, integrationStatus: "Running", present: true }, FIRST))).toBe(1);
    expect(await count(findChanges(db, { ...CHANGES, kind: "new" }, FIRST))).toBe(1);
    expect(await count(findChanges(db, { ...CHANGES, kind: "gone" }, FIRST))).toBe(0);
    expect(await count(findChanges(db, { ...CHANGES, integration: "VT", server: "prod" }, FIRST))).toBe(1);
    expect(await count(findChanges(db, { ...CHANGES, integration: "nobody" }, FIRST))).toBe(0);
    expect(await count(findChanges(db, { ...CHANGES, since: new Date(watch.clock().getTime() - 60_000) }, FIRST))).toBe(
      1,
    );
    expect(await count(findChanges(db, { ...CHANGES, until: new Date(watch.clock().getTime() - 60_000) }, FIRST))).toBe(
      0,
    );
    expect(await count(findAlerts(db, { ...ALERTS, alertState: "open", severity: "info" }, FIRST))).toBe(1);
    expect(await count(findAlerts(db, { ...ALERTS, alertState: "resolved" }, FIRST))).toBe(0);
    expect(await count(findAlerts(db, { ...ALERTS, severity: "critical" }, FIRST))).toBe(0);
    const deliveries = { server: "prod", destination: "oncall/console", deliveryOutcome: null, since: null };
    expect(await count(findDeliveries(db, deliveries, FIRST))).toBe(2);
    expect(await count(findDeliveries(db, { ...deliveries, deliveryOutcome: "owed" }, FIRST))).toBe(0);
    expect(await count(findDeliveries(db, { ...deliveries, since: watch.clock() }, FIRST))).toBe(0);
    expect(await count(findSnapshots(db, { server: "prod", since: null, until: null }, FIRST))).toBe(2);
    expect(await count(findSnapshots(db, { server: null, since: watch.clock(), until: null }, FIRST))).toBe(0);
  });

  databaseTest("a delivery comes with its tries and with the alerts it tells of", async ({ db }) => {
    await watchedFor3Minutes(db);
    const filter = { server: null, destination: null, deliveryOutcome: "delivered", since: null } as const;
    const [alerts, summary] = (await findDeliveries(db, filter, FIRST)).rows;
    const [alert] = (await findAlerts(db, ALERTS, FIRST)).rows;
    expect(alerts).toMatchObject({
      kind: "alerts",
      alertIds: [alert?.id],
      attempts: [{ number: 1, verdict: "delivered", startedAt: expect.any(Date) }],
    });
    expect(summary).toMatchObject({ kind: "summary", alertIds: [] });
  });
});

describe("paging", () => {
  databaseTest("every order of errors visits each one once, those without the value last", async ({ db }) => {
    const watch = await Watch.open(db);
    await watch.minute(aRead(patchyErrors(12)));
    await watch.minute(aRead(patchyErrors(14)));
    for (const by of ERROR_SORT_KEYS) {
      for (const descending of [true, false]) {
        const filter = { ...ALL, addedSince: by === "added" ? EPOCH : null, sort: { by, descending } };
        const whole = (await findErrors(db, filter, FIRST)).rows;
        expect(whole).toHaveLength(14);
        for (const size of [1, 3, 14]) {
          const paged = await everyPage(size, (page) => findErrors(db, filter, page));
          expect(paged.map((row) => row.id)).toEqual(whole.map((row) => row.id));
        }
        expectOrdered(
          whole.map((row) => keyOf(row, by)),
          descending,
        );
      }
    }
  });

  databaseTest("rows that are added while someone pages are neither repeated nor push others out", async ({ db }) => {
    const watch = await Watch.open(db);
    await watch.minute(aRead(patchyErrors(3)));
    await watch.minute(aRead(patchyErrors(9)));
    const before = (await findChanges(db, CHANGES, FIRST)).rows.map((row) => row.id);
    expect(before).toHaveLength(6);
    let seen = 9;
    const paged = await everyPage(2, async (page) => {
      const found = await findChanges(db, CHANGES, page);
      seen += 1;
      await watch.minute(aRead(patchyErrors(seen)));
      return found;
    });
    expect(paged.map((row) => row.id)).toEqual(before);
    expect((await everyPage(3, (page) => findChanges(db, CHANGES, page))).length).toBe(seen - 3);
  });

  databaseTest("each list pages to its end", async ({ db }) => {
    const watch = await watchedFor3Minutes(db);
    for (const count of [5, 6, 7])
      await watch.minute(aRead(patchyErrors(count), [{}, { polarityId: "sh", name: "Shodan" }]));
    const lists: ((page: PageRequest) => Promise<Page<{ id: string }>>)[] = [
      (page) => findSnapshots(db, { server: null, since: null, until: null }, page),
      (page) => findChanges(db, CHANGES, page),
      (page) => findAlerts(db, ALERTS, page),
      (page) => findDeliveries(db, { server: null, destination: null, deliveryOutcome: null, since: null }, page),
      (page) => findIntegrations(db, { server: null, integrationStatus: null, present: null }, page),
      (page) => findServers(db, { server: null, watched: null }, page),
    ];
    for (const find of lists) {
      const whole = (await find(FIRST)).rows.map((row) => row.id);
      expect(new Set(whole).size).toBe(whole.length);
      expect((await everyPage(1, find)).map((row) => row.id)).toEqual(whole);
    }
  });

  databaseTest("a cursor of another list or order, or one made up, is refused", async ({ db }) => {
    const watch = await Watch.open(db);
    await watch.minute(aRead(someErrors()));
    const { next } = await findErrors(db, ALL, { size: 1, after: null });
    const otherOrder = { ...ALL, sort: { ...DEFAULT_ERROR_SORT, descending: false } };
    await expect(findErrors(db, otherOrder, { size: 1, after: next })).rejects.toThrow(BadCursorError);
    for (const after of ["", "x", `${next}A`, `${next}=`, Buffer.from('["changes",1,"1"]').toString("hex")]) {
      await expect(findErrors(db, ALL, { size: 1, after })).rejects.toThrow(BadCursorError);
      await expect(findChanges(db, CHANGES, { size: 1, after })).rejects.toThrow(BadCursorError);
    }
  });
});

function keyOf(row: ListedErrorRow, by: (typeof ERROR_SORT_KEYS)[number]): number | null {
  const keys = {
    "last-grown-at": row.lastGrownAt,
    "last-occurred-at": row.lastOccurredAt,
    "first-seen-at": row.firstSeenAt,
    occurrences: row.occurrences,
    added: row.addedInWindow === 0 ? null : row.addedInWindow,
  };
  const key = keys[by];
  return key instanceof Date ? key.getTime() : key;
}

function expectOrdered(keys: (number | null)[], descending: boolean): void {
  const known = keys.filter((key) => key !== null);
  expect(keys.slice(0, known.length)).toEqual(known.toSorted((a, b) => (descending ? b - a : a - b)));
}
