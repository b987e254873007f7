import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/domain/json.js";
import type { ErrorRead } from "../../src/domain/snapshot.js";
import { decodeErrors, decodeIntegrations, META_BYTES_MAX, REST_BYTES_MAX } from "../../src/polarity/decode.js";
import samples from "../../src/simulator/integration-errors.json" with { type: "json" };

function row(attributes: JsonObject, id = "e1", integration = "virustotal"): JsonObject {
  const data = { type: "integrations", id: integration };
  return { type: "integration-errors", id, attributes, relationships: { integration: { data } } };
}

function decoded(rows: Json[], configured = {}): readonly ErrorRead[] {
  const result = decodeErrors(rows, { configured, known: null });
  if (result.kind === "wrong-shape") throw new Error(result.detail);
  return result.errors;
}

/** The error of a list whose other errors make the names and types plain. */
function one(attributes: JsonObject): ErrorRead {
  const plain = {
    title: "t",
    detail: "d",
    description: "l",
    count: 1,
    status: 500,
    meta: {},
    "last-occurred": "2025-01-08T00:00:00Z",
  };
  const rows = [row(attributes), ...["p1", "p2", "p3"].map((id) => row(plain, id))];
  const [error] = decoded(rows);
  if (error === undefined) throw new Error("nothing was decoded");
  return error;
}

describe("an error", () => {
  test("is read whole", () => {
    const attributes = {
      detail: "Could not reach the server",
      title: "Request failed",
      description: null,
      count: 42,
      "integration-id": "virustotal",
      meta: { err: { code: "ECONNREFUSED" } },
      source: { a: 1 },
      "last-occurred": "2025-01-08T15:04:05.123Z",
      status: 500,
      muted: false,
    };
    expect(decoded([row(attributes)])).toEqual([
      {
        polarityId: "e1",
        integrationPolarityId: "virustotal",
        title: "Request failed",
        shortText: "Could not reach the server",
        longText: null,
        httpStatus: 500,
        occurrences: 42,
        lastOccurredAt: new Date("2025-01-08T15:04:05.123Z"),
        meta: { err: { code: "ECONNREFUSED" } },
        rest: { source: { a: 1 }, muted: false },
      },
    ]);
  });

  test("belongs to the related integration, and what the attribute says otherwise is kept", () => {
    const [error] = decoded([row({ integrationId: "other" })]);
    expect(error).toMatchObject({ integrationPolarityId: "virustotal", rest: { integrationId: "other" } });
  });

  test("belongs to the integration of its attribute where no relationship names one", () => {
    const [error] = decoded([{ id: "e1", attributes: { integration_id: "virustotal" } }]);
    expect(error).toMatchObject({ integrationPolarityId: "virustotal", rest: {} });
  });

  test.each<[string, Json]>([
    ["without an id", { attributes: {}, relationships: { integration: { data: { id: "x" } } } }],
    ["with an empty id", row({}, "")],
    ["with an id of nothing that can be stored", row({}, "\0")],
    ["with a number as id", { ...row({}), id: 5 }],
    ["of no integration", { id: "e1", attributes: {} }],
    ["that is no object", "e1"],
  ])("%s makes the list wrong-shape", (_, bad) => {
    expect(decodeErrors([row({}), bad], { configured: {}, known: null })).toMatchObject({
      kind: "wrong-shape",
      detail: expect.stringContaining("error 2"),
    });
  });

  test("counts once when the list repeats it, and twice in two integrations", () => {
    const errors = decoded([row({ title: "a" }), row({ title: "b" }), row({ title: "c" }, "e1", "shodan")]);
    expect(errors.map(({ title }) => title)).toEqual(["a", "c"]);
  });
});

describe("a text", () => {
  test.each<[string, Json, string | null]>([
    ["null", null, null],
    ["blanks", " \n\t", null],
    ["the word undefined", "undefined", null],
    ["the word null", "null", null],
    ["an object that was printed", "[object Object]", null],
    ["an empty object", {}, null],
    ["a vendor's body", { error: { code: "X", message: "busy" } }, "busy"],
    ["an error object", { err: { code: "E" }, detail: "Failed" }, "Failed"],
    ["a list of errors", [{ detail: "first" }, { detail: "second" }], "first"],
    ["an object without any text", { code: 7 }, '{"code":7}'],
    ["JSON in a string", '{"error":{"message":"busy"}}', "busy"],
    ["an object with a secret", { password: "FAKE-1", n: 1 }, '{"password":"[redacted]","n":1}'],
    [
      "terminal escapes",
      "\u001b[31mred\u001b[0m \u001b]8;;https://example.com\u0007click\u001b]8;;\u0007",
      "red click",
    ],
    ["controls", "bell \u0007 back \b\b form \f feed\u2028line\r\nend", "bell  back  form \n feed\nline\nend"],
    ["half a character and a NUL", "a\ud83d b\udd25\0c", "a bc"],
    ["a number", 5, "5"],
  ])("that is %s is read as %s %s", (_, value, expected) => {
    expect(one({ detail: value }).shortText).toBe(expected);
  });

  test("that says less than its value leaves the value, redacted, in rest", () => {
    const value = { error: "No", correlationId: "b7d3", token: "FAKE-1" };
    expect(one({ detail: value }).rest).toEqual({ detail: { ...value, token: "[redacted]" } });
    expect(one({ detail: "undefined" }).rest).toEqual({ detail: "undefined" });
    expect(one({ detail: "plain" }).rest).toEqual({});
  });

  test("as a title is one line", () => {
    expect(one({ title: "Backup failed\r\nBcc: everyone@example.com" }).title).toBe(
      "Backup failed Bcc: everyone@example.com",
    );
  });

  test("is cut by code points, and a secret at its end is masked before", () => {
    const error = one({
      title: "🔥".repeat(501),
      detail: "x".repeat(2001),
      description: `${"y".repeat(7990)} ?key=FAKE-1`,
    });
    expect(error.title).toBe(`${"🔥".repeat(499)}…`);
    expect(error.shortText).toBe(`${"x".repeat(1999)}…`);
    expect(error.longText).toBe(`${"y".repeat(7990)} ?key=[re…`);
    expect(one({ title: "🔥".repeat(500) }).title).toBe("🔥".repeat(500));
  });
});

test("an id that no index of Postgres could hold is none", () => {
  const long = "漢".repeat(700);
  expect(decodeErrors([row({}, long)], { configured: {}, known: null })).toMatchObject({ kind: "wrong-shape" });
  expect(decodeIntegrations([{ ...row({}), id: long }])).toMatchObject({ kind: "wrong-shape" });
  const named = { ...row({ "integration-id": long }), relationships: {} };
  expect(decodeErrors([named], { configured: {}, known: null })).toMatchObject({ kind: "wrong-shape" });
  expect(decoded([row({}, "漢".repeat(600))])).toHaveLength(1);
});

describe("a value", () => {
  test.each<[Json, number | null]>([
    [0, 0],
    ["42", 42],
    [1_000_000_000_000, 1_000_000_000_000],
    [1_000_000_000_001, null],
    [9007199254740991, null],
    ["9007199254740993", null],
    [1e300, null],
    [-1, null],
    [1.5, null],
    ["", null],
    ["many", null],
    [true, null],
  ])("%j as a count is %s", (value, expected) => {
    expect(one({ count: value }).occurrences).toBe(expected);
  });

  test.each<[Json, number | null]>([
    [200, 200],
    ["503", 503],
    ["503 Service Unavailable", 503],
    [0, null],
    [999, null],
    [-1, null],
    [429.5, null],
    ["unknown", null],
    ["", null],
    [[500], null],
  ])("%j as an HTTP status is %s", (value, expected) => {
    expect(one({ status: value }).httpStatus).toBe(expected);
  });

  test.each<[Json, string | null]>([
    ["2025-01-08T15:04:05Z", "2025-01-08T15:04:05.000Z"],
    ["2025-01-08T15:04:05.123456+02:00", "2025-01-08T13:04:05.123Z"],
    ["2025-01-08T15:04:05-0530", "2025-01-08T20:34:05.000Z"],
    ["2025-01-08T15:04:05+01", "2025-01-08T14:04:05.000Z"],
    ["2025-01-08 15:04:05z", "2025-01-08T15:04:05.000Z"],
    ["2025-01-08T15:04", "2025-01-08T15:04:00.000Z"],
    ["2025-01-08", "2025-01-08T00:00:00.000Z"],
    ["2025-02-30T00:00:00Z", null],
    ["0000-00-00T00:00:00Z", null],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
    ["0000-12-31T23:59:59Z", null],
    ["0001-01-01T00:00:00+14:00", null],
    ["9999-12-31T23:59:59-14:00", null],
    ["yesterday", null],
    ["1736348645", null],
    [1736348645, null],
  ])("%j as a time is %s", (value, expected) => {
    expect(one({ "last-occurred": value }).lastOccurredAt?.toISOString() ?? null).toBe(expected);
  });

  test("that its slot cannot take is kept as it came", () => {
    const odd = { count: -5, status: "unknown", "last-occurred": "yesterday", meta: ["a"] };
    expect(one(odd)).toMatchObject({ rest: odd, meta: {}, occurrences: null, httpStatus: null, lastOccurredAt: null });
  });

  test("of meta that is JSON in a string is read as an object", () => {
    expect(one({ meta: '{"err":{"code":"E"}}' }).meta).toEqual({ err: { code: "E" } });
  });
});

describe("what is kept", () => {
  const big = {
    body: "x".repeat(100_000),
    list: Array.from({ length: 5000 }, (_, n) => ({ n, text: "é".repeat(100) })),
    wide: Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`field_${n}`, "🔥".repeat(50)])),
  };

  test("of meta and rest is bounded, still JSON, says what was cut, and is the same each time", () => {
    const error = one({ meta: big, other: big });
    expect(Buffer.byteLength(JSON.stringify(error.meta))).toBeLessThanOrEqual(META_BYTES_MAX);
    expect(Buffer.byteLength(JSON.stringify(error.rest))).toBeLessThanOrEqual(REST_BYTES_MAX);
    expect(JSON.stringify(error.meta)).toContain("[cut: ");
    expect(JSON.stringify(error)).not.toMatch(/\\ud[89a-f]/);
    expect(one({ meta: big, other: big })).toEqual(error);
  });

  test("of a meta within the bound is all of it", () => {
    const meta = { body: "x".repeat(15_000), ids: Array.from({ length: 200 }, (_, n) => n) };
    expect(one({ meta }).meta).toEqual(meta);
  });
});

describe("10,000 errors", () => {
  test("with modest meta are decoded in well under a second", () => {
    const usual = samples.filter((sample) => JSON.stringify(sample).length < 1500);
    const rows = Array.from({ length: 10_000 }, (_, n): Json => {
      const { title, detail, description, meta } = usual[n % usual.length] ?? {};
      return JSON.parse(JSON.stringify(row({ title, detail, description, meta, count: n } as JsonObject, `e${n}`)));
    });
    const before = process.cpuUsage();
    expect(decoded(rows)).toHaveLength(10_000);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
  });
});

describe("every sample", () => {
  const sets = {
    "set A": { shortText: "detail", longText: "description", httpStatus: "status" },
    "set B": { shortText: "error", longText: "detail", httpStatus: "status-code" },
  };
  describe.each(Object.entries(sets))("in %s", (_, names) => {
    const rows = samples.map((sample, index): Json => {
      const attributes = {
        title: sample.title,
        [names.shortText]: sample.detail,
        [names.longText]: sample.description,
        [names.httpStatus]: sample.httpStatus,
        meta: sample.meta,
      };
      return JSON.parse(JSON.stringify(row(attributes as JsonObject, `e${index}`, sample.integration.id)));
    });
    const result = decodeErrors(rows, { configured: {}, known: null });

    test("is decoded, by the right names", () => {
      expect(result).toMatchObject({ kind: "decoded", names: { ...names, title: "title", meta: "meta" } });
      expect(result.kind === "decoded" && result.errors.length).toBe(samples.length);
    });

    test("loses every secret", () => {
      expect(JSON.stringify(rows)).toMatch(/FAKE-.*RkFLRS/);
      const leaked = (result.kind === "decoded" ? result.errors : []).filter((error) =>
        /FAKE-|RkFLRS/.test(JSON.stringify(error)),
      );
      expect(leaked).toEqual([]);
    });

    test("can be stored", () => {
      expect(JSON.stringify(result)).not.toMatch(/\\u0000|\\ud[89a-f]/);
    });
  });
});

describe("integrations", () => {
  const integration = {
    id: "vt_1",
    type: "integrations",
    attributes: { name: "VirusTotal", acronym: "VT", status: "running", "custom-types": [{ key: "FAKE-1" }] },
    relationships: {
      "integration-errors": { data: [{ id: "e1" }, { id: "e2", attributes: {} }, { id: "e1" }, null] },
      "integration-options": { data: [{ id: "vt_1-apiKey", attributes: { value: "FAKE-2" } }] },
    },
  };

  test("keep nothing but what is on the list", () => {
    expect(decodeIntegrations([integration])).toEqual({
      kind: "decoded",
      integrations: [
        { polarityId: "vt_1", name: "VirusTotal", acronym: "VT", status: "running", errorIds: ["e1", "e2"] },
      ],
    });
  });

  test("without a name go by their id, and without a status are not running", () => {
    expect(
      decodeIntegrations([{ id: "vt_1", attributes: { name: " ", acronym: null }, relationships: null }]),
    ).toMatchObject({
      integrations: [{ name: "vt_1", acronym: "", status: "unknown", errorIds: [] }],
    });
  });

  test("without an id make the list wrong-shape", () => {
    expect(decodeIntegrations([integration, { attributes: { name: "x" } }])).toMatchObject({ kind: "wrong-shape" });
  });
});
