import { describe, expect } from "vitest";
import * as z from "zod";
import { ENDPOINTS, WRITING_ENDPOINTS } from "../../src/http/api.js";
import type { Example } from "../../src/http/resources/endpoint.js";
import { createApp, type HttpServer } from "../../src/http/server.js";
import { findOwnPackage } from "../../src/lib/own-package.js";
import type { Database } from "../../src/store/prisma.js";
import { databaseTest } from "../support/database.js";
import { anEventfulPast } from "../support/eventful-past.js";
import { type Answer, ask, httpDeps, startHttp, TOKEN } from "../support/http-server.js";
import { readList } from "../support/json-api.js";
import { readContract } from "../support/served-contract.js";
import { createTestClock } from "../support/test-clock.js";

const OPERATIONS = [
  ...ENDPOINTS.map((endpoint) => ({ method: "GET", ...endpoint })),
  ...WRITING_ENDPOINTS.map((endpoint) => ({ ...endpoint })),
];
type Operation = (typeof OPERATIONS)[number];
const JSON_API = "application/vnd.api+json";

const documented = ({ path, method }: Operation) => ({ path: path.replace(/:(\w+)/g, "{$1}"), method });

/** What an example names, as it is called here. */
async function idsOf(server: HttpServer): Promise<Readonly<Record<string, string>>> {
  const first = async (path: string) => (await readList(server, path)).data[0]?.id ?? "";
  const error = await first("/api/errors?filter[http-status]=429");
  return {
    servers: "prod",
    errors: error,
    silences: await first("/api/silences"),
    alerts: await first(`/api/alerts?filter[state]=firing&filter[error]=${error}`),
    integrations: await first("/api/integrations"),
  };
}

function pathOf({ path }: Operation, { params = {}, query = {} }: Example, ids: Readonly<Record<string, string>>) {
  const [, , kind = ""] = path.split("/");
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(ids[kind] ?? params[name] ?? ""));
  const search = new URLSearchParams(query).toString();
  return search === "" ? filled : `${filled}?${search}`;
}

function askAs(
  operation: Operation,
  path: string,
  { body }: Example,
  server: HttpServer,
  headers = {},
): Promise<Answer> {
  const { method } = operation;
  if (method === "GET") return ask(server, path, { headers });
  return ask(server, path, { method, headers: { "content-type": JSON_API, ...headers }, body: JSON.stringify(body) });
}

async function opened(db: Database) {
  const watch = await anEventfulPast(db);
  const server = await startHttp({ db, clock: watch.clock, digests: () => watch.plans });
  return { server, contract: await readContract(server), ids: await idsOf(server) };
}

const resources = z.object({
  data: z.union([z.looseObject({ type: z.string() }), z.array(z.looseObject({ type: z.string() }))]),
  included: z.array(z.looseObject({ type: z.string() })).default([]),
});

databaseTest(
  "every example of every operation is answered as the contract says, and shows something",
  async ({ db }) => {
    const { server, contract, ids } = await opened(db);
    const seen: unknown[] = [];
    for (const operation of OPERATIONS) {
      for (const example of operation.examples) {
        const path = pathOf(operation, example, ids);
        const answer = await askAs(operation, path, example, server);
        expect(answer.httpStatus, `${path}: ${answer.text}`).toBeLessThan(300);
        contract.check(documented(operation), answer);
        if (answer.text === "") continue;
        const { data, included } = resources.parse(JSON.parse(answer.text));
        expect([data].flat(), path).not.toHaveLength(0);
        seen.push(...[data].flat(), ...included);
      }
    }
    const resource = z.looseObject({ properties: z.looseObject({ attributes: z.unknown() }) });
    const isResource = (schema: unknown) => resource.safeParse(schema).data?.properties.attributes !== undefined;
    const { schemas } = contract.document.components;
    const answers = Object.entries(schemas).filter(([, schema]) => isResource(schema));
    expect(answers.length).toBeGreaterThan(20);
    const unseen = answers.filter(
      ([name]) => !seen.some((one) => contract.problemAt(["components", "schemas", name], one) === null),
    );
    expect(unseen.map(([name]) => name)).toEqual([]);
  },
);

describe("a refusal is one that the contract has", () => {
  databaseTest("for what is wrong with a request", async ({ db }) => {
    const { server, contract, ids } = await opened(db);
    const met = new Set<string>();
    const expectStatus = (operation: Operation, answer: Answer, httpStatus: number) => {
      expect(answer.httpStatus, `${operation.operationId}: ${answer.text}`).toBe(httpStatus);
      contract.check(documented(operation), answer);
      met.add(`${operation.operationId} ${httpStatus}`);
    };
    for (const operation of OPERATIONS) {
      const [example] = operation.examples;
      const path = pathOf(operation, example, ids);
      const join = path.includes("?") ? "&" : "?";
      expectStatus(operation, await askAs(operation, `${path}${join}nonsense=1`, example, server), 400);
      expectStatus(operation, await askAs(operation, path, example, server, { accept: "image/png" }), 406);
      expectStatus(operation, await askAs(operation, path, example, server, { host: "evil.example.com" }), 403);
      if (operation.path.includes(":id")) {
        const unknown = pathOf(operation, { ...example, params: { id: "99999" } }, {});
        expectStatus(operation, await askAs(operation, unknown, example, server), 404);
      }
      if (operation.method === "GET") continue;
      expectStatus(operation, await askAs(operation, path, { body: { odd: true } }, server), 400);
      const plain = { "content-type": "text/plain" };
      expectStatus(operation, await askAs(operation, path, example, server, plain), 415);
      const large = { body: "x".repeat(70_000) };
      expectStatus(operation, await askAs(operation, path, large, server), 413);
    }
    for (const { operationId, problems = [] } of OPERATIONS) {
      for (const problem of problems.filter((one) => one === 404)) {
        if (!["showDiff", "showSnapshotAt"].includes(operationId)) expect(met).toContain(`${operationId} ${problem}`);
      }
    }
  });

  databaseTest("for what cannot be done as things are", async ({ db }) => {
    const { server, contract, ids } = await opened(db);
    for (const name of ["createAcknowledgement", "deleteAcknowledgement", "deleteSilence"]) {
      const operation = OPERATIONS.find(({ operationId }) => operationId === name);
      if (operation === undefined) throw new Error(`There is no ${name}`);
      const [example] = operation.examples;
      const path = pathOf(operation, example, ids);
      expect((await askAs(operation, path, example, server)).httpStatus).toBeLessThan(300);
      const again = await askAs(operation, path, example, server);
      expect(again.httpStatus, name).toBe(409);
      contract.check(documented(operation), again);
    }
  });

  databaseTest("for a method that an address does not have", async ({ db }) => {
    const { server, contract, ids } = await opened(db);
    for (const operation of OPERATIONS) {
      const path = pathOf(operation, operation.examples[0], ids);
      const answer = await ask(server, path, { method: "PUT" });
      expect(answer.httpStatus).toBe(405);
      contract.check(null, answer);
    }
  });

  databaseTest("for a server of which there is nothing to tell", async ({ db }) => {
    const clock = createTestClock();
    const server = await startHttp({ db, clock });
    const contract = await readContract(server);
    for (const operation of OPERATIONS.filter(({ path }) => ["/api/diff", "/api/snapshots/at"].includes(path))) {
      const answer = await ask(server, pathOf(operation, operation.examples[0], {}));
      expect(answer.httpStatus).toBe(404);
      contract.check(documented(operation), answer);
    }
  });
});

/** The addresses in the tree that the framework draws of its routes. */
function pathsIn(tree: string): string[] {
  const above: string[] = [];
  return tree.split("\n").flatMap((line) => {
    const [, indent, part] = /^([│ ]*)[├└]── (\S+) \(/.exec(line) ?? [];
    if (indent === undefined || part === undefined) return [];
    const depth = indent.length / 4;
    above.splice(depth, above.length, `${above[depth - 1] ?? ""}${part}`);
    return above.slice(-1);
  });
}

databaseTest("every address under /api is in the contract with its methods, and no other", async ({ db }) => {
  const { app } = createApp(httpDeps({ db, clock: createTestClock() }));
  await app.ready();
  const served: string[] = [];
  for (const path of pathsIn(app.printRoutes({ commonPrefix: false })).filter((one) => one.startsWith("/api/"))) {
    // No address answers to OPTIONS: the refusal names what it does answer to.
    const { headers } = await app.inject({ method: "OPTIONS", url: path, headers: { host: "localhost" } });
    const allowed = String(headers.allow).split(", ");
    served.push(...allowed.filter((method) => method !== "HEAD").map((method) => `${method} ${path}`));
  }
  const answer = await app.inject({ url: "/openapi.json", headers: { host: "localhost" } });
  const { paths: described } = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(answer.json());
  const named = Object.entries(described).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
  );
  expect(served.length).toBeGreaterThan(20);
  expect(named.sort()).toEqual(served.sort());
  await app.close();
});

databaseTest(
  "the contract is valid OpenAPI 3.1 of this release, and refers to nothing that it lacks",
  async ({ db }) => {
    const server = await startHttp({ db, clock: createTestClock() });
    const { document } = await readContract(server);
    expect(document.info.version).toBe(findOwnPackage().version);
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.values(item).flatMap((operation) => (operation === undefined ? [] : [{ path, operation }])),
    );
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const places = operation.parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
      expect(operation.parameters.filter((one) => one.in === "path").map(({ name }) => name)).toEqual(inPath);
      expect(new Set(places).size, path).toBe(places.length);
    }
    const text = JSON.stringify(document);
    for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      expect(document.components.schemas, name).toHaveProperty(name);
    }
    for (const [, name = ""] of text.matchAll(/"#\/components\/responses\/([^"]+)"/g)) {
      expect(document.components.responses, name).toHaveProperty(name);
    }
    expect(text).not.toContain("$defs");
  },
);

databaseTest("each example in the contract has the form that stands beside it", async ({ db }) => {
  const { document, problemAt } = await readContract(await startHttp({ db, clock: createTestClock() }));
  let examples = 0;
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (operation === undefined) continue;
      const place = ["paths", path, method];
      const { parameters, requestBody } = operation;
      for (const [index, { name, example }] of parameters.entries()) {
        if (example === undefined) continue;
        expect(problemAt([...place, "parameters", String(index), "schema"], example), `${path} ${name}`).toBeNull();
        examples += 1;
      }
      for (const [type, { examples: bodies = {} }] of Object.entries(requestBody?.content ?? {})) {
        for (const { value } of Object.values(bodies)) {
          expect(problemAt([...place, "requestBody", "content", type, "schema"], value), path).toBeNull();
          examples += 1;
        }
      }
    }
  }
  expect(examples).toBeGreaterThan(60);
});

databaseTest("what comes as rows, and what does not, is as the contract says", async ({ db }) => {
  const { server, contract, ids } = await opened(db);
  const response = z.object({ content: z.record(z.string(), z.unknown()) });
  for (const operation of OPERATIONS.filter(({ method }) => method === "GET")) {
    const path = pathOf(operation, operation.examples[0], ids).replace(/&?include=[^&]*/, "");
    const { content } = response.parse(contract.document.paths[documented(operation).path]?.get?.responses[200]);
    for (const accept of ["text/csv", "application/x-ndjson"]) {
      const answer = await ask(server, path, { headers: { accept } });
      expect(answer.httpStatus, `${path} ${accept}`).toBe(accept in content ? 200 : 406);
      contract.check(documented(operation), answer);
    }
  }
});

databaseTest(
  "the contract needs the token like everything else, and says what has been asked for before",
  async ({ db }) => {
    const settings = { host: "127.0.0.1", port: 0, apiToken: TOKEN };
    const server = await startHttp({ db, clock: createTestClock(), settings });
    const refused = await ask(server, "/openapi.json");
    expect(refused.httpStatus).toBe(401);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const got = await ask(server, "/openapi.json", { headers });
    expect(got).toMatchObject({ httpStatus: 200, headers: { "content-type": "application/json" } });
    const again = await ask(server, "/openapi.json", {
      headers: { ...headers, "if-none-match": String(got.headers.etag) },
    });
    expect(again).toMatchObject({ httpStatus: 304, text: "" });
  },
);
