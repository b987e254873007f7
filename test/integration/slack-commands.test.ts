import { expect } from "vitest";
import { AlertPast, NOON } from "../support/alert-past.js";
import { databaseTest } from "../support/database.js";
import { DeskInTest } from "../support/slack-desk.js";
import { createTestClock } from "../support/test-clock.js";
import { MINUTE } from "../support/watch.js";

const clock = () => createTestClock(new Date(NOON.getTime() + MINUTE));

databaseTest("help lists what can be typed, and an unknown word leads to it", async ({ db }) => {
  const desk = await DeskInTest.open(db, clock());
  for (const word of ["status", "ack", "silence", "why"]) expect(await desk.type("help")).toContain(word);
  expect(await desk.type("dance")).toBe('There is no command "dance". "help" lists those there are.');
});

databaseTest("status tells the servers, what is open with its number, and silences", async ({ db }) => {
  const desk = await DeskInTest.open(db, clock());
  expect(await desk.type("status")).toMatch(/^No alert is open\./);
  const past = await AlertPast.open(db);
  const { id } = await past.alert();
  await past.alert({ state: "resolved" });
  await desk.type(`ack ${id}`);
  await desk.type("silence server=prod for 1h");
  const said = (await desk.type("status")).split("\n").filter((line) => line !== "");
  expect(said).toEqual([
    "prod: not read yet",
    `Alert ${id}, warning, acknowledged by ada (Slack), 1 min old: VirusTotal: Invalid API key`,
    "1 silence active.",
    "Show it on the page",
  ]);
});

databaseTest("ack takes an alert on once, and says who has where somebody has", async ({ db }) => {
  const past = await AlertPast.open(db);
  const { id } = await past.alert();
  const desk = await DeskInTest.open(db, clock());
  expect(await desk.type(`ack ${id}`)).toBe(
    `You have acknowledged alert ${id} (VirusTotal: Invalid API key). Nobody is reminded of it until it is resolved or much worse.`,
  );
  expect(await desk.type(`ack ${id}`)).toBe(`Alert ${id} is acknowledged already, by ada (Slack) for less than 1 s.`);
  expect(await desk.type("ack 999")).toBe("There is no alert 999.");
  expect(await db.auditEntry.findMany()).toMatchObject([
    { via: "slack", actor: "ada (Slack)", action: "acknowledge", subject: `alert-${id}`, detail: { userId: "U0ADA" } },
  ]);
});

databaseTest("silence adds one silence with its reason, however often it is typed", async ({ db }) => {
  await AlertPast.open(db);
  const desk = await DeskInTest.open(db, clock());
  const typed = 'silence integration="VirusTotal" for 2h A new key is on its way';
  expect(await desk.type(typed)).toMatch(
    /^Silence 1 hides what fits integration="VirusTotal", until 2026-03-01 14:01 UTC\.\n+To end it sooner: polarwatch silence expire 1$/,
  );
  expect(await desk.type(typed)).toMatch(/^That is silenced already, until 2026-03-01 14:01 UTC, by ada \(Slack\)/);
  expect(await db.silence.findMany()).toMatchObject([{ author: "ada (Slack)", reason: "A new key is on its way" }]);
  expect(await desk.type('silence a!="b" for 2h')).toMatch(/^At least one matcher has to ask for something/);
  expect(await desk.type('silence a="\ud800" for 2h')).toMatch(/^Silence 2 hides/);
});

databaseTest("why explains an error, or the error of an alert", async ({ db }) => {
  const past = await AlertPast.open(db);
  const { id, errorId } = await past.alert();
  const desk = await DeskInTest.open(db, clock());
  const answer = "It has an alert, which is firing: nobody has to be told of it yet.";
  expect(await desk.type(`why ${errorId}`)).toContain(answer);
  expect(await desk.type(`why alert ${id}`)).toContain(answer);
  expect(await desk.type("why 999")).toBe("There is no error 999. For an alert, type: why alert 999");
  expect(await desk.type("why alert 999")).toBe('There is no alert 999. "status" lists those that are open.');
});
