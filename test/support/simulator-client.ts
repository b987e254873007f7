import { expect, onTestFinished } from "vitest";
import * as z from "zod";
import type { SimulatorOptions } from "../../src/simulator/options.js";
import { type Simulator, startSimulator } from "../../src/simulator/start.js";
import { createTestClock, type TestClock } from "./test-clock.js";

const JSON_API = "application/vnd.api+json";

/** A running simulator and the clock that it goes by. */
export type Started = { simulator: Simulator; clock: TestClock };

/** Starts one that the end of the test closes. */
export async function startForTest(options: Partial<SimulatorOptions> = {}): Promise<Started> {
  const clock = createTestClock();
  const simulator = await startSimulator({ seed: 1, clock, ...options });
  onTestFinished(() => simulator.close());
  return { simulator, clock };
}

/** `token` is the API key unless said otherwise; null sends none. */
export type Asked = { token?: string | null; method?: string; headers?: Record<string, string>; body?: string };

/** A request as a client of a Polarity server makes it, but for what `asked` changes. */
export function ask(simulator: Simulator, path: string, asked: Asked = {}): Promise<Response> {
  const { token = simulator.apiKey, method = "GET", headers = {}, body } = asked;
  return fetch(`${simulator.url}${path}`, {
    method,
    headers: {
      "Content-Type": JSON_API,
      Accept: JSON_API,
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
}

const refusalBody = z.strictObject({
  errors: z.tuple([z.strictObject({ status: z.string(), title: z.string(), detail: z.string() })]),
});

/** The status of a refusal that says so in JSON:API. */
export async function refusedWith(answer: Response): Promise<number> {
  expect(answer.headers.get("content-type")).toBe(JSON_API);
  expect(refusalBody.parse(await answer.json()).errors[0].status).toBe(String(answer.status));
  return answer.status;
}

export const login = (simulator: Simulator, body: unknown) =>
  ask(simulator, "/api/users/login", { token: null, method: "POST", body: JSON.stringify(body) });

export const session = z.object({ data: z.object({ token: z.string(), expiration_time: z.int() }) });

/** A token that is valid now. */
export async function loggedIn(simulator: Simulator): Promise<string> {
  const { username, password } = simulator;
  return session.parse(await (await login(simulator, { identification: username, password })).json()).data.token;
}

export const identifier = z.object({ type: z.string(), id: z.string() });
export const errorList = z.strictObject({
  data: z.array(
    identifier.extend({
      links: z.object({ self: z.string() }),
      attributes: z.record(z.string(), z.unknown()),
      relationships: z.object({ integration: z.object({ data: identifier }) }),
    }),
  ),
  jsonapi: z.object({ version: z.literal("1.0") }),
});
const integrationList = z.object({
  data: z.array(
    identifier.extend({
      attributes: z.looseObject({ name: z.string(), acronym: z.string(), status: z.string() }),
      relationships: z.object({ "integration-errors": z.object({ data: z.array(identifier) }) }),
    }),
  ),
  meta: z.object({ page: z.object({ number: z.int(), size: z.int(), total: z.int() }) }),
});

/** What the errors list holds. */
export const readErrors = async (simulator: Simulator) =>
  errorList.parse(await (await ask(simulator, "/api/integrations/errors")).json()).data;
/** One page of integrations. */
export const readIntegrations = async (simulator: Simulator, query = "page[size]=200") =>
  integrationList.parse(await (await ask(simulator, `/api/integrations?${query}`)).json());
/** The true counts by error id. */
export const countsOf = (simulator: Simulator) =>
  new Map(simulator.truth().errors.map((error) => [error.id, error.occurrences]));
