import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/domain/json.js";
import type { ErrorRead } from "../../src/domain/snapshot.js";
import { decodeErrors } from "../../src/polarity/decode.js";
import { createDraw, harmlessTexts, SECRET_SHAPES } from "../support/secret-shapes.js";
import { seededRandom } from "../support/seeded-random.js";

const SEED = 20_260_301;
const ROUNDS = 3;
/** A piece this long of a secret is worth something; of shorter ones the whole is. */
const PIECE = 12;

/** The text wherever a server can put one. */
function rowWith(text: string): JsonObject {
  return {
    type: "integration-errors",
    id: "e1",
    attributes: {
      title: text,
      detail: text,
      description: `Something failed.\n${text}\nNothing was done.`,
      count: 1,
      status: 500,
      meta: { err: { message: text, list: [text], stack: `Error: ${text}\n    at x (/app/y.js:1:2)` }, [text]: 1 },
      "last-occurred": "2026-03-01T00:00:00Z",
      source: { inJson: JSON.stringify({ nested: { text } }), plain: text },
    },
    relationships: { integration: { data: { type: "integrations", id: "virustotal" } } },
  };
}

function read(text: string): ErrorRead {
  const result = decodeErrors([rowWith(text)], { configured: {}, known: null });
  if (result.kind === "wrong-shape" || result.errors[0] === undefined) throw new Error("nothing was decoded");
  return result.errors[0];
}

/** Every text and key in a value, also those in texts that are JSON. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") {
    try {
      const inner: Json = JSON.parse(value);
      return typeof inner === "object" ? [value, ...textsIn(inner)] : [value];
    } catch {
      return [value];
    }
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]);
}

function isObject(text: string): boolean {
  return text.startsWith("{");
}

function survivorsOf(secret: string, error: ErrorRead): string[] {
  const pieces =
    secret.length <= PIECE
      ? [secret]
      : Array.from({ length: secret.length - PIECE + 1 }, (_, at) => secret.slice(at, at + PIECE));
  return textsIn(error).filter((text) => pieces.some((piece) => text.includes(piece)));
}

const draw = createDraw(seededRandom(SEED));
const cases = SECRET_SHAPES.flatMap((shape) =>
  Array.from({ length: ROUNDS }, () =>
    shape.texts.map((textOf) => {
      const secret = shape.secret(draw);
      return { name: shape.name, secret, text: textOf(secret) };
    }),
  ).flat(),
);

describe("of the text of an error", () => {
  test(`no secret of a well-known shape survives anywhere in what is kept (seed ${SEED})`, () => {
    expect(cases.length).toBeGreaterThan(200);
    const survived = cases.flatMap(({ name, secret, text }) => {
      const [first] = survivorsOf(secret, read(text));
      return first === undefined ? [] : [`${name}: ${text} -> ${first}`];
    });
    expect(survived).toEqual([]);
  });

  test("what only looks like a secret stays as it is", () => {
    const texts = harmlessTexts(draw);
    expect(texts.length).toBeGreaterThan(100);
    for (const text of texts) {
      const { title, shortText, longText, meta } = read(text);
      const said = isObject(text) ? [] : [title, shortText]; // of an object, what it says is read
      expect([...said, longText, (meta.err as JsonObject).message, Object.keys(meta)[1]]).toEqual([
        ...said.map(() => text),
        `Something failed.\n${text}\nNothing was done.`,
        text,
        text,
      ]);
    }
  });
});
