import { describe, expect } from "vitest";
import { startPage } from "../../src/http/page/start-page.js";
import { databaseTest } from "../support/database.js";
import { hostileTexts } from "../support/hostile-samples.js";
import { ask, startHttp } from "../support/http-server.js";
import { QUOTA, watchedFor3Minutes } from "../support/past.js";
import { aFailure, anError, aRead, MINUTE, someErrors, Watch } from "../support/watch.js";

const HTML = { headers: { accept: "text/html" } };

/** What a page says, without its markup. */
function wordsOf(page: string): string {
  return page
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ");
}

describe("the first page", () => {
  databaseTest("says what a server is doing: starting, read, failing, overdue, no longer watched", async ({ db }) => {
    const watch = await Watch.open(db);
    const server = await startHttp(watch);
    const words = async () => wordsOf((await ask(server, "/", HTML)).text);
    expect(await words()).toMatch(/prod starting Its first poll is on its way.*Last good poll: none yet/);
    await watch.minute(aRead(someErrors()));
    expect(await words()).toMatch(
      /prod read 0 open alerts · 3 errors present Last good poll: 2026-03-01 12:01:00 UTC \( ?just now ?\)/,
    );
    await watch.minute(aFailure("unauthorized"));
    watch.clock.advance(MINUTE);
    expect(await words()).toMatch(
      /prod failing Failing since 2026-03-01 12:02:00 UTC \( ?1 min ago ?\) ?: it refuses our credentials\. It failed with unauthorized/,
    );
    await watch.minute(aRead(someErrors()));
    watch.clock.advance(10 * MINUTE);
    expect(await words()).toMatch(/prod overdue It has not been read for 10 min/);
    await db.$executeRaw`UPDATE server SET watched = false`;
    expect(await words()).toMatch(/prod not watched It has left the configuration/);
  });

  databaseTest("says that credentials were never shown an error, until they are", async ({ db }) => {
    const watch = await Watch.open(db);
    const server = await startHttp(watch);
    const words = async () => wordsOf((await ask(server, "/", HTML)).text);
    const note = "These credentials have never been shown an error";
    await watch.minute(aRead([]));
    expect(await words()).toContain(note);
    await watch.minute(aRead(someErrors()));
    expect(await words()).not.toContain(note);
    await watch.configure("another key");
    expect(await words()).toContain(note);
  });

  databaseTest("has a kind word where there is nothing", async ({ db }) => {
    const server = await startHttp({ db, clock: () => new Date(0) });
    expect(wordsOf((await ask(server, "/", HTML)).text)).toContain("No server is configured yet");
  });
});

databaseTest("a server's page leads to its alerts and errors, and names what does not run", async ({ db }) => {
  const watch = await watchedFor3Minutes(db);
  const sleeping = { polarityId: "sh", name: "Shodan", acronym: "SHO", status: "stopped", errorIds: [] };
  await watch.minute(aRead([...someErrors(), QUOTA], [{}, sleeping]));
  const server = await startHttp(watch);
  const { text } = await ask(server, "/servers/prod", HTML);
  const words = wordsOf(text);
  expect(words).toMatch(
    /Open alerts warning It is not running but stopped Shodan .* pending .* info Quota of 100% used_up today VirusTotal \( ?VT ?\) firing since 2026-03-01 12:02:00 UTC/,
  );
  expect(words).toMatch(/Errors that grew last Quota of 100% used_up today/);
  expect(words).toMatch(/Integrations that are not running not running Shodan \( ?SHO ?\) stopped since/);
  const links = [...text.matchAll(/href="(\/errors\/\d+)"/g)].map(([, path]) => path ?? "");
  expect(new Set(links).size).toBe(4);
  for (const path of links) expect((await ask(server, path, HTML)).httpStatus).toBe(200);
});

databaseTest("an error's page tells what it says, why it alerted, and what became of it", async ({ db }) => {
  const watch = await watchedFor3Minutes(db);
  const server = await startHttp(watch);
  const { id } = await db.error.findFirstOrThrow({ where: { polarityId: "e4" } });
  const words = wordsOf((await ask(server, `/errors/${id}`, HTML)).text);
  expect(words).toMatch(/prod · VirusTotal \( ?VT ?\) Quota of 100% used_up today present/);
  expect(words).toMatch(/Cause Quota or rate limit .+ HTTP status 429 Count 3 in all, 3 added while watched/);
  expect(words).toContain('Meta { "retryAfter": 60 }');
  expect(words).toMatch(
    /Alerts info firing ?, by the rule new 2026-03-01 12:02:00 UTC \( ?1 min ago ?\) ?: firing\. It was never seen before/,
  );
  expect(words).toMatch(/Changes new 2026-03-01 12:02:00 UTC \( ?1 min ago ?\) ?: 3 added \(total 3\)\./);
  expect(words).toMatch(
    /Decisions fired 2026-03-01 12:02:00 UTC \( ?1 min ago ?\) ?, by the rule new ?: It was never seen before added 3/,
  );
});

describe("texts from outside", () => {
  databaseTest("never become markup, wherever they stand", async ({ db }) => {
    const watch = await Watch.open(db);
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>'`;
    await watch.minute(aRead(someErrors()));
    const hostile = anError({
      polarityId: evil,
      title: null,
      shortText: evil,
      longText: evil,
      meta: { [evil]: evil },
      rest: { x: evil },
    });
    const integration = { name: evil, acronym: evil, status: evil };
    await watch.minute(aRead([...someErrors(), hostile], [integration]));
    await watch.minute({ ...aFailure("timeout"), detail: evil });
    const server = await startHttp(watch);
    const { id } = await db.error.findFirstOrThrow({ where: { polarityId: evil } });
    for (const path of ["/", "/servers/prod", `/errors/${id}`]) {
      const { text, httpStatus } = await ask(server, path, HTML);
      expect(httpStatus).toBe(200);
      expect(text, path).toContain("&lt;script&gt;");
      expect(text, path).not.toMatch(/<script|<img|<a href='|onerror=alert\(1\)>(?!&)/i);
    }
  });

  databaseTest("of any kind leave every page whole, and turn no reading order", async ({ db }) => {
    const watch = await Watch.open(db);
    await watch.minute(aRead(someErrors()));
    const clean = (text: string) => text.replaceAll("\u0000", "").replace(/\p{Cs}/gu, "");
    const errors = hostileTexts().map((text, index) =>
      anError({ polarityId: `h${index}`, title: clean(text), shortText: clean(text), longText: clean(text) }),
    );
    await watch.minute(aRead([...someErrors(), ...errors]));
    const server = await startHttp(watch);
    const ids = await db.error.findMany({ select: { id: true } });
    expect(ids.length).toBeGreaterThan(20);
    for (const path of ["/servers/prod", ...ids.map(({ id }) => `/errors/${id}`)]) {
      const { text, httpStatus } = await ask(server, path, HTML);
      expect(httpStatus).toBe(200);
      expect(text.endsWith("</html>\n")).toBe(true);
      expect(text).not.toMatch(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      expect(text.length).toBeLessThan(400_000);
    }
  });
});

databaseTest("the pages run no scripts and load nothing from elsewhere", async ({ db }) => {
  const server = await startHttp(await watchedFor3Minutes(db));
  const { text, headers } = await ask(server, "/servers/prod", HTML);
  expect(text).not.toMatch(/<script|\son\w+=|style=/);
  expect([...text.matchAll(/(?:src|href)="([^"]*)"/g)].every(([, url]) => /^[/#]|^data:,$/.test(url ?? ""))).toBe(true);
  expect(headers["content-security-policy"]).toContain("style-src 'self'");
  const style = await ask(server, "/style.css");
  expect(style.headers["content-type"]).toBe("text/css; charset=utf-8");
});

databaseTest("what is left out of a list is said", async ({ db }) => {
  const watch = await Watch.open(db);
  const errors = Array.from({ length: 60 }, (_, index) =>
    anError({
      polarityId: `m${index}`,
      title: null,
      shortText: `Unlike ${"abcdefghij"[index % 10]}${"klmnopqrst"[Math.floor(index / 10)]}`,
    }),
  );
  await watch.minute(aRead(errors));
  const server = await startHttp(watch);
  expect((await ask(server, "/servers/prod", HTML)).text).toContain("These are the first 50; the API has the others.");
  expect(startPage([], true, watch.clock()).body.markup).toContain("There are more");
});
