import { writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { acknowledgeAlert, takeBackAcknowledgement } from "../../src/app/acknowledge.js";
import { addSilence, expireSilence } from "../../src/app/silence.js";
import { FROM_COMMAND_LINE, type Origin } from "../../src/domain/audit.js";
import type { NewSilence } from "../../src/domain/silence.js";
import type { Database } from "../../src/store/prisma.js";
import { queryOn } from "../support/admin.js";
import { AlertPast, NOON } from "../support/alert-past.js";
import { aToken } from "../support/api-token.js";
import { LoginBrowser } from "../support/browser-login.js";
import { commandRunner } from "../support/command-runner.js";
import { blankDatabaseTest, databaseTest } from "../support/database.js";
import { startHttp, TOKEN } from "../support/http-server.js";
import { readList, readProblems, send } from "../support/json-api.js";
import { anError, anIntegration, startPolarityStub } from "../support/polarity-stub.js";
import { createTestClock } from "../support/test-clock.js";
import { MINUTE } from "../support/watch.js";

const clock = createTestClock(NOON);
const FROM_SLACK: Origin = { via: "slack", userId: "U0ADA" };
const HOUR_LATER = new Date(NOON.getTime() + 60 * MINUTE);

const SILENCE: NewSilence = {
  matchers: [{ label: "integration", operator: "=", value: "VirusTotal", pattern: null }],
  startsAt: NOON,
  endsAt: HOUR_LATER,
  author: "ben",
  reason: "A new key",
  endsWhen: { unmatchedPolls: null, countDoubles: false, httpStatusChanges: false, textChanges: false },
};

const CONSOLE = [{ name: "oncall", console_configs: [{}] }];

const entries = (db: Database) => db.auditEntry.findMany({ orderBy: { id: "asc" }, omit: { id: true } });

/** Four actions on one alert and one silence, each a minute after the one before. */
async function fourActions(db: Database): Promise<{ alert: string }> {
  const past = await AlertPast.open(db);
  const { id } = await past.alert();
  const at = (minutes: number) => createTestClock(new Date(NOON.getTime() + minutes * MINUTE));
  const request = { alert: id, author: "mia", note: "On it", untilAt: HOUR_LATER, origin: FROM_COMMAND_LINE };
  await acknowledgeAlert({ db, clock: at(0) }, request);
  await takeBackAcknowledgement({ db, clock: at(1) }, { alert: id, author: "ada (Slack)", origin: FROM_SLACK });
  const added = await addSilence({ db, clock: at(2) }, SILENCE, FROM_SLACK);
  if (added.kind === "refused") throw new Error(JSON.stringify(added.problems));
  await expireSilence({ db, clock: at(3) }, { id: String(added.id), author: "mia", origin: FROM_COMMAND_LINE });
  return { alert: id };
}

databaseTest("each action leaves one entry that names person, place, action and subject", async ({ db }) => {
  const { alert } = await fourActions(db);
  const at = (minutes: number) => new Date(NOON.getTime() + minutes * MINUTE);
  expect(await entries(db)).toEqual([
    {
      at: at(0),
      via: "command_line",
      actor: "mia",
      action: "acknowledge",
      subject: `alert-${alert}`,
      detail: { note: "On it", untilAt: HOUR_LATER.toISOString() },
    },
    {
      at: at(1),
      via: "slack",
      actor: "ada (Slack)",
      action: "take_back",
      subject: `alert-${alert}`,
      detail: { userId: "U0ADA" },
    },
    {
      at: at(2),
      via: "slack",
      actor: "ben",
      action: "silence",
      subject: "silence-1",
      detail: {
        matchers: ['integration="VirusTotal"'],
        startsAt: NOON.toISOString(),
        endsAt: HOUR_LATER.toISOString(),
        reason: "A new key",
        userId: "U0ADA",
      },
    },
    { at: at(3), via: "command_line", actor: "mia", action: "expire_silence", subject: "silence-1", detail: {} },
  ]);
});

databaseTest("what was refused leaves none", async ({ db }) => {
  const past = await AlertPast.open(db);
  const { id } = await past.alert({ state: "resolved" });
  const request = { alert: id, author: "mia", note: "", untilAt: null, origin: FROM_COMMAND_LINE };
  await acknowledgeAlert({ db, clock }, request);
  await takeBackAcknowledgement({ db, clock }, request);
  await addSilence({ db, clock }, { ...SILENCE, reason: "" }, FROM_COMMAND_LINE);
  await expireSilence({ db, clock }, { id: "1", author: "mia", origin: FROM_COMMAND_LINE });
  expect(await entries(db)).toEqual([]);
});

databaseTest("an action whose entry cannot be kept is not done", async ({ db }) => {
  const past = await AlertPast.open(db);
  const { id, rowId } = await past.alert();
  const origin = { via: "carrier_pigeon" as "slack", userId: null };
  const request = { alert: id, author: "mia", note: "", untilAt: null, origin };
  await expect(acknowledgeAlert({ db, clock }, request)).rejects.toThrow();
  await expect(addSilence({ db, clock }, SILENCE, origin)).rejects.toThrow();
  expect(await db.alert.findUnique({ where: { id: rowId } })).toMatchObject({ state: "firing" });
  expect(await db.silence.count()).toBe(0);
});

databaseTest("what the API and the command line do names them as the place", async ({ db, databaseUrl }) => {
  const past = await AlertPast.open(db);
  const { id } = await past.alert();
  const server = await startHttp({ db, clock });
  const body = { data: { type: "acknowledgements", attributes: { author: "mia" } } };
  await send(server, "POST", `/api/alerts/${id}/acknowledgement`, body);
  const run = await commandRunner(databaseUrl);
  expect((await run("ack", id, "--undo", "--author", "ben")).code).toBe(0);
  expect(await entries(db)).toMatchObject([
    { via: "api", actor: "mia", action: "acknowledge" },
    { via: "command_line", actor: "ben", action: "take_back" },
  ]);
});

databaseTest("a poll by hand leaves one that names the server, even if it failed", async ({ db, databaseUrl }) => {
  const stub = await startPolarityStub();
  stub.tokens.add("FAKE-key");
  stub.integrations = [anIntegration("i1", ["e1"])];
  stub.errors = [anError("e1")];
  const run = await commandRunner(databaseUrl);
  const file = { servers: [{ name: "prod", url: stub.url, api_key: "FAKE-key" }], receivers: CONSOLE };
  await writeFile(join(run.cwd, "polarwatch.yaml"), JSON.stringify(file));
  expect((await run("poll", "--author", "mia")).code).toBe(0);
  stub.tokens.clear();
  expect((await run("poll", "--author", "ben")).code).toBe(1);
  const [first, second] = await db.poll.findMany({ orderBy: { id: "asc" } });
  const common = { via: "command_line", action: "poll", subject: "server-prod" };
  expect(await entries(db)).toMatchObject([
    { ...common, actor: "mia", detail: { poll: String(first?.id) } },
    { ...common, actor: "ben", detail: { poll: String(second?.id) } },
  ]);
});

blankDatabaseTest(
  "a migration by hand leaves one; none of what there was to do leaves none",
  async ({ databaseUrl }) => {
    const run = await commandRunner(databaseUrl);
    const { applied } = JSON.parse((await run("migrate", "--json")).out) as { applied: string[] };
    await run("migrate");
    const found = await queryOn(databaseUrl, "SELECT via, actor, action, subject, detail FROM audit_entry");
    const detail = { applied: applied.length };
    const subject = `schema-${applied.at(-1)}`;
    expect(found).toEqual([{ via: "command_line", actor: userInfo().username, action: "migrate", subject, detail }]);
  },
);

describe("the listings", () => {
  databaseTest("of the API give all, the newest first, by page and by filter", async ({ db }) => {
    const { alert } = await fourActions(db);
    const server = await startHttp({ db, clock });
    const actionsAt = async (query: string) =>
      (await readList(server, `/api/audit${query}`)).data.map(({ attributes }) => attributes.action);
    expect(await actionsAt("")).toEqual(["expire_silence", "silence", "take_back", "acknowledge"]);
    expect(await actionsAt("?filter[actor]=MIA")).toEqual(["expire_silence", "acknowledge"]);
    expect(await actionsAt("?filter[via]=slack")).toEqual(["silence", "take_back"]);
    expect(await actionsAt("?filter[action]=silence")).toEqual(["silence"]);
    expect(await actionsAt(`?filter[subject]=alert-${alert}`)).toEqual(["take_back", "acknowledge"]);
    expect(await actionsAt("?filter[since]=2026-03-01T12:02:00Z")).toEqual(["expire_silence", "silence"]);
    const first = await readList(server, "/api/audit?page[size]=3");
    const rest = await readList(server, first.links.next ?? "");
    expect(rest.data).toMatchObject([{ type: "audit-entries", attributes: { actor: "mia", via: "command_line" } }]);
    expect(first.data[1]?.attributes.detail).toMatchObject({ "user-id": "U0ADA", reason: "A new key" });
    expect(await readProblems(server, "/api/audit?filter[via]=fax&filter[who]=mia&page[after]=x")).toHaveLength(3);
  });

  databaseTest(
    "of the command line show who, from where and what, or all of it as JSON",
    async ({ db, databaseUrl }) => {
      const { alert } = await fourActions(db);
      const run = await commandRunner(databaseUrl);
      const table = (await run("audit")).out;
      expect(table).toMatch(/^ID +TIME +AGE +WHO +VIA +ACTION +SUBJECT +DETAIL$/m);
      expect(table).toMatch(
        new RegExp(`mia +command_line +acknowledge +alert-${alert} +note: On it, untilAt: 2026-03-01T13:00:00.000Z`),
      );
      const rows: unknown[] = JSON.parse((await run("audit", "--via", "slack", "--json")).out);
      expect(rows).toMatchObject([{ action: "silence" }, { action: "take_back", detail: { userId: "U0ADA" } }]);
      const filtered = await run("audit", "--actor", "nobody", "--json");
      expect(filtered).toMatchObject({ code: 0, out: "[]\n", said: "No entries fit these options.\n" });
      expect(
        (await run("audit", "--via", "fax", "--action", "dance", "--since", "soon")).said.split("\n"),
      ).toHaveLength(5);
      expect((await run("audit", "--server", "prod")).code).toBe(2);
    },
  );

  databaseTest("of a login have its token and its address; there is none of one that was refused", async ({ db }) => {
    const server = await startHttp({ db, clock, settings: { host: "127.0.0.1", port: 0, apiToken: TOKEN } });
    const { text, name } = await aToken({ db, clock }, {});
    const before = await db.auditEntry.count();
    expect((await new LoginBrowser(server).logIn(`${text}x`)).httpStatus).toBe(401);
    expect(await db.auditEntry.count()).toBe(before);
    for (const token of [text, TOKEN]) expect((await new LoginBrowser(server).logIn(token)).httpStatus).toBe(303);
    const { id } = await db.apiToken.findFirstOrThrow({ where: { name } });
    const logins = await db.auditEntry.findMany({ where: { action: "log_in" }, orderBy: { id: "asc" } });
    expect(logins).toMatchObject([
      { via: "page", actor: name, subject: `token-${id}`, detail: { userId: name, address: "127.0.0.1" } },
      { via: "page", actor: "API_TOKEN", subject: "token-API_TOKEN", detail: { address: "127.0.0.1" } },
    ]);
    expect(JSON.stringify(logins.map(({ detail }) => detail))).not.toContain(text);
  });
});
