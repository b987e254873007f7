import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fingerprintOf } from "../../src/domain/fingerprint.js";
import type { Json } from "../../src/domain/json.js";
import type { AttributeNames } from "../../src/domain/snapshot.js";
import type { Ending } from "../../src/domain/survey.js";
import { textDigestOf } from "../../src/domain/text-digest.js";
import { wordingOf } from "../../src/domain/wording.js";
import { decodeErrors } from "../../src/polarity/decode.js";
import { findRows } from "../../src/polarity/find-rows.js";
import { type Material, Surveyor } from "../../src/polarity/surveyor.js";

type Row = { [name: string]: Json };
type Known = { digest: string | null; names: AttributeNames | null };

const NOTHING: Known = { digest: null, names: null };

function aBody(rows: readonly Json[], more: { [name: string]: Json } = {}): Buffer {
  return Buffer.from(JSON.stringify({ data: rows, ...more }));
}

function aMaterial(body: Buffer, spec: Partial<Material> = {}): Material {
  return {
    subject: "lab",
    bodies: [body],
    isWhole: false,
    httpStatus: 200,
    configured: {},
    known: NOTHING,
    digest: "d1",
    integrationsDigest: "i1",
    ...spec,
  };
}

function aRow(id: string, attributes: Row = {}): Row {
  const data = { type: "integrations", id: "vt" };
  return {
    type: "integration-errors",
    id,
    attributes: { detail: `Error ${id}`, count: 1, ...attributes },
    relationships: { integration: { data } },
  };
}

/** What the same list says when all of it is decoded at once. */
function slowly(rows: readonly Json[], known: AttributeNames | null) {
  const decoded = decodeErrors(rows, { configured: {}, known });
  if (decoded.kind === "wrong-shape") throw new Error(decoded.detail);
  const errors = decoded.errors.map((error) => ({
    polarityId: error.polarityId,
    integration: error.integrationPolarityId,
    occurrences: error.occurrences,
    lastOccurredAt: error.lastOccurredAt,
    fingerprint: fingerprintOf(error),
    textDigest: textDigestOf(error),
    wording: JSON.parse(JSON.stringify(wordingOf(error))),
  }));
  return { names: decoded.names, errors };
}

/** What the surveyor says, and the errors that it says may differ. */
function survey(surveyor: Surveyor, id: number, material: Material) {
  const result = surveyor.survey(id, material);
  if (result.kind !== "surveyed") throw new Error(JSON.stringify(result));
  const differing = surveyor.differing(id, 0, result.errors);
  const wordings = surveyor.wordings(
    id,
    differing.map(({ at }) => at),
  );
  const errors = differing.map(({ read, fingerprint, textDigest }, index) => ({
    polarityId: read.polarityId,
    integration: read.integrationPolarityId,
    occurrences: read.occurrences,
    lastOccurredAt: read.lastOccurredAt,
    fingerprint,
    textDigest,
    wording: JSON.parse(wordings[index] ?? ""),
  }));
  return { ...result, differing: errors };
}

const STORED: Ending = { kind: "stored", at: Int32Array.of(0), ids: BigInt64Array.of(1n) };

/** As a poll does that found every error new: each is on record under a number that tells its place. */
function store(surveyor: Surveyor, id: number, { errors }: { errors: number }): void {
  const at = Int32Array.from({ length: errors }, (_, index) => index);
  const ids = BigInt64Array.from({ length: errors }, (_, index) => BigInt(index));
  surveyor.release(id, { kind: "stored", at, ids });
}

const text = fc.oneof(
  fc.constantFrom(
    "Invalid API key",
    "password=hunter2-FAKE",
    "timeout of 30 s",
    '{"message":"no"}',
    "",
    "12",
    "ünï\u0000",
  ),
  fc.string({ maxLength: 30, unit: "grapheme" }),
);
const value: fc.Arbitrary<Json> = fc.oneof(
  text,
  fc.integer({ min: -2, max: 600 }),
  fc.constantFrom<Json>(null, true, [1, "a"], { err: { code: "ECONNREFUSED" } }, "2025-01-08T15:00:00Z"),
);
const name = fc.constantFrom(
  "detail",
  "title",
  "count",
  "meta",
  "status",
  "last-occurred",
  "lastOccurred",
  "integration-id",
  "source",
);
const row = fc
  .record({ id: fc.constantFrom("1", "2", "3", "4", "5", "6"), attributes: fc.dictionary(name, value, { maxKeys: 6 }) })
  .map(({ id, attributes }) => aRow(id, attributes));
const rows = fc.array(row, { maxLength: 8 });
/** Which of up to eight rows are listed in which order; mostly all as before. */
const places = fc.oneof(fc.constant([0, 1, 2, 3, 4, 5, 6, 7]), fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7]));

describe("a survey", () => {
  test("says what decoding the whole list says, whatever is in it", () => {
    fc.assert(
      fc.property(rows, (list) => {
        const said = survey(new Surveyor(), 1, aMaterial(aBody(list), { isWhole: true }));
        const { names, errors } = slowly(list, null);
        expect(said).toMatchObject({ names, errors: errors.length, present: null });
        expect(said.differing).toEqual(errors);
      }),
    );
  });

  test("after another one names what differs from it and nothing else, as decoding both lists says", () => {
    fc.assert(
      fc.property(
        rows,
        rows,
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        places,
        (before, other, kept, order) => {
          const changed = before.map((one, index) => (kept[index] === true ? one : (other[index] ?? one)));
          const after = order.flatMap((place) => changed.slice(place, place + 1));
          const surveyor = new Surveyor();
          const first = survey(surveyor, 1, aMaterial(aBody(before), { isWhole: true }));
          store(surveyor, 1, first);
          const asked = { digest: "d1", names: first.names };
          const second = survey(surveyor, 2, aMaterial(aBody(after), { isWhole: true, known: asked, digest: "d2" }));
          const was = slowly(before, null);
          const is = slowly(after, was.names);
          expect(second.names).toEqual(is.names);
          expect(second.errors).toBe(is.errors.length);
          if (second.present === null) {
            expect(second.differing).toEqual(is.errors);
            return;
          }
          const keyOf = (one: { integration: string; polarityId: string }) => `${one.integration} ${one.polarityId}`;
          const earlier = new Map(was.errors.map((one) => [keyOf(one), one]));
          const factsOf = ({ wording: _, ...facts }: (typeof is.errors)[number]) => JSON.stringify(facts);
          const differing = is.errors.filter((one) => {
            const twin = earlier.get(keyOf(one));
            return twin === undefined || factsOf(twin) !== factsOf(one);
          });
          expect(second.differing).toEqual(differing);
          const known = second.present.map(({ integrationPolarityId: integration, ...one }) => ({
            integration,
            ...one,
          }));
          const present = new Set(known.map(keyOf));
          for (const { id, present: isPresent, ...facts } of known) {
            const { wording: _, ...expected } = was.errors[Number(id)] ?? {};
            expect([facts, isPresent]).toEqual([expected, true]);
          }
          const listed = new Set(is.errors.map(keyOf));
          const touched = [...differing.map(keyOf), ...[...earlier.keys()].filter((key) => !listed.has(key))];
          expect(present).toEqual(new Set(touched.filter((key) => earlier.has(key))));
        },
      ),
    );
  });

  test("compares with nothing less than all when the read that is on record is not the one it remembers", () => {
    const surveyor = new Surveyor();
    const { names } = survey(surveyor, 1, aMaterial(aBody([aRow("1")])));
    surveyor.release(1, STORED);
    const next = (id: number, known: Known) =>
      survey(surveyor, id, aMaterial(aBody([aRow("1"), aRow("2")]), { known, digest: "d2" })).present;
    expect(next(2, { digest: "other", names })).toBeNull();
    expect(next(3, { digest: "d1", names: { ...names, title: "headline" } })).toBeNull();
    expect(next(4, { digest: "d1", names })).toEqual([]);
  });

  test("that was not stored is not remembered", () => {
    const surveyor = new Surveyor();
    const { names } = survey(surveyor, 1, aMaterial(aBody([aRow("1")])));
    surveyor.release(1, { kind: "dropped" });
    const known = { digest: "d1", names };
    expect(survey(surveyor, 2, aMaterial(aBody([aRow("1")]), { known, digest: "d2" })).present).toBeNull();
  });

  test("that could not be stored makes it forget what it remembered", () => {
    const surveyor = new Surveyor();
    const { names } = survey(surveyor, 1, aMaterial(aBody([aRow("1")])));
    surveyor.release(1, STORED);
    const next = (id: number, spec: Partial<Material>) =>
      survey(surveyor, id, aMaterial(aBody([aRow("1", { count: id })]), { known: { digest: "d1", names }, ...spec }));
    expect(next(2, { digest: "d2" }).present).toMatchObject([{ id: 1n, polarityId: "1", occurrences: 1 }]);
    surveyor.release(2, { kind: "distrusted" });
    expect(next(3, { digest: "d3" }).present).toBeNull();
  });

  test("of a page that is not the last one asks for the others", () => {
    const paged = (more: { [name: string]: Json }) =>
      new Surveyor().survey(1, aMaterial(aBody([aRow("1")], more))).kind;
    expect(paged({ meta: { page: { total: 2 } } })).toBe("paged");
    expect(paged({ links: { next: "/api/integrations/errors?page[number]=2" } })).toBe("paged");
    expect(paged({ meta: { page: { total: 1 } }, links: { next: "/x" } })).toBe("surveyed");
  });

  test.each([
    ["ends early", '{"data":[{"id":"1"', { kind: "failed", reason: "truncated" }],
    ["is a page of a proxy", "<html></html>", { kind: "failed", reason: "not-json" }],
    ["is JSON without a list", '{"errors":[]}', { kind: "failed", reason: "wrong-shape" }],
    ["has a row without an id", '{"data":[{"attributes":{}}]}', { kind: "odd" }],
    ["has a broken row", '{"data":[{"id":}]}', { kind: "odd" }],
    ["has a row of no integration", '{"data":[{"id":"1"}]}', { kind: "odd" }],
    ["names its list twice", '{"data":[],"data":[]}', { kind: "odd" }],
  ])("of an answer that %s is not made", (_, body, expected) => {
    expect(new Surveyor().survey(1, aMaterial(Buffer.from(body)))).toMatchObject(expected);
  });
});

describe("the rows of a document", () => {
  test("are found where parsing finds them, however it is written", () => {
    const json = fc.json({ maxDepth: 3 });
    const document = fc.array(
      json.filter((one) => one.startsWith("{")),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(document, json, fc.constantFrom("", " ", "\n\t"), (list, other, blank) => {
        const body = Buffer.from(
          `${blank}{${blank}"meta"${blank}:${other},"data":[${blank}${list.join(`${blank},${blank}`)}]${blank}}`,
        );
        const found = findRows(body);
        const pieces = [];
        for (let at = 0; at < (found?.spans.length ?? 0); at += 2) {
          pieces.push(body.toString("utf8", found?.spans[at], found?.spans[at + 1]));
        }
        expect(pieces.map((one) => JSON.parse(one))).toEqual(JSON.parse(body.toString()).data);
      }),
    );
  });
});
