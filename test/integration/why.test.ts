import { expect } from "vitest";
import { DEFAULT_RULES } from "../../src/domain/rule.js";
import { type Explanation, explainError } from "../../src/domain/why.js";
import { findWhy } from "../../src/store/history/why.js";
import { commandRunner, type Ran } from "../support/command-runner.js";
import { databaseTest } from "../support/database.js";
import { ask, startHttp } from "../support/http-server.js";
import { readOne, readProblems } from "../support/json-api.js";
import { minute, WhyPast } from "../support/why-past.js";

const show = (at: Date) => at.toISOString().slice(11, 16);

async function explanationAt(past: WhyPast, at: Date): Promise<Explanation> {
  const facts = await findWhy(past.db, String(past.errorId), at);
  if (facts === null) throw new Error("There is no such error");
  return explainError(facts, DEFAULT_RULES, show);
}

const verdictsOf = ({ verdicts }: Explanation) => verdicts.map(({ rule, verdict }) => `${rule} ${verdict}`);
const statesOf = ({ alerts }: Explanation) => alerts.map(({ subject, alertState }) => `${subject} ${alertState}`);
const toldOf = ({ alerts }: Explanation) => alerts.flatMap(({ told }) => told.map(({ sentence }) => sentence));

databaseTest("of each rule the latest decision by then is told, and the latest that hid its alert", async ({ db }) => {
  const past = await WhyPast.open(db);
  await past.decision("new", "fired", minute(1));
  await past.decision("new", "silenced", minute(2));
  await past.decision("new", "kept", minute(3));
  await past.decision("growing", "missed", minute(3), { inputs: { added: 12 } });
  await past.decision("growing", "fired", minute(5));
  await past.decision("integration_not_running", "pending", minute(4), { about: "integration" });
  expect(verdictsOf(await explanationAt(past, minute(0.5)))).toEqual([]);
  expect(verdictsOf(await explanationAt(past, minute(1)))).toEqual(["new fired"]);
  expect(verdictsOf(await explanationAt(past, minute(3)))).toEqual(["growing missed", "new kept", "new silenced"]);
  const later = await explanationAt(past, minute(9));
  expect(verdictsOf(later)).toEqual(["growing fired", "integration_not_running pending", "new kept", "new silenced"]);
  expect(later.verdicts.map(({ about }) => about)).toEqual(["error", "integration", "error", "error"]);
});

databaseTest("an alert is told as it stood then, and not at all before it was opened", async ({ db }) => {
  const past = await WhyPast.open(db);
  const { id } = await past.alert([
    ["pending", minute(1), "It waits"],
    ["firing", minute(3), "It has held"],
    ["acknowledged", minute(5), "Bo looks after it"],
    ["resolved", minute(9), "It was quiet"],
  ]);
  const noted = { alertId: id, at: minute(5), author: "Bo", note: "asked", severity: "warning", added: 1n };
  await db.acknowledgement.create({ data: { ...noted, endedAt: minute(9), endedBecause: "It was resolved" } });
  expect(statesOf(await explanationAt(past, minute(0.5)))).toEqual([]);
  for (const [at, state] of [
    [1, "pending"],
    [4, "firing"],
    [6, "acknowledged"],
    [9, "resolved"],
    [99, "resolved"],
  ] as const) {
    expect([at, statesOf(await explanationAt(past, minute(at)))]).toEqual([at, [`error ${state}`]]);
  }
  expect((await explanationAt(past, minute(4))).alerts[0]?.acknowledgement).toBeNull();
  expect((await explanationAt(past, minute(6))).alerts[0]?.acknowledgement).toMatchObject({
    author: "Bo",
    note: "asked",
  });
});

databaseTest(
  "alerts about its integration and its server count while they are open, other causes do not",
  async ({ db }) => {
    const past = await WhyPast.open(db, { cause: "quota" });
    const firing = [["firing", minute(2), "Many errors"]] as const;
    const over = [...firing, ["resolved", minute(4), "It is over"]] as const;
    const parent = await past.alert(firing, { subject: "integration", rule: "vendor_wide", cause: "quota" });
    await past.alert(firing, { subject: "integration", rule: "vendor_wide", cause: "credential" });
    await past.alert(over, { subject: "integration", rule: "integration_not_running" });
    await past.alert(over, { subject: "server", rule: "server_unreadable" });
    await past.alert(firing, { parentId: parent.id });
    expect(statesOf(await explanationAt(past, minute(3))).sort()).toEqual([
      "error firing",
      "integration firing",
      "integration firing",
      "server firing",
    ]);
    const later = await explanationAt(past, minute(5));
    expect(later.alerts.map(({ rule, parentId }) => [rule, parentId])).toEqual([
      ["new", String(parent.id)],
      ["vendor_wide", null],
    ]);
  },
);

databaseTest("who was told, what was left out and until when, and what is still owed", async ({ db }) => {
  const past = await WhyPast.open(db);
  const silenceId = await past.silence(['integration="VirusTotal"'], minute(0), minute(120));
  const { id, moves } = await past.alert([["firing", minute(1), "It was never seen before"]]);
  const [transitionId] = moves;
  if (transitionId === undefined) throw new Error("It has not moved");
  const link = (destination: string, deliveryId: bigint, hidden: object = {}) =>
    db.deliveryTransition.create({ data: { transitionId, destination, deliveryId, ...hidden } });
  const hiddenBySilence = { hiddenBy: "silence", hiddenBecause: "Ann silenced it", silenceId };
  const hiddenByServer = { hiddenBy: "inhibition", hiddenBecause: "prod cannot be read", shownAgainAt: minute(8) };
  await link("a", await past.delivery(minute(1), "delivered", { destination: "a" }));
  await link("b", await past.delivery(minute(1), "suppressed", { destination: "b" }), hiddenBySilence);
  await link("c", await past.delivery(minute(1), "delivered", { destination: "c" }), hiddenByServer);
  await link("d", await past.delivery(minute(1), null, { destination: "d" }));
  const reminder = { destination: "a", kind: "reminder", facts: { occasion: "repeat" } };
  await db.deliveryAlert.create({
    data: { alertId: id, deliveryId: await past.delivery(minute(30), "delivered", reminder) },
  });
  expect(toldOf(await explanationAt(past, minute(29)))).toHaveLength(4);
  const explanation = await explanationAt(past, minute(31));
  expect(toldOf(explanation)).toEqual([
    "a was told at 12:30 that it goes on",
    "d is to be told that it fires, at 12:01 at the earliest",
    "c was not told that it fires: prod cannot be read (until the alert that hides it is over); it was told after all at 12:08",
    `b was not told that it fires: Ann silenced it (silence ${silenceId} by Ann, until 14:00)`,
    "a was told at 12:01 that it fires",
  ]);
  expect(explanation.alerts[0]?.sentences).toContain(`Silence ${silenceId} by Ann hides it until 14:00: quota, known`);
});

databaseTest(
  "a silence hides an alert from its start to its end, also when somebody ended it early",
  async ({ db }) => {
    const past = await WhyPast.open(db);
    await past.alert([["firing", minute(1), "It was never seen before"]]);
    const id = await past.silence(['rule="new"', 'integration=~"Virus.*"'], minute(10), minute(100));
    await past.silence(['integration="Shodan"'], minute(0), minute(500));
    await past.silence(["of another release ("], minute(0), minute(500));
    await db.silence.update({ where: { id }, data: { endedAt: minute(20), endedBecause: "Ann ended it" } });
    const silenced = async (minutes: number) =>
      (await explanationAt(past, minute(minutes))).alerts[0]?.silence?.id ?? null;
    expect([await silenced(9), await silenced(10), await silenced(19), await silenced(20)]).toEqual([
      null,
      String(id),
      String(id),
      null,
    ]);
  },
);

databaseTest("a rule without any decision says why, by what was on record then", async ({ db }) => {
  const past = await WhyPast.open(db);
  await past.change("new", minute(1), 3);
  await past.change("growing", minute(5), 2);
  await past.change("growing", minute(7), 4);
  const reasonOf = async (rule: string, at: Date) =>
    (await explanationAt(past, at)).idleRules.find((idle) => idle.rule === rule)?.because;
  expect(await reasonOf("growing", minute(4))).toBe("It has not grown since it was first seen");
  expect(await reasonOf("growing", minute(6))).toMatch(/^It last grew by 2, 1 min earlier/);
  expect(await reasonOf("growing", minute(9))).toMatch(/^It last grew by 4, 2 min earlier/);
  expect(await reasonOf("integration_not_running", minute(9))).toBe("Its integration is running");
  expect(await reasonOf("server_unreadable", minute(9))).toBe("Its server was read 9 min earlier");
});

databaseTest("the API explains now and then, and says what is wrong with what it was asked", async ({ db }) => {
  const past = await WhyPast.open(db);
  await past.decision("growing", "missed", minute(3), { inputs: { window_ms: 900_000 } });
  await past.alert([["firing", minute(5), "It was never seen before"]]);
  const server = await startHttp({ db, clock: () => minute(10) });
  const path = `/api/errors/${past.errorId}/why`;
  const { data } = await readOne(server, path);
  expect(data).toMatchObject({
    type: "explanations",
    id: String(past.errorId),
    attributes: {
      at: minute(10).toISOString(),
      alerts: [{ "alert-state": "firing", labels: { integration: "VirusTotal" }, silence: null, told: [] }],
      verdicts: [{ rule: "growing", verdict: "missed", inputs: { window_ms: 900_000 }, numbers: ["window 15 min"] }],
      "idle-rules": [{ rule: "returned" }, { rule: "integration_not_running" }, { rule: "server_unreadable" }],
    },
    relationships: { error: { data: { type: "errors", id: String(past.errorId) } } },
  });
  const then = await readOne(server, `${path}?filter[at]=${minute(2).toISOString()}`);
  expect(then.data.attributes).toMatchObject({ at: minute(2).toISOString(), alerts: [], verdicts: [] });
  expect(await readProblems(server, `${path}?filter[at]=yesterday&sort=at`)).toEqual([
    "filter[at]: Must be a time such as 2026-03-01T12:00:00Z or 2026-03-01 (then from 00:00 UTC), from 1970 on",
    "sort: No such parameter here",
  ]);
  expect((await ask(server, "/api/errors/999/why")).httpStatus).toBe(404);
  expect((await ask(server, "/api/errors/x/why")).httpStatus).toBe(404);
});

databaseTest("the error's page shows every verdict with its numbers", async ({ db }) => {
  const past = await WhyPast.open(db);
  await past.decision("growing", "covered", minute(3), { because: "Alert 1 tells it", inputs: { added: 12 } });
  const server = await startHttp({ db, clock: () => minute(10) });
  const { text } = await ask(server, `/errors/${past.errorId}`, { headers: { accept: "text/html" } });
  const words = text.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
  expect(words).toMatch(/was covered by another alert .* by the rule growing ?: Alert 1 tells it added 12/);
});

databaseTest("the page names the integration and the reason of an alert about the whole of it", async ({ db }) => {
  const past = await WhyPast.open(db);
  await past.alert([["firing", minute(2), "It has been stopped for 3 polls"]], {
    subject: "integration",
    rule: "integration_not_running",
  });
  const server = await startHttp({ db, clock: () => minute(10) });
  const { text } = await ask(server, "/servers/prod", { headers: { accept: "text/html" } });
  const words = text.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
  expect(words).toMatch(/Open alerts warning It has been stopped for 3 polls VirusTotal/);
  expect(words).not.toContain("cannot be read");
});

async function run(databaseUrl: string, args: readonly string[], columns: number | null = null): Promise<Ran> {
  const command = await commandRunner(databaseUrl, columns);
  return command(...args);
}

databaseTest("the command tells people and programs the same, and fits the terminal", async ({ db, databaseUrl }) => {
  const past = await WhyPast.open(db);
  await past.decision("growing", "missed", minute(3), { because: "It grew by 12 \u001b[31m", inputs: { added: 12 } });
  const id = String(past.errorId);
  const ran = await run(databaseUrl, ["why", id], 60);
  expect([ran.code, ran.said]).toEqual([0, ""]);
  expect(ran.out).toContain("growing just missed: It grew by 12");
  expect(ran.out).toContain("returned: It has never been gone");
  expect(ran.out).not.toContain("\u001b");
  expect(Math.max(...ran.out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
  const asJson = JSON.parse((await run(databaseUrl, ["why", id, "--at", "2026-03-01T12:04:00Z", "--json"])).out);
  expect(asJson).toMatchObject({ errorId: id, at: minute(4).toISOString(), verdicts: [{ verdict: "missed" }] });
});

databaseTest("the command says what is wrong with what it was asked", async ({ db, databaseUrl }) => {
  await WhyPast.open(db);
  expect(await run(databaseUrl, ["why", "999"])).toMatchObject({
    code: 1,
    out: "",
    said: expect.stringContaining("There is no error 999"),
  });
  expect((await run(databaseUrl, ["why", "x"])).code).toBe(2);
  const wrong = await run(databaseUrl, ["why", "1", "--at", "soon"]);
  expect([wrong.code, wrong.said]).toEqual([2, expect.stringContaining("--at must be a duration")]);
});
