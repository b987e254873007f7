import { describe, expect, test } from "vitest";
import * as z from "zod";
import { loadSamples } from "../../src/simulator/samples.js";
import {
  ask,
  errorList,
  identifier,
  loggedIn,
  login,
  readErrors,
  readIntegrations,
  refusedWith,
  session,
  startForTest,
} from "../support/simulator-client.js";

describe("authentication", () => {
  test("the API key needs no login", async () => {
    const { simulator } = await startForTest();
    expect((await ask(simulator, "/api/integrations/errors")).status).toBe(200);
  });

  test("without a valid token there is a 401 in JSON:API", async () => {
    const { simulator } = await startForTest();
    for (const token of [null, "FAKE-other"]) {
      expect(await refusedWith(await ask(simulator, "/api/integrations/errors", { token }))).toBe(401);
      expect(await refusedWith(await ask(simulator, "/api/integrations", { token }))).toBe(401);
    }
  });

  test("a login gives a token and its end in Unix seconds", async () => {
    const { simulator, clock } = await startForTest({
      auth: { username: "anna", password: "FAKE-pw", tokenLifetimeMs: 90_000 },
    });
    const answer = await login(simulator, { identification: "anna", password: "FAKE-pw" });
    const { token, expiration_time } = session.parse(await answer.json()).data;
    expect(expiration_time).toBe(clock().getTime() / 1000 + 90);
    expect((await ask(simulator, "/api/integrations/errors", { token })).status).toBe(200);
  });

  test("a login is malformed when wrapped in data, incomplete or no JSON, and refused with wrong credentials", async () => {
    const { simulator } = await startForTest();
    const { username, password } = simulator;
    expect(await refusedWith(await login(simulator, { data: { identification: username, password } }))).toBe(400);
    expect(await refusedWith(await login(simulator, { username, password }))).toBe(400);
    expect(await refusedWith(await login(simulator, { identification: username }))).toBe(400);
    const form = { token: null, method: "POST", body: "identification=a" };
    expect(await refusedWith(await ask(simulator, "/api/users/login", form))).toBe(400);
    expect(await refusedWith(await ask(simulator, "/api/users/login", { ...form, body: "x".repeat(1e6) }))).toBe(413);
    expect(await refusedWith(await login(simulator, { identification: username, password: "FAKE-wrong" }))).toBe(401);
    expect(await refusedWith(await login(simulator, { identification: "somebody", password }))).toBe(401);
  });

  test("a token ends with its lifetime, and cannot be refreshed then", async () => {
    const { simulator, clock } = await startForTest({ auth: { tokenLifetimeMs: 60_000 } });
    const token = await loggedIn(simulator);
    clock.advance(59_999);
    expect((await ask(simulator, "/api/integrations/errors", { token })).status).toBe(200);
    clock.advance(1);
    expect(await refusedWith(await ask(simulator, "/api/integrations/errors", { token }))).toBe(401);
    expect(await refusedWith(await ask(simulator, "/api/users/refresh", { token }))).toBe(401);
  });

  test("a refresh gives a new token with a whole lifetime", async () => {
    const { simulator, clock } = await startForTest({ auth: { tokenLifetimeMs: 60_000 } });
    const old = await loggedIn(simulator);
    clock.advance(50_000);
    const { token } = session.parse(await (await ask(simulator, "/api/users/refresh", { token: old })).json()).data;
    expect(token).not.toBe(old);
    clock.advance(50_000);
    expect((await ask(simulator, "/api/integrations/errors", { token })).status).toBe(200);
  });

  test("after a logout the token no longer works, and another one still does", async () => {
    const { simulator } = await startForTest();
    const [token, other] = [await loggedIn(simulator), await loggedIn(simulator)];
    expect((await ask(simulator, "/api/users/logout", { token, method: "POST" })).status).toBe(200);
    expect(await refusedWith(await ask(simulator, "/api/integrations/errors", { token }))).toBe(401);
    expect((await ask(simulator, "/api/integrations/errors", { token: other })).status).toBe(200);
  });

  test("an API key can neither be refreshed nor logged out", async () => {
    const { simulator } = await startForTest();
    expect(await refusedWith(await ask(simulator, "/api/users/refresh"))).toBe(403);
    expect(await refusedWith(await ask(simulator, "/api/users/logout", { method: "POST" }))).toBe(403);
    expect((await ask(simulator, "/api/integrations/errors")).status).toBe(200);
  });
});

describe("requests that no reader should make are refused", () => {
  test.each(["POST", "PATCH", "DELETE", "PUT"])("writing with %s, wherever", async (method) => {
    const { simulator } = await startForTest();
    for (const path of ["/api/integrations/errors", "/api/integrations/x", "/api/users/refresh", "/api/nothing"]) {
      expect(await refusedWith(await ask(simulator, path, { method }))).toBe(405);
    }
  });

  test("logging in or out with GET", async () => {
    const { simulator } = await startForTest();
    const answer = await ask(simulator, "/api/users/login");
    expect(answer.headers.get("allow")).toBe("POST");
    expect(await refusedWith(answer)).toBe(405);
    expect(await refusedWith(await ask(simulator, "/api/users/logout"))).toBe(405);
  });

  test("a path that does not exist, the self link of an error among them", async () => {
    const { simulator } = await startForTest();
    const self = (await readErrors(simulator))[0]?.links.self ?? "";
    expect(self).toMatch(/^\/api\/integration\/.+\/errors\/.+/);
    for (const path of [self, "/api/integration-errors", "/v2/integrations", "/", "/api/integrations/unknown"]) {
      expect(await refusedWith(await ask(simulator, path))).toBe(404);
    }
  });

  test("another media type, while plain JSON is fine", async () => {
    const { simulator } = await startForTest();
    const asked = (headers: Record<string, string>) => ask(simulator, "/api/integrations/errors", { headers });
    expect(await refusedWith(await asked({ "Content-Type": "text/plain" }))).toBe(415);
    expect(await refusedWith(await asked({ "Content-Type": "" }))).toBe(415);
    expect(await refusedWith(await asked({ Accept: "text/html" }))).toBe(406);
    expect((await asked({ "Content-Type": "application/json", Accept: "application/json" })).status).toBe(200);
    expect((await asked({ Accept: "text/html, application/*;q=0.5" })).status).toBe(200);
  });

  test.each([
    "page[number]=0",
    "page[number]=-1",
    "page[number]=1.5",
    "page[size]=0",
    "page[size]=all",
    "page[number]=1&page[number]=2",
    "filter[integration.integration-errors]=True",
    "filter[integration.integration-errors]=1",
    "filter[status]=running",
    "sort=name",
  ])("the integrations with ?%s", async (query) => {
    const { simulator } = await startForTest();
    expect(await refusedWith(await ask(simulator, `/api/integrations?${query}`))).toBe(400);
  });

  test("the errors list with any parameter", async () => {
    const { simulator } = await startForTest();
    expect(await refusedWith(await ask(simulator, "/api/integrations/errors?page[number]=1"))).toBe(400);
  });
});

describe("integrations", () => {
  test("come in pages of 100, counted from 1, that together are all", async () => {
    const { simulator } = await startForTest();
    const first = await readIntegrations(simulator, "");
    const second = await readIntegrations(simulator, "page%5Bnumber%5D=2");
    expect(first.meta.page).toEqual({ number: 1, size: 100, total: 135 });
    expect(second.meta.page).toEqual({ number: 2, size: 100, total: 135 });
    const ids = [...first.data, ...second.data].map(({ id }) => id);
    expect(ids).toEqual(simulator.truth().integrations.map(({ id }) => id));
    expect((await readIntegrations(simulator, "page[number]=3")).data).toEqual([]);
  });

  test("come in smaller pages than asked for where the server grants no more", async () => {
    const { simulator } = await startForTest({ pageSizeMax: 50 });
    for (const query of ["", "page[size]=200"]) {
      const { data, meta } = await readIntegrations(simulator, query);
      expect([data.length, meta.page.size]).toEqual([50, 50]);
    }
  });

  test("are filtered by status and by having errors, and counted after it", async () => {
    const { simulator } = await startForTest({ errors: 5 });
    const { integrations } = simulator.truth();
    const running = integrations.filter(({ status }) => status === "running").length;
    expect(running).toBeLessThan(135);
    expect((await readIntegrations(simulator, "filter[integration.status]=running")).meta.page.total).toBe(running);
    expect((await readIntegrations(simulator, "filter[integration.status]=Running")).meta.page.total).toBe(0);
    const troubled = await readIntegrations(simulator, "filter[integration.integration-errors]=true");
    expect(troubled.data.map(({ id }) => id)).toEqual(
      integrations.filter(({ errorIds }) => errorIds.length > 0).map(({ id }) => id),
    );
  });

  test("refer to exactly the errors of the errors list", async () => {
    const { simulator } = await startForTest();
    const { data } = await readIntegrations(simulator);
    const referred = data.flatMap((row) =>
      row.relationships["integration-errors"].data.map(({ id, type }) => `${type} ${row.id} ${id}`),
    );
    const listed = (await readErrors(simulator)).map(
      ({ id, type, relationships }) => `${type} ${relationships.integration.data.id} ${id}`,
    );
    expect(referred.sort()).toEqual(listed.sort());
  });

  test("can be read one by one, also where the id needs encoding", async () => {
    const { simulator } = await startForTest();
    const id = "my lab/copy#2_node_20_1750000003";
    const answer = await ask(simulator, `/api/integrations/${encodeURIComponent(id)}`);
    expect(z.object({ data: identifier }).parse(await answer.json()).data).toEqual({ type: "integrations", id });
    expect(await refusedWith(await ask(simulator, "/api/integrations/%E0%A4%A"))).toBe(404);
  });

  test("carry option values in three places, so that whoever keeps too much is caught", async () => {
    const { simulator } = await startForTest({ integrations: 1 });
    const body = z.looseObject({ data: z.array(z.looseObject({})), included: z.unknown() });
    const { data, included } = body.parse(await (await ask(simulator, "/api/integrations")).json());
    const { attributes, relationships } = z
      .object({ attributes: z.unknown(), relationships: z.unknown() })
      .parse(data[0]);
    for (const place of [included, attributes, relationships]) {
      expect(JSON.stringify(place)).toContain("FAKE-option-secret");
    }
  });
});

describe("errors", () => {
  test.each([
    ["A", "kebab", "detail title description count integration-id meta source last-occurred status"],
    ["A", "camel", "detail title description count integrationId meta source lastOccurred status"],
    ["A", "snake", "detail title description count integration_id meta source last_occurred status"],
    ["B", "kebab", "error title detail error-count integrationId meta request-options last-error-date status-code"],
    ["B", "camel", "error title detail errorCount integrationId meta requestOptions lastErrorDate statusCode"],
    ["B", "snake", "error title detail error_count integration_id meta request_options last_error_date status_code"],
  ] as const)(
    "are spoken in set %s and %s case, as the server's own description says",
    async (naming, spelling, names) => {
      const { simulator } = await startForTest({ naming, spelling });
      const expected = names.split(" ").sort();
      for (const { attributes } of await readErrors(simulator))
        expect(Object.keys(attributes).sort()).toEqual(expected);
      const description = await (await ask(simulator, "/api/openapi", { token: null })).text();
      const { components } = z
        .object({
          openapi: z.string().startsWith("3."),
          components: z.object({
            schemas: z.object({
              IntegrationError: z.object({
                properties: z.object({ attributes: z.object({ properties: z.record(z.string(), z.unknown()) }) }),
              }),
            }),
          }),
        })
        .parse(JSON.parse(description));
      const described = components.schemas.IntegrationError.properties.attributes.properties;
      expect(Object.keys(described).sort()).toEqual(expected);
    },
  );

  test("of the samples arrive unchanged in their slots, and nothing of them that is not sent", async () => {
    const { simulator } = await startForTest();
    const text = await (await ask(simulator, "/api/integrations/errors")).text();
    const sent = errorList
      .parse(JSON.parse(text))
      .data.map(({ attributes, relationships }) =>
        JSON.stringify([
          relationships.integration.data.id,
          attributes.detail,
          attributes.title,
          attributes.description,
          attributes.status,
        ]),
      );
    const samples = await loadSamples();
    const expected = samples.map(({ integration, detail, title, description, httpStatus }) =>
      JSON.stringify([integration.id, detail, title, description, httpStatus]),
    );
    expect(sent.sort()).toEqual(expected.sort());
    expect(text).toContain('"requestId":9007199254740993123');
    expect(text).toContain('"negativeZero":-0.0');
    expect(/"growth":|"note":|\\u0001number/.exec(text)?.[0]).toBeUndefined();
  });

  test("are none when none are wanted, and unique when there are ten thousand", async () => {
    const { simulator: healthy } = await startForTest({ errors: 0 });
    expect(await readErrors(healthy)).toEqual([]);
    const { simulator: ill } = await startForTest({ errors: 10_000 });
    expect(new Set((await readErrors(ill)).map(({ id }) => id)).size).toBe(10_000);
  });

  test("are told as they are, count and time", async () => {
    const { simulator, clock } = await startForTest({ scenario: "live" });
    clock.advance(3_600_000);
    const told = (await readErrors(simulator)).map(({ id, attributes, relationships }) => ({
      id,
      integrationId: relationships.integration.data.id,
      title: attributes.title,
      occurrences: attributes.count,
      lastOccurredAt: new Date(z.iso.datetime().parse(attributes["last-occurred"])),
    }));
    expect(told).toEqual(simulator.truth().errors);
  });
});
