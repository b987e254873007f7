import * as fc from "fast-check";
import { expect } from "vitest";
import { ENDPOINTS, WRITING_ENDPOINTS } from "../../src/http/api.js";
import { databaseTest } from "../support/database.js";
import { anEventfulPast } from "../support/eventful-past.js";
import { type Answer, ask, startHttp } from "../support/http-server.js";
import { readList } from "../support/json-api.js";
import { createRecordingLog } from "../support/recording-log.js";

type Sent = { method: string; path: string; known: readonly string[]; body?: unknown };
const OPERATIONS: readonly Sent[] = [
  ...ENDPOINTS.map(({ path, query }) => ({ method: "GET", path, known: Object.keys(query.shape) })),
  ...WRITING_ENDPOINTS.map(({ method, path, query, examples: [{ body }] }) => ({
    method,
    path,
    known: Object.keys(query.shape),
    body,
  })),
];
const KNOWN = [...new Set(OPERATIONS.flatMap(({ known }) => known))];
const VALUES = ["", "0", "-1", "1e9", "true", "prod", "VT", "%", "_", "\\", "'", "\u0000", "2026-03-01", "12:00", "1d"];
const INSTANTS = ["1970-01-01", "9999-12-31", "2026-03-01T12:02:00Z", "2026-03-01T12:02:00.123456+23:59", "0000-01-01"];

const anyText = fc.string({ unit: "grapheme", maxLength: 300 });
const unknownName = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "toString", "filter", "filter[]", "page", "filter[server][x]", "a&b=c"),
  anyText.filter((name) => !KNOWN.includes(name.replaceAll("_", "-"))),
);
const IDS = ["1", "4", "prod", "at", "-1", "%00", "\u0000", "9".repeat(30), "1.5"];
const anId = fc.oneof(fc.constantFrom(...IDS), anyText);

const addressOf = ({ path }: Sent, id: string, query: readonly (readonly [string, string])[]) => {
  const search = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
  return `${path.replace(":id", encodeURIComponent(id).slice(0, 900) || "1")}?${search}`;
};

/** Gives how to send such a request. Whatever is sent, the answer has a reason in the form of JSON:API. */
async function sender(db: Parameters<typeof anEventfulPast>[0]) {
  const watch = await anEventfulPast(db);
  const { log, lines } = createRecordingLog();
  const server = await startHttp({ db, clock: watch.clock, log, digests: () => watch.plans });
  const cursors: string[] = [];
  for (const list of ["errors", "alerts", "deliveries", "audit", "snapshots"]) {
    const { links } = await readList(server, `/api/${list}?page[size]=1`);
    cursors.push(new URL(links.next ?? "", server.url).searchParams.get("page[after]") ?? "");
  }
  const send = async ({ method }: Sent, path: string, body?: unknown): Promise<Answer> => {
    const headers = { "content-type": "application/vnd.api+json" };
    const sent = method === "GET" ? {} : { method, headers, body: JSON.stringify(body) };
    const answer = await ask(server, path, sent);
    const failed = lines.filter(({ level }) => level >= 50).map((line) => JSON.stringify(line));
    expect(answer.httpStatus, `${method} ${path}: ${failed}`).toBeLessThan(500);
    return answer;
  };
  return { send, cursors };
}

databaseTest("no parameters, ids or bodies, however odd, make polarwatch fail", async ({ db }) => {
  const { send, cursors } = await sender(db);
  const value = fc.oneof(fc.constantFrom(...VALUES, ...INSTANTS, ...cursors), anyText);
  const request = fc.constantFrom(...OPERATIONS).chain((operation) => {
    const known = operation.known.length === 0 ? unknownName : fc.constantFrom(...operation.known);
    const name = fc.oneof({ arbitrary: known, weight: 6 }, { arbitrary: unknownName, weight: 1 });
    const body = fc.oneof(fc.constant(operation.body), fc.jsonValue());
    return fc.tuple(fc.constant(operation), anId, fc.array(fc.tuple(name, value), { maxLength: 4 }), body);
  });
  await fc.assert(
    fc.asyncProperty(request, async ([operation, id, query, body]) => {
      const answer = await send(operation, addressOf(operation, id, query), body);
      if (answer.httpStatus >= 400) expect(JSON.parse(answer.text)).toHaveProperty("errors.0.detail");
    }),
    { numRuns: 600 },
  );
});

databaseTest("no id, however odd, makes polarwatch fail where all else is well", async ({ db }) => {
  const { send } = await sender(db);
  for (const operation of OPERATIONS.filter(({ path }) => path.includes(":id"))) {
    for (const id of IDS) await send(operation, addressOf(operation, id, []), operation.body);
  }
});

databaseTest("each value that an example has can be replaced by any other without a failure", async ({ db }) => {
  const { send, cursors } = await sender(db);
  const value = fc.oneof(fc.constantFrom(...VALUES, ...INSTANTS, ...cursors), anyText);
  const examples = ENDPOINTS.flatMap((endpoint) => endpoint.examples.map((example) => ({ endpoint, example })));
  const request = fc.constantFrom(...examples).chain(({ endpoint, example }) => {
    const query = Object.entries({ ...example.query, "page[after]": cursors[0] ?? "" });
    return fc.tuple(fc.constant(endpoint), fc.constant(query), fc.nat({ max: query.length - 1 }), value);
  });
  await fc.assert(
    fc.asyncProperty(request, async ([{ path, query: schema }, given, index, replaced]) => {
      const operation = { method: "GET", path, known: Object.keys(schema.shape) };
      const query = given
        .filter(([name]) => operation.known.includes(name))
        .map(([name, kept], at) => [name, at === index ? replaced : kept] as const);
      await send(operation, addressOf(operation, "4", query));
    }),
    { numRuns: 300 },
  );
});

databaseTest("a parameter that an address does not have is refused by its name", async ({ db }) => {
  const { send } = await sender(db);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...OPERATIONS), unknownName, async (operation, name) => {
      const answer = await send(operation, addressOf(operation, "1", [[name, "1"]]), operation.body);
      expect(answer.httpStatus, name).toBe(400);
      const parameter = name === "__proto__" ? name : name.replaceAll("_", "-");
      const refused = { source: { parameter }, detail: "No such parameter here" };
      expect(JSON.parse(answer.text).errors).toContainEqual(expect.objectContaining(refused));
    }),
    { numRuns: 300 },
  );
});
