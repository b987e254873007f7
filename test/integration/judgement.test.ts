import { describe, expect } from "vitest";
import { parseMatchers } from "../../src/domain/matcher.js";
import type { Notification } from "../../src/domain/notification.js";
import { DEFAULT_RULES, type Rule } from "../../src/domain/rule.js";
import type { ErrorRead } from "../../src/domain/snapshot.js";
import { databaseTest } from "../support/database.js";
import { aFailure, anError, aRead, MINUTE, ONCALL, someErrors, Watch } from "../support/watch.js";

const BASE = someErrors();
const CREDENTIAL = anError({ polarityId: "n1", title: null, shortText: "Invalid API key", httpStatus: 401 });
const NETWORK = anError({ polarityId: "n2", title: null, shortText: "getaddrinfo ENOTFOUND api.example.com" });

async function aWatch(db: Parameters<typeof Watch.open>[0], rules: readonly Rule[] = DEFAULT_RULES): Promise<Watch> {
  const watch = await Watch.open(db);
  watch.ruleSet = rules;
  await watch.minute(aRead(BASE));
  return watch;
}

function matchers(text: string) {
  const parsed = parseMatchers(text);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed;
}

/** The shipped rule about this, changed. */
function theRule(on: Rule["on"], change: Partial<Rule> = {}): Rule {
  const rule = DEFAULT_RULES.find((one) => one.on === on) ?? DEFAULT_RULES[0];
  if (rule === undefined) throw new Error("There are no rules");
  return { ...rule, on, name: on, ...change };
}

/** What was told, an item a line: `firing new Invalid API key`. */
function told(notifications: readonly Notification[]): string[] {
  return notifications.flatMap((one) =>
    one.kind === "alerts" ? one.items.map((item) => `${item.state} ${item.reason} ${item.headline}`) : [one.kind],
  );
}

describe("a rule", () => {
  databaseTest(
    "that waits for polls fires at the last of them, and not when its reason goes before",
    async ({ db }) => {
      const watch = await aWatch(db, [theRule("new", { hold: { polls: 3, ms: 0 } })]);
      expect(await watch.minute(aRead([...BASE, CREDENTIAL]))).toEqual([]);
      expect(await watch.minute(aRead([...BASE, CREDENTIAL, NETWORK]))).toEqual([]);
      expect(told(await watch.minute(aRead([...BASE, CREDENTIAL])))).toEqual(["firing new Invalid API key"]);
      await watch.minute(aRead([...BASE, CREDENTIAL]));
      const moves = await db.transition.findMany({
        orderBy: { id: "asc" },
        select: { fromState: true, toState: true },
      });
      expect(moves).toEqual([
        { fromState: null, toState: "pending" },
        { fromState: null, toState: "pending" },
        { fromState: "pending", toState: "firing" },
        { fromState: "pending", toState: "resolved" },
      ]);
    },
  );

  databaseTest("takes the severity of the cause, and its matchers decide about what", async ({ db }) => {
    const watch = await aWatch(db, [theRule("new", { matchers: matchers('cause=~"credential|quota"') })]);
    const [first] = await watch.minute(aRead([...BASE, CREDENTIAL, NETWORK]));
    expect(first).toMatchObject({ severity: "critical", items: [{ cause: "credential", severity: "critical" }] });
  });

  databaseTest(
    "about growth resolves when growth is usual again, against the baseline it began with",
    async ({ db }) => {
      const watch = await aWatch(db);
      const [one = CREDENTIAL, ...rest] = BASE;
      const grown = (occurrences: number): readonly ErrorRead[] => [{ ...one, occurrences }, ...rest];
      expect(await watch.minute(aRead(grown(6)))).toEqual([]);
      expect(told(await watch.minute(aRead(grown(30))))).toEqual(["firing growing Invalid API key"]);
      let occurrences = 30;
      for (let minute = 1; minute <= 40; minute += 1) {
        occurrences += 20; // as steep as before: by now it would be usual
        expect(await watch.minute(aRead(grown(occurrences)))).toEqual([]);
      }
      const after: string[] = [];
      for (let minute = 1; minute <= 35; minute += 1)
        after.push(...told(await watch.minute(aRead(grown(occurrences)))));
      expect(after).toEqual(["resolved growing Invalid API key"]);
    },
  );

  databaseTest("about errors that are gone tells it once, and its end when they are back", async ({ db }) => {
    const watch = await aWatch(db, [theRule("gone", { severity: "info" })]);
    const [, ...rest] = BASE;
    expect(told(await watch.minute(aRead(rest)))).toEqual(["firing gone Invalid API key"]);
    expect(told(await watch.minute(aRead(BASE)))).toEqual(["resolved gone Invalid API key"]);
  });

  databaseTest(
    "about integrations fires when one stops for three polls, not for one that never ran",
    async ({ db }) => {
      const watch = await Watch.open(db);
      const down = { polarityId: "jira", name: "Jira", acronym: "JIRA", status: "stopped" };
      await watch.minute(aRead(BASE, [{}, down]));
      const stopped = aRead(BASE, [{ status: "crashed" }, down]);
      const messages = [];
      for (let minute = 1; minute <= 5; minute += 1) messages.push(await watch.minute(stopped));
      expect(messages.map(told)).toEqual([
        [],
        [],
        ["firing not_running The integration is not running (crashed)"],
        [],
        [],
      ]);
      expect(messages[2]).toMatchObject([{ items: [{ errorId: null, integration: { name: "VirusTotal" } }] }]);
      const after: string[] = [];
      for (let minute = 1; minute <= 31; minute += 1) after.push(...told(await watch.minute(aRead(BASE, [{}, down]))));
      expect(after).toEqual(["resolved not_running The integration is not running (crashed)"]);
    },
  );

  databaseTest("about unreadable servers waits for as many polls as it says", async ({ db }) => {
    const watch = await aWatch(db, [theRule("server_unreadable", { hold: { polls: 2, ms: 0 }, severity: "warning" })]);
    expect(await watch.minute(aFailure("timeout"))).toEqual([]);
    expect(await watch.minute(aFailure("timeout"))).toMatchObject([{ kind: "server", severity: "warning" }]);
  });
});

describe("what is told", () => {
  databaseTest("goes to every receiver whose route the alert matches, each in its own group", async ({ db }) => {
    const watch = await Watch.open(db);
    watch.receivers = { oncall: [ONCALL], security: ["security/console"], all: ["all/console", ONCALL] };
    const { route } = watch;
    watch.route = {
      ...route,
      routes: [
        {
          ...route,
          matchers: matchers('cause="credential"'),
          receiver: "security",
          continue: true,
          groupBy: ["cause"],
        },
        { ...route, matchers: matchers('severity="critical"'), receiver: "all" },
      ],
    };
    await watch.minute(aRead(BASE));
    await watch.minute(aRead([...BASE, CREDENTIAL, NETWORK]));
    const deliveries = await db.delivery.findMany({
      where: { kind: "alerts" },
      orderBy: [{ destination: "asc" }, { groupKey: "asc" }],
    });
    expect(deliveries.map(({ receiver, destination, groupKey }) => [receiver, destination, groupKey])).toEqual(
      [
        ["all", "all/console", '0.1{integration="VirusTotal",server="prod"}'],
        ["oncall", ONCALL, '0{integration="VirusTotal",server="prod"}'],
        ["all", ONCALL, '0.1{integration="VirusTotal",server="prod"}'],
        ["security", "security/console", 'prod/0.0{cause="credential"}'],
      ].sort((a, b) => `${a[1]} ${a[2]}`.localeCompare(`${b[1]} ${b[2]}`)),
    );
  });

  databaseTest("many alerts of one integration and cause are told as one, and end as one", async ({ db }) => {
    const watch = await aWatch(db);
    const broken = Array.from({ length: 7 }, (_, index) =>
      anError({
        polarityId: `k${index}`,
        title: null,
        shortText: `The key of feed ${"abcdefg"[index]} is invalid`,
        httpStatus: 401,
      }),
    );
    const messages = await watch.minute(aRead([...BASE, ...broken]));
    expect(told(messages)).toEqual(["firing vendor_wide 7 errors have the same cause"]);
    expect(messages[0]).toMatchObject({ severity: "critical", items: [{ cause: "credential" }] });
    const after: string[] = [];
    for (let minute = 1; minute <= 32; minute += 1) after.push(...told(await watch.minute(aRead(BASE))));
    expect(after).toEqual(["resolved vendor_wide 7 errors have the same cause"]);
    expect(await db.alert.count({ where: { state: { not: "resolved" } } })).toBe(0);
  });

  databaseTest("what starts and stops all day waits longer each time, and says so", async ({ db }) => {
    const watch = await aWatch(db, [theRule("gone", { severity: "info" })]);
    watch.route = { ...watch.route, groupWaitMs: MINUTE };
    const [, ...rest] = BASE;
    for (let flip = 1; flip <= 6; flip += 1) await watch.minute(aRead(flip % 2 === 1 ? rest : BASE));
    const last = await db.delivery.findFirst({ orderBy: { id: "desc" }, where: { kind: "alerts" } });
    const waitMs = (last?.nextAttemptAt.getTime() ?? 0) - (last?.createdAt.getTime() ?? 0);
    expect(waitMs).toBeGreaterThan(MINUTE);
    const facts = await db.transition.findFirst({ orderBy: { id: "desc" }, select: { facts: true } });
    expect(facts?.facts).toMatchObject({ note: expect.stringContaining("started or stopped 6 times in 24 h") });
  });
});

databaseTest("what ended and began again while its group waited is told once, as it stands", async ({ db }) => {
  const watch = await aWatch(db, [theRule("gone", { severity: "info" })]);
  watch.route = { ...watch.route, groupWaitMs: 5 * MINUTE };
  const [, ...rest] = BASE;
  for (const errors of [rest, BASE, rest]) await watch.minute(aRead(errors));
  watch.clock.advance(5 * MINUTE);
  await watch.deliverAll();
  expect(told(watch.notifier.told.slice(1))).toEqual(["firing gone Invalid API key"]);
});

databaseTest("what a rule would have told if another had not is on record, with its reason", async ({ db }) => {
  const watch = await aWatch(db, [
    theRule("new"),
    theRule("growing", { conditions: [{ kind: "added", atLeast: 3, windowMs: null }] }),
  ]);
  await watch.minute(aRead([...BASE, { ...CREDENTIAL, occurrences: 5 }]));
  const decisions = await db.decision.findMany({
    orderBy: { id: "asc" },
    select: { rule: true, verdict: true, because: true },
  });
  expect(decisions).toEqual([
    { rule: "new", verdict: "fired", because: "It was never seen before" },
    { rule: "growing", verdict: "covered", because: expect.stringContaining("the alert of rule new tells it already") },
  ]);
});
