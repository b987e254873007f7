import { expect } from "vitest";
import { endApiToken } from "../../src/app/api-token.js";
import { TOKEN_ROLES } from "../../src/domain/api-token.js";
import { Prisma } from "../../src/store/generated/client.js";
import type { Database } from "../../src/store/prisma.js";
import { AlertPast } from "../support/alert-past.js";
import { aToken } from "../support/api-token.js";
import { LoginBrowser } from "../support/browser-login.js";
import { commandRunner } from "../support/command-runner.js";
import { alteredDatabaseTest, databaseTest } from "../support/database.js";
import { ask, SESSION_KEY, startHttp, TOKEN } from "../support/http-server.js";
import { createRecordingLog } from "../support/recording-log.js";
import { createTestClock } from "../support/test-clock.js";

const settings = { host: "127.0.0.1", port: 0, apiToken: TOKEN };
const ACKNOWLEDGEMENT = JSON.stringify({ data: { type: "acknowledgements", attributes: { author: "mia" } } });

/** Every row of every table, as text. */
async function everythingIn(db: Database): Promise<string> {
  const tables = await db.$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`;
  expect(tables.length).toBeGreaterThan(20);
  const rows = [];
  for (const { name } of tables) {
    rows.push(...(await db.$queryRaw<{ row: string }[]>`SELECT t::text AS row FROM ${Prisma.raw(`"${name}"`)} AS t`));
  }
  return rows.map(({ row }) => row).join("\n");
}

databaseTest(
  "no token, session or key is in an answer, the log or the database, whatever is asked with it",
  async ({ db, databaseUrl }) => {
    const past = await AlertPast.open(db);
    const clock = createTestClock(new Date("2026-03-01T12:10:00.000Z"));
    const { log, lines } = createRecordingLog();
    const server = await startHttp({ db, clock, log, settings });
    const tokens = [TOKEN];
    for (const role of TOKEN_ROLES) tokens.push((await aToken({ db, clock }, { name: `for-${role}`, role })).text);
    const answers: string[] = [];
    const secrets = [...tokens, ...tokens.map((token) => Buffer.from(`x:${token}`).toString("base64"))];
    secrets.push(SESSION_KEY.toString("base64"), SESSION_KEY.toString("hex"));

    for (const token of tokens) {
      const browser = new LoginBrowser(server);
      answers.push((await browser.logIn(token)).text);
      secrets.push(browser.cookies.get("polarwatch-session") ?? "");
      const { id } = await past.alert();
      const ways: Record<string, string>[] = [
        { authorization: `Bearer ${token}` },
        { authorization: `Basic ${Buffer.from(`x:${token}`).toString("base64")}` },
        { authorization: `Bearer ${token}x` },
        { ...browser.cookieHeader(), "sec-fetch-site": "same-origin" },
      ];
      for (const headers of ways) {
        for (const { method, url } of server.routes.filter((route) =>
          ["GET", "POST", "DELETE"].includes(route.method),
        )) {
          const path = `${url.replaceAll(/:\w+/g, id)}${method === "GET" ? `?token=${token}` : ""}`;
          const body = method === "GET" ? {} : { body: ACKNOWLEDGEMENT };
          const sent = { ...headers, "content-type": "application/vnd.api+json" };
          const answer = await ask(server, path, { method, headers: sent, ...body });
          // What somebody put into the address themselves comes back to them as the address.
          answers.push(JSON.stringify(answer).replaceAll(`?token=${token}`, "").replaceAll(`%3Ftoken%3D${token}`, ""));
        }
        clock.advance(60_000);
      }
    }
    await endApiToken({ db, clock }, { nameOrId: "for-viewer", author: "mia" });
    const run = await commandRunner(databaseUrl);
    for (const command of [
      ["token", "list"],
      ["token", "list", "--json"],
      ["audit", "--json"],
    ]) {
      const { out, said } = await run(...command);
      answers.push(out, said);
    }
    expect(await db.auditEntry.count({ where: { action: "acknowledge" } })).toBeGreaterThan(0);
    const places = { answers: answers.join("\n"), log: JSON.stringify(lines), database: await everythingIn(db) };
    for (const [place, text] of Object.entries(places)) {
      expect(text.length, place).toBeGreaterThan(1000);
      for (const secret of secrets) expect(text.includes(secret), `${secret} in ${place}`).toBe(false);
    }
  },
);

alteredDatabaseTest("a failure while a token is looked up tells nobody which one that was", async ({ db }) => {
  const clock = createTestClock();
  const { log, lines } = createRecordingLog();
  const server = await startHttp({ db, clock, log, settings });
  const { text } = await aToken({ db, clock }, {});
  await db.$executeRaw`DROP TABLE api_token`;
  const headers = { authorization: `Bearer ${text}` };
  const answer = await ask(server, "/api/errors", { headers });
  expect(answer.httpStatus).toBe(500);
  expect((await ask(server, "/healthz", { headers })).httpStatus).toBe(200);
  expect(lines.some(({ level }) => level === 50)).toBe(true);
  expect(answer.text + JSON.stringify(lines)).not.toContain(text.slice(4));
  // The token of the configuration needs no table.
  expect((await ask(server, "/api/errors", { headers: { authorization: `Bearer ${TOKEN}` } })).httpStatus).toBe(200);
});
