import fastify from "fastify";
import { describe, expect, test } from "vitest";
import { TOKEN_ROLES, type TokenRole } from "../../src/domain/api-token.js";
import { registerGuard } from "../../src/http/guard.js";
import { createLogger } from "../../src/lib/logger.js";
import { AlertPast } from "../support/alert-past.js";
import { aToken } from "../support/api-token.js";
import { databaseTest } from "../support/database.js";
import { ask, startHttp, TOKEN } from "../support/http-server.js";
import { admissionsFor, admissionTo } from "../support/role-walk.js";
import { createTestClock } from "../support/test-clock.js";

const settings = { host: "127.0.0.1", port: 0, apiToken: TOKEN };
const JSON_API = "application/vnd.api+json";

describe("every method of every address", () => {
  databaseTest("lets in whom it declares and higher, and nobody else", async ({ db }) => {
    const clock = createTestClock();
    const server = await startHttp({ db, clock, settings });
    const tokens: (string | null)[] = [null];
    for (const role of TOKEN_ROLES) tokens.push((await aToken({ db, clock }, { name: `for-${role}`, role })).text);
    expect(server.routes.length).toBeGreaterThan(100);
    for (const route of server.routes) {
      const admissions = [];
      for (const token of tokens) admissions.push(await admissionTo(server, route, token));
      expect([route.method, route.url, admissions]).toEqual([route.method, route.url, admissionsFor(route.access)]);
    }
  });

  databaseTest(
    "declares viewer to read, operator to change, admin for tokens, and is open only where it must be",
    async ({ db }) => {
      const server = await startHttp({ db, clock: createTestClock(), settings });
      const declared = (wanted: string) =>
        server.routes.filter(({ access }) => access === wanted).map(({ method, url }) => `${method} ${url}`);
      const isChange = (line: string) => line.startsWith("POST") || line.startsWith("DELETE");
      expect(declared("operator").sort()).toEqual([
        "DELETE /api/alerts/:id/acknowledgement",
        "DELETE /api/silences/:id",
        "POST /api/alerts/:id/acknowledgement",
        "POST /api/silences",
      ]);
      expect(declared("admin").filter((line) => line.startsWith("GET"))).toEqual(
        expect.arrayContaining(["GET /api/tokens", "GET /queues", "GET /queues/*"]),
      );
      expect(declared("signed")).toEqual(["POST /slack/interactions", "POST /slack/commands"]);
      const free = [...declared("open"), ...declared("link")].map((line) => line.split(" ")[1] ?? "");
      expect([...new Set(free)].sort()).toEqual([
        "/healthz",
        "/login",
        "/logout",
        "/readyz",
        "/unsubscribe/:token",
        "/unsubscribe/:token/undo",
      ]);
      // Of viewers, those that remain refuse the method itself.
      const changes = declared("viewer").filter(isChange);
      const viewer = await aToken({ db, clock: createTestClock() }, {});
      for (const line of changes) {
        const [method = "", url = ""] = line.split(" ");
        const headers = { authorization: `Bearer ${viewer.text}`, "content-type": JSON_API };
        expect((await ask(server, url.replace(":id", "1"), { method, headers })).httpStatus, line).toBe(405);
      }
    },
  );

  test("has to declare who may ask, else nothing starts", () => {
    const app = fastify();
    const log = createLogger({ level: "silent", format: "json" });
    registerGuard(app, { tokens: null, slack: null, clock: createTestClock(), log });
    expect(() => app.get("/secret", async () => "all of it")).toThrow("The route /secret does not declare who may ask");
  });
});

databaseTest("whoever's role is too low is told which is needed, and nothing happens", async ({ db }) => {
  const past = await AlertPast.open(db);
  const { id, rowId } = await past.alert();
  const clock = createTestClock();
  const server = await startHttp({ db, clock, settings });
  const { text } = await aToken({ db, clock }, { role: "viewer" });
  const headers = { authorization: `Bearer ${text}`, "content-type": JSON_API };
  const body = JSON.stringify({ data: { type: "acknowledgements", attributes: { author: "mia" } } });
  const answer = await ask(server, `/api/alerts/${id}/acknowledgement`, { method: "POST", headers, body });
  expect(answer.httpStatus).toBe(403);
  expect(answer.headers["content-type"]).toBe(JSON_API);
  expect(JSON.parse(answer.text).errors).toEqual([
    expect.objectContaining({ status: "403", code: "role-too-low", detail: expect.stringContaining("operator") }),
  ]);
  expect(await db.alert.findUnique({ where: { id: rowId } })).toMatchObject({ state: "firing" });
  expect(await db.auditEntry.count({ where: { action: "acknowledge" } })).toBe(0);
});

databaseTest("the audit log keeps the author that was named, and the token it came with", async ({ db }) => {
  const past = await AlertPast.open(db);
  const { id } = await past.alert();
  const clock = createTestClock(new Date("2026-03-01T12:10:00.000Z"));
  const server = await startHttp({ db, clock, settings });
  const { text } = await aToken({ db, clock }, { name: "chatops", role: "operator" });
  const sendAs = async (token: string, method: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": JSON_API };
    const path = `/api/alerts/${id}/acknowledgement`;
    return (await ask(server, path, { method, headers, body: JSON.stringify(body) })).httpStatus;
  };
  const acknowledgement = { data: { type: "acknowledgements", attributes: { author: "mia" } } };
  expect(await sendAs(text, "POST", acknowledgement)).toBe(201);
  expect(await sendAs(TOKEN, "DELETE", { meta: { author: "ben" } })).toBe(204);
  expect(await db.auditEntry.findMany({ where: { via: "api" }, orderBy: { id: "asc" } })).toMatchObject([
    { actor: "mia", action: "acknowledge", detail: { userId: "chatops" } },
    { actor: "ben", action: "take_back", detail: { userId: "API_TOKEN" } },
  ]);
});

databaseTest("a token that is revoked or has expired opens nothing from then on", async ({ db }) => {
  const clock = createTestClock();
  const server = await startHttp({ db, clock, settings });
  const { id, text } = await aToken({ db, clock }, { role: "admin", expiresInMs: 60_000 });
  const statusNow = async () =>
    (await ask(server, "/api/tokens", { headers: { authorization: `Bearer ${text}` } })).httpStatus;
  expect(await statusNow()).toBe(200);
  clock.advance(60_000);
  expect(await statusNow()).toBe(401);
  await db.apiToken.update({ where: { id }, data: { expiresAt: null } });
  expect(await statusNow()).toBe(200);
  await db.apiToken.update({ where: { id }, data: { revokedAt: clock(), revokedBy: "mia" } });
  expect(await statusNow()).toBe(401);
});

databaseTest("the list of tokens says all about them but what they are", async ({ db }) => {
  const clock = createTestClock();
  const server = await startHttp({ db, clock, settings });
  const role: TokenRole = "operator";
  const { text } = await aToken({ db, clock }, { name: "ci", role });
  const { httpStatus, text: body } = await ask(server, "/api/tokens", {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(httpStatus).toBe(200);
  expect(JSON.parse(body).data).toEqual([
    {
      type: "tokens",
      id: "1",
      attributes: {
        name: "ci",
        role,
        state: "active",
        "created-at": clock().toISOString(),
        "created-by": "mia",
        "expires-at": null,
        "revoked-at": null,
        "revoked-by": null,
        "last-used-at": null,
      },
    },
  ]);
  expect(body).not.toContain(text.slice(4));
});
