import { describe, expect } from "vitest";
import { AlertPast, NOON } from "../support/alert-past.js";
import { databaseTest } from "../support/database.js";
import { ask, startHttp, TOKEN } from "../support/http-server.js";
import { readList, readOne, readProblems, send } from "../support/json-api.js";
import { createTestClock } from "../support/test-clock.js";

const SILENCE = {
  matchers: ['integration="VirusTotal"', "cause=~credential"],
  "ends-at": "2026-03-01T14:00:00Z",
  author: "mia",
  reason: "New key is on its way",
};
const silence = (attributes: object = SILENCE) => ({ data: { type: "silences", attributes } });
const BY_BEN = { meta: { author: "ben" } };
const acknowledgement = (attributes: object = { author: "mia" }) => ({
  data: { type: "acknowledgements", attributes },
});

describe("silences", () => {
  databaseTest("are added, listed, shown and ended", async ({ db }) => {
    const clock = createTestClock(NOON);
    const server = await startHttp({ db, clock });
    const attributes = {
      "silence-state": "active",
      "is-stale": false,
      matchers: ['integration="VirusTotal"', 'cause=~"credential"'],
      "starts-at": "2026-03-01T12:00:00.000Z",
      "ends-at": "2026-03-01T14:00:00.000Z",
      author: "mia",
      reason: "New key is on its way",
      "ends-when": {
        "unmatched-polls": 3,
        "count-doubles": true,
        "http-status-changes": false,
        "text-changes": false,
      },
      hidden: { alerts: 0, transitions: 0 },
    };
    const sent = await send(
      server,
      "POST",
      "/api/silences",
      silence({ ...SILENCE, "ends-when": { "unmatched-polls": 3, "count-doubles": true } }),
    );
    if (!("data" in sent)) throw new Error(JSON.stringify(sent));
    const { id } = sent.data;
    expect(sent).toMatchObject({ location: `/api/silences/${id}`, data: { type: "silences", attributes } });
    expect((await readList(server, "/api/silences?filter[state]=open")).data).toMatchObject([{ id, attributes }]);
    expect((await readOne(server, `/api/silences/${id}`)).data).toEqual(sent.data);
    expect(await send(server, "DELETE", `/api/silences/${id}`, BY_BEN)).toEqual({ httpStatus: 204 });
    expect((await readOne(server, `/api/silences/${id}`)).data.attributes).toMatchObject({
      "silence-state": "expired",
      "ended-at": "2026-03-01T12:00:00.000Z",
      "ended-because": "ben ended it",
    });
    expect((await readList(server, "/api/silences?filter[state]=open")).data).toEqual([]);
    expect(await send(server, "DELETE", `/api/silences/${id}`, BY_BEN)).toEqual({
      httpStatus: 409,
      problems: [`conflict: Silence ${id} has ended already: ben ended it.`],
    });
  });

  databaseTest("that do not exist are 404", async ({ db }) => {
    const server = await startHttp({ db, clock: createTestClock(NOON) });
    for (const id of ["99", "x", "%00"]) {
      expect(await readProblems(server, `/api/silences/${id}`, 404)).toHaveLength(1);
      expect(await send(server, "DELETE", `/api/silences/${id}`, BY_BEN)).toMatchObject({ httpStatus: 404 });
    }
  });

  databaseTest("are paged, each of them once", async ({ db }) => {
    const server = await startHttp({ db, clock: createTestClock(NOON) });
    for (let count = 0; count < 3; count += 1) await send(server, "POST", "/api/silences", silence());
    const first = await readList(server, "/api/silences?page[size]=2");
    const rest = await readList(server, first.links.next ?? "");
    expect([...first.data, ...rest.data].map(({ id }) => Number(id))).toEqual([3, 2, 1]);
    expect(rest.links.next).toBeNull();
    expect(await readProblems(server, "/api/silences?page[after]=x&filter[state]=sleeping")).toHaveLength(2);
  });

  databaseTest("are refused with everything that is wrong, each at its place", async ({ db }) => {
    const server = await startHttp({ db, clock: createTestClock(NOON) });
    const problemsOf = async (body: unknown) => {
      const sent = await send(server, "POST", "/api/silences", body);
      if (!("problems" in sent)) throw new Error("It was not refused");
      expect(sent.httpStatus).toBe(400);
      return sent.problems;
    };
    const wrong = {
      matchers: ["integration", 'a=~"("', 3],
      "ends-at": "tomorrow",
      author: "\u0000",
      reason: "x".repeat(1001),
      "ends-when": { "unmatched-polls": 0, sometimes: true },
      colour: "red",
    };
    expect((await problemsOf(silence(wrong))).sort()).toEqual([
      "/data/attributes/author: Must be text",
      "/data/attributes/colour: No such member here",
      expect.stringMatching(/^\/data\/attributes\/ends-at: Must be a time/),
      "/data/attributes/ends-when/sometimes: No such member here",
      "/data/attributes/ends-when/unmatched-polls: Must be at least 1",
      expect.stringMatching(/^\/data\/attributes\/matchers\/0: Expected/),
      expect.stringMatching(/^\/data\/attributes\/matchers\/1: Not a regular expression/),
      "/data/attributes/matchers/2: Must be a text",
      "/data/attributes/reason: Must have at most 1000 characters",
    ]);
    expect((await problemsOf(silence({}))).sort()).toEqual([
      "/data/attributes/author: Is missing",
      "/data/attributes/ends-at: Is missing",
      "/data/attributes/matchers: Is missing",
      "/data/attributes/reason: Is missing",
    ]);
    expect(await problemsOf(silence({ ...SILENCE, matchers: ['a=~".*"'], "ends-at": "2026-03-01" }))).toEqual([
      expect.stringMatching(/^\/data\/attributes\/matchers: At least one matcher/),
      "/data/attributes/ends-at: It has to end after it starts",
    ]);
    expect(await problemsOf({ data: { type: "errors", attributes: SILENCE } })).toEqual([
      "/data/type: Must be silences",
    ]);
    for (const body of [[], null, "x", 1]) expect(await problemsOf(body)).toHaveLength(1);
    expect(await db.silence.count()).toBe(0);
  });
});

describe("acknowledgements", () => {
  databaseTest("are given and taken back, and shown with their alert", async ({ db }) => {
    const past = await AlertPast.open(db);
    const { id } = await past.alert();
    const server = await startHttp({ db, clock: createTestClock(NOON) });
    const path = `/api/alerts/${id}/acknowledgement`;
    const given = { author: "mia", note: "On it", "until-at": "2026-03-01T16:00:00Z" };
    const sent = await send(server, "POST", path, acknowledgement(given));
    const shown = {
      author: "mia",
      at: "2026-03-01T12:00:00.000Z",
      note: "On it",
      "until-at": "2026-03-01T16:00:00.000Z",
    };
    expect(sent).toMatchObject({
      httpStatus: 201,
      data: { type: "acknowledgements", attributes: shown, relationships: { alert: { data: { type: "alerts", id } } } },
    });
    const alert = async () => (await readList(server, "/api/alerts")).data[0]?.attributes;
    expect(await alert()).toMatchObject({
      "alert-state": "acknowledged",
      acknowledgement: shown,
      "fired-at": "2026-03-01T12:00:00.000Z",
      labels: { server: "prod", integration: "VirusTotal" },
    });
    expect(await send(server, "POST", path, acknowledgement())).toMatchObject({
      httpStatus: 409,
      problems: [`conflict: Alert ${id} is acknowledged already, by mia for less than 1 s.`],
    });
    expect(await send(server, "DELETE", path, BY_BEN)).toEqual({ httpStatus: 204 });
    expect(await alert()).toMatchObject({ "alert-state": "firing", acknowledgement: null });
    expect(await send(server, "DELETE", path, BY_BEN)).toMatchObject({ httpStatus: 409 });
  });

  databaseTest("are refused when they are wrong, or of no alert", async ({ db }) => {
    const past = await AlertPast.open(db);
    const { id } = await past.alert();
    const server = await startHttp({ db, clock: createTestClock(NOON) });
    const path = `/api/alerts/${id}/acknowledgement`;
    expect(await send(server, "POST", path, acknowledgement({ note: "", "until-at": 5 }))).toEqual({
      httpStatus: 400,
      problems: [
        "/data/attributes/author: Is missing",
        "/data/attributes/note: Must not be empty",
        "/data/attributes/until-at: Must be a text",
      ],
    });
    expect(await send(server, "POST", path, acknowledgement({ author: "mia", "until-at": "2026-03-01" }))).toEqual({
      httpStatus: 400,
      problems: ["/data/attributes: It has to last until a time to come."],
    });
    expect(await send(server, "POST", "/api/alerts/99/acknowledgement", acknowledgement())).toMatchObject({
      httpStatus: 404,
    });
    expect(await send(server, "DELETE", path, {})).toEqual({ httpStatus: 400, problems: ["/meta: Is missing"] });
  });
});

describe("what changes something", () => {
  const WRITES = [
    ["POST", "/api/silences"],
    ["DELETE", "/api/silences/1"],
    ["POST", "/api/alerts/1/acknowledgement"],
    ["DELETE", "/api/alerts/1/acknowledgement"],
  ] as const;

  databaseTest(
    "is refused unless it is declared as JSON:API, whatever else a form or a page can send",
    async ({ db }) => {
      const server = await startHttp({ db, clock: createTestClock(NOON) });
      for (const [method, path] of WRITES) {
        for (const type of [
          null,
          "application/json",
          "text/plain",
          "application/x-www-form-urlencoded",
          'application/vnd.api+json; ext="x"',
          "text/plain; application/vnd.api+json",
        ]) {
          const headers = type === null ? {} : { "content-type": type };
          const answer = await ask(server, path, { method, headers, body: JSON.stringify(silence()) });
          expect(answer.httpStatus, `${method} ${path} ${type}`).toBe(415);
          expect(JSON.parse(answer.text).errors[0].code).toBe("wrong-media-type");
        }
      }
      expect(await db.silence.count()).toBe(0);
    },
  );

  databaseTest("needs the token, and without one a local name and no other site", async ({ db }) => {
    const clock = createTestClock(NOON);
    const closed = await startHttp({ db, clock, settings: { host: "127.0.0.1", port: 0, apiToken: TOKEN } });
    const open = await startHttp({ db, clock });
    const type = { "content-type": "application/vnd.api+json" };
    for (const [method, path] of WRITES) {
      const body = JSON.stringify(silence());
      const statusOf = async (server: typeof open, headers: Record<string, string>) =>
        (await ask(server, path, { method, headers: { ...type, ...headers }, body })).httpStatus;
      expect(await statusOf(closed, {})).toBe(401);
      expect(await statusOf(closed, { authorization: "Bearer wrong" })).toBe(401);
      expect(await statusOf(open, { host: "evil.example.com" })).toBe(403);
      expect(await statusOf(open, { origin: "https://evil.example.com" })).toBe(403);
    }
    expect(await db.silence.count()).toBe(0);
    const headers = { ...type, authorization: `Bearer ${TOKEN}` };
    const answer = await ask(closed, "/api/silences", { method: "POST", headers, body: JSON.stringify(silence()) });
    expect(answer.httpStatus).toBe(201);
  });

  databaseTest(
    "is refused when it cannot be read, is too large or cannot be answered, and nothing is done",
    async ({ db }) => {
      const server = await startHttp({ db, clock: createTestClock(NOON) });
      const type = { "content-type": "application/vnd.api+json" };
      const post = async (body: string, headers: Record<string, string> = {}) => {
        const answer = await ask(server, "/api/silences", { method: "POST", headers: { ...type, ...headers }, body });
        return [answer.httpStatus, JSON.parse(answer.text).errors[0].code];
      };
      expect(await post("{")).toEqual([400, "bad-body"]);
      expect(await post("")).toEqual([400, "bad-body"]);
      expect(await post(JSON.stringify(silence({ ...SILENCE, reason: "x".repeat(70_000) })))).toEqual([
        413,
        "body-too-large",
      ]);
      expect(await post(JSON.stringify(silence()), { accept: "text/csv" })).toEqual([406, "not-acceptable"]);
      expect(await db.silence.count()).toBe(0);
    },
  );

  databaseTest("leaves the other methods of its address refused, with those that there are", async ({ db }) => {
    const server = await startHttp({ db, clock: createTestClock(NOON) });
    for (const [path, allow, others] of [
      ["/api/silences", "GET, HEAD, POST", ["PUT", "PATCH", "DELETE", "OPTIONS"]],
      ["/api/silences/1", "GET, HEAD, DELETE", ["POST", "PUT", "PATCH", "OPTIONS"]],
      ["/api/alerts/1/acknowledgement", "POST, DELETE", ["GET", "PUT", "PATCH", "OPTIONS"]],
    ] as const) {
      for (const method of others) {
        const answer = await ask(server, path, { method });
        expect([answer.httpStatus, answer.headers.allow], `${method} ${path}`).toEqual([405, allow]);
      }
    }
  });
});
