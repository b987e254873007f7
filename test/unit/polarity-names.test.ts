import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/domain/json.js";
import type { AttributeNames } from "../../src/domain/snapshot.js";
import {
  type ConfiguredNames,
  foldAttributes,
  foldName,
  resolveNames,
  takeCensus,
} from "../../src/polarity/attribute-names.js";
import { readOpenapi } from "../../src/polarity/openapi.js";

function named(list: JsonObject[], configured: ConfiguredNames = {}, known: AttributeNames | null = null) {
  return resolveNames(takeCensus(list.map((attributes) => foldAttributes(attributes, foldName))), configured, known);
}

const NONE: AttributeNames = {
  shortText: null,
  title: null,
  longText: null,
  occurrences: null,
  integrationId: null,
  meta: null,
  extra: null,
  lastOccurredAt: null,
  httpStatus: null,
};

const SET_A: AttributeNames = {
  shortText: "detail",
  title: "title",
  longText: "description",
  occurrences: "count",
  integrationId: "integration-id",
  meta: "meta",
  extra: "source",
  lastOccurredAt: "last-occurred",
  httpStatus: "status",
};
const SET_B: AttributeNames = {
  shortText: "error",
  title: "title",
  longText: "detail",
  occurrences: "error-count",
  integrationId: "integrationId",
  meta: "meta",
  extra: "request-options",
  lastOccurredAt: "last-error-date",
  httpStatus: "status-code",
};
const VALUES = {
  shortText: "short",
  title: "title",
  longText: null,
  occurrences: 42,
  integrationId: "virustotal",
  meta: {},
  extra: {},
  lastOccurredAt: "2025-01-08T15:04:05.123Z",
  httpStatus: "500",
};

const SPELLINGS: [string, (name: string) => string][] = [
  ["kebab-case", (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)],
  ["camelCase", (name) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())],
  [
    "snake_case",
    (name) =>
      name
        .replace(/[A-Z]/g, (letter) => `_${letter}`)
        .replaceAll("-", "_")
        .toLowerCase(),
  ],
  ["UPPER_CASE", (name) => name.replaceAll("-", "_").toUpperCase()],
];

function spelled(names: AttributeNames, spell: (name: string) => string): AttributeNames {
  const entries = Object.entries(names).map(([slot, name]) => [slot, name === null ? null : spell(name)]);
  return { ...NONE, ...Object.fromEntries(entries) };
}

function attributesIn(names: AttributeNames): JsonObject {
  return Object.fromEntries(
    Object.entries(VALUES).map(([slot, value]) => [{ ...names }[slot as keyof AttributeNames], value]),
  );
}

describe.each([
  ["set A", SET_A],
  ["set B", SET_B],
])("%s", (_, set) => {
  test.each(SPELLINGS)("is found whole in %s", (_, spell) => {
    const names = spelled(set, spell);
    expect(named([attributesIn(names)])).toEqual(names);
  });

  test("is found whatever the order of its attributes", () => {
    const reversed = Object.fromEntries(Object.entries(attributesIn(set)).reverse());
    expect(named([reversed])).toEqual(set);
  });
});

describe("the names of a list", () => {
  test("a detail alone is the short text", () => {
    expect(named([{ detail: "a" }])).toEqual({ ...NONE, shortText: "detail" });
  });

  test("a text that is given up for the short one leaves the next alias to the long one", () => {
    expect(named([{ detail: "a", help: "b" }])).toEqual({ ...NONE, shortText: "detail", longText: "help" });
  });

  test("an error that is mostly an object is no text", () => {
    const list = [{ error: { code: 1 }, detail: "a" }, { error: { code: 2 } }, { error: "text" }];
    expect(named(list)).toEqual({ ...NONE, shortText: "detail", extra: "error" });
  });

  test("a code of letters is no HTTP status, one of digits is", () => {
    expect(named([{ code: "2A" }, { code: "OTX_1" }, { code: "500" }]).httpStatus).toBe(null);
    expect(named([{ code: "500" }, { code: 502 }, { code: "2A" }]).httpStatus).toBe("code");
  });

  test("a number that looks like a status is still a count", () => {
    expect(named([{ count: 404 }])).toEqual({ ...NONE, occurrences: "count" });
  });

  test("are decided over all errors, not by the first", () => {
    expect(named([{ detail: "a" }, { description: "b" }])).toEqual({
      ...NONE,
      shortText: "detail",
      longText: "description",
    });
  });

  test("no name fills two slots", () => {
    expect(named([{ description: "a" }])).toEqual({ ...NONE, shortText: "description" });
    expect(named([{ message: "a", detail: "b" }])).toEqual({ ...NONE, shortText: "message", longText: "detail" });
  });

  test("an attribute without any value fits wherever its name does", () => {
    expect(named([{ meta: null, detail: null, count: "" }])).toEqual({
      ...NONE,
      meta: "meta",
      shortText: "detail",
      occurrences: "count",
    });
  });

  test("of names that fold alike, the first with a value is read", () => {
    const folded = foldAttributes({ lastSeen: null, last_seen: "a", "last-seen": "b" }, foldName);
    expect(folded.get("lastseen")).toEqual(["last_seen", "a"]);
  });

  test("an empty list finds nothing and forgets nothing", () => {
    expect(named([])).toEqual(NONE);
    expect(named([], {}, SET_B)).toEqual(SET_B);
  });
});

describe("names that were found before", () => {
  test("keep their slots, whatever a later list would decide", () => {
    const known = { ...NONE, shortText: "detail" };
    expect(named([{ error: "a", detail: "b" }], {}, known)).toMatchObject({ shortText: "detail", longText: null });
  });

  test("are completed from a later list", () => {
    const known = { ...NONE, shortText: "detail" };
    expect(named([{ detail: "a", description: "b", count: 1 }], {}, known)).toEqual({
      ...known,
      longText: "description",
      occurrences: "count",
    });
  });

  test("a long text that was decided is not taken away for a short one", () => {
    const known = { ...NONE, longText: "detail" };
    expect(named([{ detail: "a" }], {}, known)).toEqual(known);
  });
});

describe("configured names", () => {
  test("win over aliases and over what was found before, whatever their type", () => {
    const known = { ...NONE, shortText: "detail", httpStatus: "status" };
    expect(
      named([{ Detail: {}, status: 1, my_text: "x" }], { longText: "detail", shortText: "my-text" }, known),
    ).toEqual({
      ...NONE,
      longText: "Detail",
      shortText: "my_text",
      httpStatus: "status",
    });
  });

  test("keep every alias out of their slot, also where they do not occur", () => {
    expect(named([{ count: 1 }], { occurrences: "times" }).occurrences).toBe(null);
  });
});

describe("an OpenAPI description", () => {
  const attributes = {
    properties: {
      error: { type: "string" },
      detail: { type: ["string", "null"] },
      error_count: { $ref: "#/components/schemas/N" },
    },
  };
  const document = {
    openapi: "3.0.1",
    info: { version: "5.7.3" },
    paths: { "/api/integrations/errors": { get: { responses: { 200: { $ref: "#/components/responses/Errors" } } } } },
    components: {
      responses: {
        Errors: { content: { "application/vnd.api+json": { schema: { $ref: "#/components/schemas/List" } } } },
      },
      schemas: {
        N: { type: "integer" },
        List: { properties: { data: { type: "array", items: { allOf: [{}, { $ref: "#/components/schemas/Row" }] } } } },
        Row: { properties: { id: { type: "string" }, attributes } },
      },
    },
  };

  test("names the attributes of an error through its references", () => {
    expect(readOpenapi(document)).toEqual({
      openapiVersion: "3.0.1",
      apiVersion: "5.7.3",
      names: { ...NONE, shortText: "error", longText: "detail", occurrences: "error_count" },
    });
  });

  test("that says nothing of errors names nothing, and another document is none", () => {
    expect(readOpenapi({ openapi: "3.1.0" })).toEqual({ openapiVersion: "3.1.0", apiVersion: null, names: null });
    expect(readOpenapi({ data: [] })).toBe(null);
    expect(readOpenapi([])).toBe(null);
  });

  test("that refers to itself comes to an end", () => {
    const loop = { allOf: [{ $ref: "#/loop" }, { $ref: "#/loop" }, { $ref: "#/self" }] };
    const paths = { "/api/integrations/errors": { get: { responses: { 200: { schema: loop } } } } };
    expect(readOpenapi({ swagger: "2.0", paths, loop, self: { $ref: "#/self" } })?.names).toBe(null);
  });
});
