import fc from "fast-check";
import { expect, test } from "vitest";
import { fingerprintOf } from "../../../src/domain/fingerprint.js";
import type { Json } from "../../../src/domain/json.js";
import { type ErrorRead, type FailedRead, READ_FAILURES } from "../../../src/domain/snapshot.js";
import { textDigestOf } from "../../../src/domain/text-digest.js";
import { wordingOf } from "../../../src/domain/wording.js";
import type { Api } from "../../../src/polarity/api.js";
import { decodeErrors, decodeIntegrations, META_BYTES_MAX, REST_BYTES_MAX } from "../../../src/polarity/decode.js";
import { textOfErrorBody } from "../../../src/polarity/failure.js";
import { parseJson } from "../../../src/polarity/json-value.js";
import { readOpenapi } from "../../../src/polarity/openapi.js";
import { readList } from "../../../src/polarity/pages.js";
import { Surveyor } from "../../../src/polarity/surveyor.js";
import type { Answer } from "../../../src/polarity/transport.js";
import { fuzz } from "../../support/fuzz.js";
import {
  damaged,
  isUnstorable,
  jsonTextOf,
  NASTY_TEXTS,
  nastyJson,
  STAND_IN_NAMES,
  spoilt,
} from "../../support/nasty.js";
import { anError, anIntegration } from "../../support/polarity-stub.js";

const BYTES_MAX = 4 * 1024 * 1024;
const NAMES = [
  "data",
  "meta",
  "page",
  "total",
  "links",
  "next",
  "href",
  "id",
  "attributes",
  "relationships",
  "integration",
  "integration-id",
  "integration_errors",
  "integration-errors",
  "detail",
  "title",
  "count",
  "last-occurred",
  "status",
  "errors",
  "message",
  "value",
  "name",
  "headers",
  "type",
  "Buffer",
  "$ref",
  "openapi",
  "paths",
  "token",
  ...STAND_IN_NAMES,
];

const GOOD = {
  data: [
    anError("e1", {
      title: "t",
      meta: { headers: { "x-api-key": "k" }, a: [1, { b: '{"c":1}' }] },
      "last-occurred": "2026-03-01T00:00:00Z",
      "http-status": 401,
      source: { pointer: "/x" },
    }),
    anError("e2", { "integration-id": "i1" }, "i2"),
    anIntegration("i1", ["e1", "e2"]),
  ],
  meta: { page: { number: 1, size: 200, total: 3 } },
  links: { next: "/api/integrations/errors?page[number]=2" },
  openapi: "3.1.0",
  paths: {
    "/api/integrations/errors": { get: { responses: { 200: { content: { x: { schema: { $ref: "#/s" } } } } } } },
  },
  s: {
    properties: {
      data: {
        items: { properties: { attributes: { allOf: [{ $ref: "#/s" }], properties: { count: { type: "integer" } } } } },
      },
    },
  },
  errors: [{ detail: "no", meta: { errors: [{ detail: "x" }] } }],
};

const bodies: fc.Arbitrary<string> = damaged(
  fc.oneof(spoilt(GOOD, NAMES).map(jsonTextOf), nastyJson(NAMES).map(jsonTextOf), fc.constantFrom(...NASTY_TEXTS)),
);

const answerOf = (text: string): Answer => ({
  kind: "answer",
  httpStatus: 200,
  serverTime: null,
  retryAfterMs: null,
  location: null,
  body: Buffer.from(text),
});

/** A server that answers every page with the same bytes. */
function serving(text: string): Api {
  return {
    get: async (_resource, _url, bytesMax): Promise<Answer | FailedRead> =>
      Buffer.byteLength(text) > bytesMax
        ? { kind: "failed", reason: "too-large", detail: "It is too large", httpStatus: 200, retryAfterMs: null }
        : answerOf(text),
    urlOf: (path, query = {}) => new URL(`${path}?${new URLSearchParams(query)}`, "http://polarity.example.com"),
  };
}

const RESOURCE = { path: "/api/integrations/errors", what: "the list", notFound: "it is not there" };

/** Everything that is made of a body: a list that can be stored as it is, or a failure that says what of. */
async function readBody(text: string): Promise<void> {
  for (const needsTotal of [false, true]) {
    const request = {
      resource: RESOURCE,
      query: {},
      pageSize: needsTotal ? 200 : null,
      needsTotal,
      bytesMax: BYTES_MAX,
    };
    const list = await readList(serving(text), request, new AbortController().signal);
    if (list.kind === "failed") expectFailure(list);
    else decodeRows(list.rows);
  }
  surveyBody(text);
  textOfErrorBody(Buffer.from(text));
  readOpenapi(parseJson(text) ?? null);
}

/** Row by row it says what decoding the whole list says, or leaves the list to that. */
function surveyBody(text: string): void {
  const surveyor = new Surveyor();
  const known = { digest: null, names: null };
  const result = surveyor.survey(1, {
    ...{ subject: "lab", bodies: [Buffer.from(text)], isWhole: true, httpStatus: 200, configured: {}, known },
    ...{ digest: "d1", integrationsDigest: "i1" },
  });
  if (result.kind === "failed") expectFailure(result);
  if (result.kind !== "surveyed") return;
  const { data } = parseJson(text) as { data: readonly Json[] };
  const whole = decodeErrors(data, { configured: {}, known: null });
  if (whole.kind === "wrong-shape") throw new Error(`A survey of a list in which ${whole.detail}`);
  const seen = surveyor.differing(1, 0, result.errors);
  const places = seen.map(({ at }) => at);
  const said = seen.map(({ at: _, ...one }) => one);
  expect([result.names, said]).toEqual([whole.names, whole.errors.map(seenOf)]);
  expect(surveyor.wordings(1, places)).toEqual(whole.errors.map((error) => JSON.stringify(wordingOf(error))));
}

function seenOf(error: ErrorRead) {
  const { polarityId, integrationPolarityId, occurrences, lastOccurredAt } = error;
  const read = { polarityId, integrationPolarityId, occurrences, lastOccurredAt };
  return { read, fingerprint: fingerprintOf(error), textDigest: textDigestOf(error) };
}

function decodeRows(rows: readonly Json[]): void {
  const integrations = decodeIntegrations(rows);
  const errors = decodeErrors(rows, { configured: {}, known: null });
  for (const decoded of [integrations, errors]) {
    if (decoded.kind === "wrong-shape") expect(decoded.detail).toMatch(/^(error|integration) \d+ of the list /);
  }
  if (errors.kind === "wrong-shape" || integrations.kind === "wrong-shape") return;
  const stored = [integrations.integrations, errors.errors, errors.names];
  if (isUnstorable(stored)) throw new Error(`Not to be stored: ${JSON.stringify(stored)}`);
  for (const { meta, rest, lastOccurredAt, polarityId, integrationPolarityId } of errors.errors) {
    const year = lastOccurredAt?.getUTCFullYear() ?? 2026;
    if (!(year >= 1 && year <= 9999)) throw new Error(`Postgres has no such year: ${year}`);
    const bytes = [meta, rest].map((value) => Buffer.byteLength(JSON.stringify(value)));
    if (Number(bytes[0]) > META_BYTES_MAX || Number(bytes[1]) > REST_BYTES_MAX) throw new Error(`${bytes} bytes`);
    expectIndexable(polarityId, integrationPolarityId);
  }
  expectIndexable(...integrations.integrations.map(({ polarityId }) => polarityId));
}

/** Postgres keeps no entry of more than 2,704 bytes in an index. */
function expectIndexable(...ids: readonly string[]): void {
  for (const id of ids) if (Buffer.byteLength(id) > 2600) throw new Error(`An id of ${Buffer.byteLength(id)} bytes`);
}

function expectFailure({ reason, detail }: FailedRead): void {
  expect(READ_FAILURES).toContain(reason);
  expect(detail.length).toBeGreaterThan(5);
}

test(
  "any body is read to a list that can be stored, or to a failure that says what is wrong",
  { timeout: 3_600_000 },
  () => fuzz("polarity bodies", bodies, readBody),
);

const row = (attributes: object, more: object = {}) => ({ data: [{ ...anError("e1", {}), attributes, ...more }] });
const related = (id: unknown) => ({ relationships: { integration: { data: { id } } } });

/** Each broke something once, or would break a reader that is less careful. */
const CORPUS: readonly (readonly [string, unknown])[] = [
  ["an id of another form, nested deeper than the stack", row({}, related("@deep"))],
  [
    "an integration's id in an attribute, nested deeper than the stack",
    row({ "integration-id": "@deep-object" }, { relationships: {} }),
  ],
  [
    "texts and objects nested deeper than the stack",
    row({ detail: "@deep", title: "@deep-object", meta: "@deep-object", x: "@deep" }),
  ],
  [
    "an id whose length cannot be compared",
    row({ "integration-id": { length: { toString: null } } }, related({ length: { toString: null } })),
  ],
  ["a last occurrence in the year 0", row({ "last-occurred": "0000-01-01" })],
  ["a last occurrence whose offset leads before the year 1", row({ "last-occurred": "0001-01-01T00:00:00+14:00" })],
  ["a last occurrence whose offset leads behind the year 9999", row({ "last-occurred": "9999-12-31T23:59:59-14:00" })],
  ["totals that no number can hold", row({ count: "@long-number", status: "@infinite", "error-count": "@fraction" })],
  ["an id that fits no index", { data: [anError("\u6f22".repeat(1000))] }],
  ["an integration's id that fits no index", row({ "integration-id": "\u5b57".repeat(1000) }, { relationships: {} })],
  ["two ids that differ in what cannot be stored", { data: [anError("e1"), anError("e1\0"), anError("e1\ud800")] }],
  [
    "names of the prototype",
    row(JSON.parse('{"__proto__": {"count": 1}, "constructor": {"name": "x"}, "toString": "y"}')),
  ],
  ["twenty thousand rows", { data: Array.from({ length: 20_000 }, (_, index) => ({ id: String(index) })) }],
  ["rows of every wrong form", { data: [null, 1, "x", [], {}, { id: 7 }] }],
  ["an answer of HTML", "<html>"],
];

test.each(CORPUS)("%s: it is read or refused", (_, body) => readBody(jsonTextOf(body)));
