import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { FAILURE_MODES } from "../../src/simulator/failures.js";
import type { Simulator } from "../../src/simulator/start.js";
import { eventually } from "../support/eventually.js";
import {
  ask,
  loggedIn,
  login,
  readErrors,
  readIntegrations,
  refusedWith,
  startForTest,
} from "../support/simulator-client.js";

const ERRORS = "/api/integrations/errors";

/** The answer as soon as its head is there; its body is still to be read. */
async function headOf(simulator: Simulator, path = ERRORS): Promise<IncomingMessage> {
  const request = get(`${simulator.url}${path}`, {
    agent: false,
    headers: {
      Authorization: `Bearer ${simulator.apiKey}`,
      "Content-Type": "application/vnd.api+json",
      Connection: "keep-alive",
    },
  });
  const [answer] = await once(request, "response");
  return z.custom<IncomingMessage>().parse(answer);
}

const statusOf = async (simulator: Simulator, path = ERRORS) => (await ask(simulator, path)).status;

describe("the errors list can be", () => {
  test.each([
    ["unauthorized", 401],
    ["forbidden", 403],
    ["server-error", 503],
    ["rate-limited", 429],
  ] as const)("%s, which is a %i", async (mode, httpStatus) => {
    const { simulator } = await startForTest();
    simulator.fail(mode);
    expect(await refusedWith(await ask(simulator, ERRORS))).toBe(httpStatus);
    expect(await refusedWith(await ask(simulator, "/api/integrations"))).toBe(httpStatus);
  });

  test("rate-limited or unavailable with the Retry-After that was asked for", async () => {
    const { simulator } = await startForTest();
    const retryAfter = async () => (await ask(simulator, ERRORS)).headers.get("retry-after");
    simulator.fail("rate-limited");
    expect(await retryAfter()).toBe("30");
    simulator.fail("server-error");
    expect(await retryAfter()).toBeNull();
    simulator.fail("server-error", { retryAfterSeconds: 7 });
    expect(await retryAfter()).toBe("7");
  });

  test("unreachable: the connection ends before any answer", async () => {
    const { simulator } = await startForTest();
    simulator.fail("unreachable");
    await expect(headOf(simulator)).rejects.toThrow("socket hang up");
    expect(simulator.requests().at(-1)).toMatchObject({ httpStatus: null, failure: "unreachable" });
  });

  test("timed out: nothing comes, the connection stays, and closing ends it", async () => {
    const { simulator } = await startForTest();
    simulator.fail("timeout", { times: 1 });
    let outcome = "held";
    const answer = headOf(simulator);
    answer.then(
      () => {
        outcome = "answered";
      },
      () => {
        outcome = "ended";
      },
    );
    await eventually(() => expect(simulator.requests()).toHaveLength(1), { deadlineMs: 5000 });
    expect(await statusOf(simulator)).toBe(200);
    expect(outcome).toBe("held");
    await simulator.close();
    await expect(answer).rejects.toThrow("socket hang up");
  });

  test("a proxy's page: HTML with 200", async () => {
    const { simulator } = await startForTest();
    simulator.fail("not-json");
    const answer = await ask(simulator, ERRORS);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await answer.text()).toMatch(/^<!DOCTYPE html>/);
  });

  test("truncated: fewer bytes than promised, then the connection is cut", async () => {
    const { simulator } = await startForTest();
    simulator.fail("truncated");
    const answer = await headOf(simulator);
    let bytes = 0;
    answer.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    const [failure] = await once(answer, "error").catch((error: unknown) => [error]);
    expect(failure).toMatchObject({ code: "ECONNRESET" });
    expect(bytes).toBeGreaterThan(1000);
    expect(bytes).toBeLessThan(Number(answer.headers["content-length"]));
  });

  test("cut within its JSON, although the body is whole for HTTP", async () => {
    const { simulator } = await startForTest();
    simulator.fail("truncated-json");
    const text = await (await ask(simulator, ERRORS)).text();
    expect(text).toMatch(/^\{"data":\[\{/);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  test("of a wrong shape: JSON whose data is no list", async () => {
    const { simulator } = await startForTest();
    simulator.fail("wrong-shape");
    const answer = await ask(simulator, ERRORS);
    expect(answer.status).toBe(200);
    expect(z.object({ data: z.array(z.unknown()) }).safeParse(await answer.json()).success).toBe(false);
  });

  test("without end, for as long as somebody reads", async () => {
    const { simulator } = await startForTest();
    simulator.fail("too-large");
    const answer = await headOf(simulator);
    expect([answer.statusCode, answer.headers["content-length"]]).toEqual([200, undefined]);
    let bytes = 0;
    for await (const chunk of answer) {
      bytes += chunk.length;
      if (bytes > 20_000_000) break;
    }
    expect(bytes).toBeGreaterThan(20_000_000);
  });

  test("a slow drip that begins like the right answer", async () => {
    const { simulator } = await startForTest();
    simulator.fail("slow-drip");
    const answer = await headOf(simulator);
    expect(Number(answer.headers["content-length"])).toBeGreaterThan(1000);
    const [first] = await once(answer, "data");
    const [second] = await once(answer, "data");
    expect(`${first}${second}`).toBe('{"');
    answer.destroy();
  });

  test("empty, while the integrations still refer to errors", async () => {
    const { simulator } = await startForTest();
    expect(await readErrors(simulator)).toHaveLength(119);
    simulator.fail("empty-list");
    expect(await readErrors(simulator)).toEqual([]);
    const { meta } = await readIntegrations(simulator, "filter[integration.integration-errors]=true");
    expect(meta.page.total).toBe(37);
  });

  test("blind: no errors and no references, while nothing has changed in truth", async () => {
    const { simulator } = await startForTest();
    const truth = simulator.truth();
    expect(await readErrors(simulator)).toHaveLength(119);
    simulator.fail("blind");
    expect(await readErrors(simulator)).toEqual([]);
    const { data } = await readIntegrations(simulator);
    expect(data.flatMap((row) => row.relationships["integration-errors"].data)).toEqual([]);
    expect(data).toHaveLength(135);
    const { meta } = await readIntegrations(simulator, "filter[integration.integration-errors]=true");
    expect(meta.page.total).toBe(0);
    expect(simulator.truth()).toEqual(truth);
  });
});

test("a refused login says 401 to the right password, and leaves tokens alone", async () => {
  const { simulator } = await startForTest();
  const token = await loggedIn(simulator);
  simulator.fail("login-refused");
  const { username, password } = simulator;
  expect(await refusedWith(await login(simulator, { identification: username, password }))).toBe(401);
  expect((await ask(simulator, ERRORS, { token })).status).toBe(200);
});

describe("a failure", () => {
  test("touches the errors list alone when its scope says so", async () => {
    const { simulator } = await startForTest();
    simulator.fail("server-error", { scope: "errors" });
    expect(await statusOf(simulator)).toBe(503);
    expect(await statusOf(simulator, "/api/integrations")).toBe(200);
    simulator.fail("server-error");
    expect(await statusOf(simulator, "/api/integrations")).toBe(503);
    expect(await statusOf(simulator, "/api/openapi")).toBe(503);
  });

  test("of authorization lets people log in", async () => {
    const { simulator } = await startForTest();
    simulator.fail("unauthorized");
    const token = await loggedIn(simulator);
    expect((await ask(simulator, ERRORS, { token })).status).toBe(401);
  });

  test("ends after as many requests as it was given, not counting those that it spares", async () => {
    const { simulator } = await startForTest();
    simulator.fail("server-error", { scope: "errors", times: 2 });
    expect(await statusOf(simulator)).toBe(503);
    expect(await statusOf(simulator, "/api/integrations")).toBe(200);
    expect(await statusOf(simulator)).toBe(503);
    expect(await statusOf(simulator)).toBe(200);
  });

  test.each(FAILURE_MODES)("%s ends when it is told to, and the right answer is back", async (mode) => {
    const { simulator } = await startForTest({ errors: 5 });
    simulator.fail(mode);
    simulator.fail(null);
    expect((await readErrors(simulator)).map(({ id }) => id)).toEqual(simulator.truth().errors.map(({ id }) => id));
    expect((await login(simulator, { identification: simulator.username, password: simulator.password })).status).toBe(
      200,
    );
  });

  test("is remembered with the request that it was played on", async () => {
    const { simulator } = await startForTest();
    simulator.fail("rate-limited", { times: 1 });
    await ask(simulator, ERRORS);
    await ask(simulator, ERRORS);
    expect(simulator.requests().map(({ failure, httpStatus }) => [failure, httpStatus])).toEqual([
      ["rate-limited", 429],
      [null, 200],
    ]);
  });

  test("with options that mean nothing to it is refused", async () => {
    const { simulator } = await startForTest();
    expect(() => simulator.fail("blind", { scope: "errors" })).toThrow("blind has a scope of its own");
    expect(() => simulator.fail("timeout", { retryAfterSeconds: 3 })).toThrow("timeout sends no Retry-After");
  });
});
