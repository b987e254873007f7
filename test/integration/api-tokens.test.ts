import { describe, expect } from "vitest";
import { createApiToken, endApiToken, proveToken, tokenStillCounting } from "../../src/app/api-token.js";
import { hasTokenForm, TOKEN_ROLES, tokenDigest } from "../../src/domain/api-token.js";
import { AlertPast } from "../support/alert-past.js";
import { aToken } from "../support/api-token.js";
import { commandRunner } from "../support/command-runner.js";
import { databaseTest } from "../support/database.js";
import { createTestClock } from "../support/test-clock.js";

const DAY = 86_400_000;
const clock = createTestClock();

describe("a token", () => {
  databaseTest("is made once and proved by its text; the database has only its digest", async ({ db }) => {
    const created = await aToken({ db, clock }, { name: "grafana", role: "viewer" });
    expect(hasTokenForm(created.text)).toBe(true);
    expect(await proveToken({ db, clock }, created.text)).toMatchObject({ name: "grafana", role: "viewer" });
    expect(await proveToken({ db, clock }, `${created.text.slice(0, -1)}~`)).toBeNull();
    const row = await db.apiToken.findFirstOrThrow();
    expect(Buffer.from(row.digest)).toEqual(Buffer.from(tokenDigest(created.text)));
    const [kept] = await db.$queryRaw<{ all: string }[]>`
      SELECT (SELECT string_agg(t::text, '') FROM api_token AS t) || (SELECT string_agg(e::text, '') FROM audit_entry AS e) AS all`;
    expect(kept?.all).toContain("grafana");
    expect(kept?.all).not.toContain(created.text.slice(4));
  });

  databaseTest("counts until it expires or is revoked, whichever is first, and not a moment longer", async ({ db }) => {
    const moving = createTestClock();
    const deps = { db, clock: moving };
    const short = await aToken(deps, { name: "short", expiresInMs: DAY });
    const long = await aToken(deps, { name: "long" });
    moving.advance(DAY - 1);
    expect(await proveToken(deps, short.text)).not.toBeNull();
    moving.advance(1);
    expect(await proveToken(deps, short.text)).toBeNull();
    expect(await tokenStillCounting(deps, short.id)).toBeNull();
    expect(await tokenStillCounting(deps, long.id)).toMatchObject({ name: "long" });
    expect(await endApiToken(deps, { nameOrId: "long", author: "mia" })).toEqual({ id: long.id, name: "long" });
    expect(await proveToken(deps, long.text)).toBeNull();
    expect(await tokenStillCounting(deps, long.id)).toBeNull();
    expect(await endApiToken(deps, { nameOrId: "long", author: "mia" })).toBeNull();
  });

  databaseTest("has its name for itself until it is revoked, however many ask at once", async ({ db }) => {
    const asked = { name: "ci", role: "operator", expiresInMs: null, author: "mia" } as const;
    const results = await Promise.all(
      [1, 2, 3].map((byte) => createApiToken({ db, clock }, asked, Buffer.alloc(32, byte))),
    );
    expect(results.map(({ kind }) => kind).sort()).toEqual(["created", "refused", "refused"]);
    await endApiToken({ db, clock }, { nameOrId: "ci", author: "mia" });
    expect((await createApiToken({ db, clock }, asked, Buffer.alloc(32, 4))).kind).toBe("created");
    expect(await db.auditEntry.count({ where: { action: "create_token" } })).toBe(2);
  });

  databaseTest("notes when it was used, at most once a minute", async ({ db }) => {
    const moving = createTestClock();
    const deps = { db, clock: moving };
    const { id, text } = await aToken(deps, {});
    const usedAt = async () => (await db.apiToken.findUniqueOrThrow({ where: { id } })).lastUsedAt;
    expect(await usedAt()).toBeNull();
    const first = moving();
    await proveToken(deps, text);
    moving.advance(59_999);
    await proveToken(deps, text);
    expect(await usedAt()).toEqual(first);
    moving.advance(1);
    await proveToken(deps, text);
    expect(await usedAt()).toEqual(moving());
  });
});

describe("the command line", () => {
  databaseTest("makes tokens of each role, lists them and revokes them, on record", async ({ db, databaseUrl }) => {
    await AlertPast.open(db); // commands want to see that something is watched
    const run = await commandRunner(databaseUrl);
    const texts: string[] = [];
    for (const role of TOKEN_ROLES) {
      const made = await run("token", "create", `for-${role}`, "--role", role, "--author", "mia");
      expect(made).toMatchObject({ code: 0, said: expect.stringContaining(`the ${role} token for-${role}`) });
      texts.push(made.out.trim());
      expect(await proveToken({ db, clock: () => new Date() }, made.out.trim())).toMatchObject({ role });
    }
    const inJson = await run("token", "create", "json", "--role", "viewer", "--expires", "90d", "--json");
    const { token, expiresAt } = JSON.parse(inJson.out);
    texts.push(token);
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 89 * DAY);

    expect(await run("token", "revoke", "for-admin", "--author", "ben")).toMatchObject({ code: 0 });
    expect(JSON.parse((await run("token", "revoke", "1", "--author", "ben", "--json")).out)).toEqual({
      id: "1",
      name: "for-viewer",
    });
    const listed = await run("token", "list");
    expect(listed.out).toMatch(/^ID +NAME +ROLE +STATE +EXPIRES AT +LAST USED AT +CREATED BY +CREATED AT$/m);
    expect(listed.out).toMatch(/for-admin +admin +revoked +never +\S+ \S+ +mia/);
    const rows: { name: string; state: string }[] = JSON.parse((await run("token", "list", "--json")).out);
    expect(rows.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "json active",
      "for-admin revoked",
      "for-operator active",
      "for-viewer revoked",
    ]);
    const audited = (await run("audit", "--json")).out;
    expect(JSON.parse(audited)).toMatchObject([
      { action: "revoke_token", actor: "ben", subject: "token-1", detail: { name: "for-viewer" } },
      { action: "revoke_token", actor: "ben", subject: "token-3" },
      { action: "create_token", subject: "token-4" },
      { action: "create_token", actor: "mia", subject: "token-3", detail: { name: "for-admin", role: "admin" } },
      { action: "create_token" },
      { action: "create_token" },
    ]);
    const said = [listed.out, JSON.stringify(rows), audited].join();
    for (const text of texts) expect(said).not.toContain(text.slice(4));
  });

  databaseTest("tells all that is wrong at once, and makes nothing of it", async ({ db, databaseUrl }) => {
    await AlertPast.open(db);
    const run = await commandRunner(databaseUrl);
    const wrong = await run("token", "create", "Grafana!", "--role", "root", "--expires", "soon");
    expect(wrong.code).toBe(2);
    expect(wrong.said.split("\n").slice(0, 3)).toEqual([
      expect.stringContaining('"Grafana!" must be 1 to 64'),
      expect.stringContaining("--role must be one of viewer, operator, admin"),
      expect.stringContaining("--expires must be a duration"),
    ]);
    expect((await run("token", "create", "17", "--role", "viewer")).said).toContain("must not be digits alone");
    expect((await run("token", "create", "x")).code).toBe(2);
    expect(await run("token", "revoke", "nobody")).toMatchObject({ code: 1, out: "" });
    expect(await db.apiToken.count()).toBe(0);
    expect(await run("token", "list")).toMatchObject({ code: 0, said: expect.stringContaining("no token yet") });
  });
});
