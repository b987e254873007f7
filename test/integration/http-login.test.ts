import { describe, expect } from "vitest";
import { endApiToken } from "../../src/app/api-token.js";
import { AlertPast } from "../support/alert-past.js";
import { aToken } from "../support/api-token.js";
import { FROM_OUR_PAGE, hiddenFieldsOf, LoginBrowser } from "../support/browser-login.js";
import { databaseTest } from "../support/database.js";
import { ask, startHttp, TOKEN } from "../support/http-server.js";
import { createRecordingLog } from "../support/recording-log.js";
import { createTestClock } from "../support/test-clock.js";

const HOUR = 3_600_000;
const settings = { host: "127.0.0.1", port: 0, apiToken: TOKEN };
const JSON_API = "application/vnd.api+json";
const ACKNOWLEDGEMENT = JSON.stringify({ data: { type: "acknowledgements", attributes: { author: "mia" } } });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe("a login", () => {
  databaseTest("by a token opens the page for twelve hours, and leads to where one wanted to go", async ({ db }) => {
    const clock = createTestClock();
    const server = await startHttp({ db, clock, settings });
    const { text } = await aToken({ db, clock }, { role: "viewer" });
    const browser = new LoginBrowser(server);
    expect((await browser.get("/")).headers.location).toBe("/login");
    const done = await browser.logIn(text, "/api/errors?page[size]=1");
    expect([done.httpStatus, done.headers.location]).toEqual([303, "/api/errors?page[size]=1"]);
    const shown = await browser.get("/");
    expect([shown.httpStatus, shown.text]).toEqual([200, expect.stringContaining('<a class="quiet" href="/logout">')]);
    clock.advance(12 * HOUR - 1);
    expect((await browser.get("/")).httpStatus).toBe(200);
    clock.advance(1);
    expect((await browser.get("/")).headers.location).toBe("/login");
    expect((await browser.get("/api/errors", { accept: JSON_API })).httpStatus).toBe(401);
  });

  databaseTest(
    "gives a cookie that scripts and other sites do not get, and that does not hold the token",
    async ({ db }) => {
      const clock = createTestClock();
      const plain = await startHttp({ db, clock, settings });
      const secure = await startHttp({
        db,
        clock,
        settings: { ...settings, publicUrl: "https://polarwatch.example.com" },
      });
      const { text } = await aToken({ db, clock }, {});
      const sessionOf = async (server: { url: string }) => {
        const browser = new LoginBrowser(server);
        await browser.logIn(text);
        return browser.setCookies.find((line) => line.includes("polarwatch-session=")) ?? "";
      };
      expect(await sessionOf(plain)).toMatch(
        /^polarwatch-session=[\w-]+\.[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
      );
      const overTls = await sessionOf(secure);
      expect(overTls).toMatch(/^__Host-polarwatch-session=.*; Path=\/; .*HttpOnly; SameSite=Strict; Secure$/);
      expect(Buffer.from(overTls.split(/[=.]/)[1] ?? "", "base64url").toString()).not.toContain(text.slice(4));
    },
  );

  databaseTest("ends with its token, whether that is revoked or was the one of the configuration", async ({ db }) => {
    const clock = createTestClock();
    const server = await startHttp({ db, clock, settings });
    const { text, name } = await aToken({ db, clock }, {});
    const browser = new LoginBrowser(server);
    await browser.logIn(text);
    expect((await browser.get("/")).httpStatus).toBe(200);
    await endApiToken({ db, clock }, { nameOrId: name, author: "mia" });
    expect((await browser.get("/")).httpStatus).toBe(303);

    const admin = new LoginBrowser(server);
    await admin.logIn(TOKEN);
    const another = await startHttp({ db, clock, settings: { ...settings, apiToken: "another-token-of-length" } });
    expect((await admin.get("/")).httpStatus).toBe(200);
    expect((await ask(another, "/", { headers: { ...FROM_OUR_PAGE, ...admin.cookieHeader() } })).httpStatus).toBe(303);
  });

  databaseTest("cannot be made up, prolonged or moved to another token", async ({ db }) => {
    const clock = createTestClock();
    const server = await startHttp({ db, clock, settings });
    const viewer = await aToken({ db, clock }, { name: "viewer" });
    await aToken({ db, clock }, { name: "other", role: "admin" });
    const browser = new LoginBrowser(server);
    await browser.logIn(viewer.text);
    const [payload = "", signature = ""] = (browser.cookies.get("polarwatch-session") ?? "").split(".");
    const [id, ends] = Buffer.from(payload, "base64url").toString().split(" ");
    const sealed = (text: string) => `${Buffer.from(text).toString("base64url")}.${signature}`;
    const statusWith = async (cookie: string) =>
      (await ask(server, "/api/errors", { headers: { cookie: `polarwatch-session=${cookie}` } })).httpStatus;
    expect(await statusWith(`${payload}.${signature}`)).toBe(200);
    for (const forged of [
      sealed(`2 ${ends}`),
      sealed(`API_TOKEN ${ends}`),
      sealed(`${id} ${Number(ends) - 1}`),
      `${payload}.${"A".repeat(43)}`,
      payload,
      "x.y",
      `${viewer.text}`,
      "",
    ]) {
      expect(await statusWith(forged), forged).toBe(401);
    }
  });

  databaseTest("leads to no other site and in no circle", async ({ db }) => {
    const clock = createTestClock();
    const server = await startHttp({ db, clock, settings });
    for (const next of [
      "//evil.example.com",
      "/\\evil.example.com",
      "https://evil.example.com/",
      "javascript:alert(1)",
      "/a\r\nset-cookie: x=y",
      "/\tb",
      "/login?next=/",
      "/logout",
      `/${"a".repeat(2000)}`,
    ]) {
      const done = await new LoginBrowser(server).logIn(TOKEN, next);
      expect([done.httpStatus, done.headers.location], next).toEqual([303, "/"]);
    }
  });

  databaseTest("that was kept back on a link from another site is asked for again by our own page", async ({ db }) => {
    const clock = createTestClock();
    const server = await startHttp({ db, clock, settings });
    const fromElsewhere = { ...FROM_OUR_PAGE, "sec-fetch-site": "cross-site" };
    const led = await ask(server, "/errors/1", { headers: fromElsewhere });
    const forward = await ask(server, String(led.headers.location), { headers: fromElsewhere });
    expect(forward.text).toContain('<meta http-equiv="refresh" content="0;url=/errors/1">');
    expect(forward.text).not.toContain("<form");
    const again = await ask(server, "/login?next=%2Ferrors%2F1", { headers: FROM_OUR_PAGE });
    expect(again.text).toContain('<form method="post" action="/login">');
    const quoted = await ask(server, `/login?next=${encodeURIComponent('/"><script>')}`, { headers: fromElsewhere });
    expect(quoted.text).not.toContain('"><script>');
  });

  databaseTest("ends by logging out, in this browser", async ({ db }) => {
    const clock = createTestClock();
    const server = await startHttp({ db, clock, settings });
    const browser = new LoginBrowser(server);
    await browser.logIn(TOKEN);
    const asked = await browser.get("/logout");
    const done = await browser.post("/logout", hiddenFieldsOf(asked));
    expect([done.httpStatus, done.headers.location]).toEqual([303, "/login"]);
    expect(browser.cookies.has("polarwatch-session")).toBe(false);
    expect((await browser.get("/")).httpStatus).toBe(303);
  });

  databaseTest("is not needed and not offered where no token is", async ({ db }) => {
    const server = await startHttp({ db, clock: createTestClock() });
    for (const path of ["/login", "/logout"]) {
      expect((await ask(server, path)).headers.location).toBe("/");
    }
    expect((await ask(server, "/login", { headers: { host: "evil.example.com" } })).httpStatus).toBe(403);
  });
});

describe("another site", () => {
  const FOREIGN = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
    { "sec-fetch-site": "cross-site", origin: "http://localhost" },
    { origin: "https://evil.example.com" },
    { origin: "null" },
    {},
  ];

  databaseTest("cannot change anything with the cookie of a browser, our own page can", async ({ db }) => {
    const past = await AlertPast.open(db);
    const clock = createTestClock(new Date("2026-03-01T12:10:00.000Z"));
    const server = await startHttp({ db, clock, settings });
    const { text } = await aToken({ db, clock }, { name: "mias", role: "operator" });
    const browser = new LoginBrowser(server);
    await browser.logIn(text);
    const change = async (headers: Record<string, string>) => {
      const { id } = await past.alert();
      const sent = { ...headers, "content-type": JSON_API, ...browser.cookieHeader() };
      const path = `/api/alerts/${id}/acknowledgement`;
      return (await ask(server, path, { method: "POST", headers: sent, body: ACKNOWLEDGEMENT })).httpStatus;
    };
    for (const headers of FOREIGN) expect(await change(headers), JSON.stringify(headers)).toBe(403);
    expect(await db.auditEntry.count({ where: { action: "acknowledge" } })).toBe(0);
    expect(await change({ "sec-fetch-site": "same-origin" })).toBe(201);
    const host = "polarwatch.example.com";
    expect(await change({ host, origin: `https://${host}` })).toBe(201);
    expect(await db.auditEntry.findFirst({ where: { action: "acknowledge" } })).toMatchObject({
      via: "page",
      actor: "mia",
      detail: { userId: "mias" },
    });
    // A token in a header is sent by no browser on its own.
    const { id } = await past.alert();
    const headers = { ...bearer(text), "content-type": JSON_API };
    const path = `/api/alerts/${id}/acknowledgement`;
    expect((await ask(server, path, { method: "POST", headers, body: ACKNOWLEDGEMENT })).httpStatus).toBe(201);
  });

  databaseTest("can neither log a browser in nor out, and knows no form", async ({ db }) => {
    const clock = createTestClock();
    const server = await startHttp({ db, clock, settings });
    const theirs = new LoginBrowser(server);
    const form = hiddenFieldsOf(await theirs.get("/login"));
    const mine = new LoginBrowser(server);
    const myForm = hiddenFieldsOf(await mine.get("/login"));
    for (const headers of FOREIGN) {
      expect((await mine.post("/login", { ...myForm, token: TOKEN }, headers)).httpStatus).toBe(403);
    }
    for (const wrong of [form, {}, { form: "A".repeat(43) }]) {
      const refused = await mine.post("/login", { ...wrong, token: TOKEN });
      expect([refused.httpStatus, refused.text]).toEqual([403, expect.stringContaining("out of date")]);
    }
    expect(mine.cookies.has("polarwatch-session")).toBe(false);

    await mine.logIn(TOKEN);
    const logout = hiddenFieldsOf(await mine.get("/logout"));
    for (const headers of FOREIGN) expect((await mine.post("/logout", logout, headers)).httpStatus).toBe(403);
    for (const wrong of [form, {}]) expect((await mine.post("/logout", wrong)).httpStatus).toBe(403);
    expect((await mine.get("/")).httpStatus).toBe(200);
  });

  databaseTest("is the only one that a form may not be sent to, and forms stand nowhere else", async ({ db }) => {
    const clock = createTestClock();
    const server = await startHttp({ db, clock, settings });
    const browser = new LoginBrowser(server);
    await browser.logIn(TOKEN);
    const policyOf = async (path: string) => String((await browser.get(path)).headers["content-security-policy"]);
    for (const path of ["/login", "/logout"]) {
      expect(await policyOf(path)).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
      );
    }
    for (const path of ["/", "/servers/x", "/api/errors"]) expect(await policyOf(path)).toContain("form-action 'none'");
  });
});

describe("whoever guesses", () => {
  databaseTest("has to wait after ten wrong tokens in a minute, with the right one as well", async ({ db }) => {
    const clock = createTestClock();
    const { log, lines } = createRecordingLog();
    const server = await startHttp({ db, clock, log, settings });
    const statusWith = async (token: string) => ask(server, "/api/errors", { headers: bearer(token) });
    for (let guess = 0; guess < 10; guess += 1) {
      expect((await statusWith(`guess-${guess}-of-some-length`)).httpStatus).toBe(401);
      clock.advance(1000);
    }
    const refused = await statusWith(TOKEN);
    expect([refused.httpStatus, refused.headers["retry-after"]]).toEqual([429, "50"]);
    expect(JSON.parse(refused.text).errors).toMatchObject([{ code: "too-many-logins" }]);
    const browser = new LoginBrowser(server);
    expect((await browser.logIn(TOKEN)).httpStatus).toBe(429);
    expect((await ask(server, "/healthz", { headers: bearer(TOKEN) })).httpStatus).toBe(200);
    clock.advance(49_999);
    expect((await statusWith(TOKEN)).httpStatus).toBe(429);
    clock.advance(1);
    expect((await statusWith(TOKEN)).httpStatus).toBe(200);
    expect(lines.filter(({ level }) => level >= 40)).toMatchObject([
      { msg: "Too many wrong tokens from one address", address: "127.0.0.1" },
    ]);
    expect(JSON.stringify(lines)).not.toContain("guess-");
  });

  databaseTest("does so by the form as well, and is not believed about another address", async ({ db }) => {
    const clock = createTestClock();
    const server = await startHttp({ db, clock, settings });
    const session = new LoginBrowser(server);
    await session.logIn(TOKEN);
    const browser = new LoginBrowser(server);
    for (let guess = 0; guess < 10; guess += 1) {
      const headers = { ...FROM_OUR_PAGE, "x-forwarded-for": `192.0.2.${guess}` };
      const refused = await browser.logIn(`guess-${guess}`, "/", headers);
      expect([refused.httpStatus, refused.text]).toEqual([401, expect.stringContaining("That is no token")]);
    }
    const headers = { ...FROM_OUR_PAGE, "x-forwarded-for": "198.51.100.1" };
    const refused = await browser.logIn(TOKEN, "/", headers);
    expect([refused.httpStatus, refused.headers["retry-after"]]).toEqual([429, "60"]);
    expect((await session.get("/")).httpStatus).toBe(200); // who is logged in need not prove it again
  });

  databaseTest("waits alone where a proxy is trusted to say who it is", async ({ db }) => {
    const clock = createTestClock();
    const server = await startHttp({ db, clock, settings: { ...settings, trustProxy: ["127.0.0.0/8"] } });
    const statusFrom = async (address: string, token: string) =>
      (await ask(server, "/api/errors", { headers: { ...bearer(token), "x-forwarded-for": address } })).httpStatus;
    for (let guess = 0; guess < 10; guess += 1) {
      // Of IPv6, what one customer has: it costs nothing to take another address from there.
      await statusFrom(`2001:db8:0:1::${guess + 1}`, "wrong-token");
      await statusFrom(`203.0.113.9, 192.0.2.1`, "wrong-token");
    }
    expect(await statusFrom("2001:db8:0:1::ffff", TOKEN)).toBe(429);
    expect(await statusFrom("2001:db8:0:2::1", TOKEN)).toBe(200);
    expect(await statusFrom("192.0.2.1", TOKEN)).toBe(429);
    expect(await statusFrom("203.0.113.9", TOKEN)).toBe(200);
  });
});
