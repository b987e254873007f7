import type { Json } from "../domain/json.js";
import {
  ATTRIBUTE_SLOTS,
  type AttributeNames,
  type AttributeSlot,
  type ErrorRead,
  type ErrorText,
  type IntegrationRead,
} from "../domain/snapshot.js";
import {
  type ConfiguredNames,
  foldAttributes,
  foldName,
  type NameCensus,
  resolveNames,
  takeCensus,
} from "./attribute-names.js";
import { countOf, httpStatusOf, instantOf, messageOf } from "./attribute-values.js";
import { isJsonArray, isJsonObject, objectOf, parseJson, setOwn } from "./json-value.js";
import { redactJson, redactText } from "./redact.js";
import { shortenJson } from "./shorten.js";
import { cutText, oneLine, readable, storable } from "./text.js";

/** How many code points of each text are kept, and how many bytes of JSON. */
const TITLE_MAX = 500;
const SHORT_TEXT_MAX = 2000;
const LONG_TEXT_MAX = 8000;
export const META_BYTES_MAX = 16 * 1024;
export const REST_BYTES_MAX = 8 * 1024;

export type WrongShape = { kind: "wrong-shape"; detail: string };
export type DecodedErrors = {
  kind: "decoded";
  names: AttributeNames;
  /** Configured slots whose name occurs nowhere in a list that has errors. */
  configuredMissing: readonly AttributeSlot[];
  /** Attribute names that fill no slot, as the server spells them. */
  unplaced: readonly string[];
  errors: readonly ErrorRead[];
};
export type DecodedIntegrations = { kind: "decoded"; integrations: readonly IntegrationRead[] };

/** Ids stand in indexes, and Postgres refuses an entry of more than 2,704 bytes. */
const ID_BYTES_MAX = 2000;

/** An id as it is kept; null for one that is none. */
function identifierOf(value: Json | undefined): string | null {
  if (typeof value !== "string") return null;
  const id = storable(value);
  return id === "" || Buffer.byteLength(id) > ID_BYTES_MAX ? null : id;
}

/**
 * Reads the rows of an errors list. Which attribute means what is decided once for all of them; texts are redacted and
 * capped, `meta` and `rest` too. Of rows with the same integration and id the first counts. A row without an id, or of no
 * integration, makes the whole list wrong-shape: what cannot be told apart cannot be followed.
 */
export function decodeErrors(
  rows: readonly Json[],
  options: { configured: ConfiguredNames; known: AttributeNames | null },
): DecodedErrors | WrongShape {
  const fold = memoized(foldName);
  const parsed: ErrorRow[] = [];
  for (const [index, row] of rows.entries()) {
    const error = parseErrorRow(row, fold);
    if (error === null) return { kind: "wrong-shape", detail: noUsableId("error", index) };
    parsed.push(error);
  }
  const census = takeCensus(parsed.map(({ attributes }) => attributes));
  const names = resolveNames(census, options.configured, options.known);
  const reader = createErrorReader(names);
  const errors = new Map<string, ErrorRead>();
  for (const [index, row] of parsed.entries()) {
    const { facts, worded } = reader.split(row);
    if (facts === null) return { kind: "wrong-shape", detail: noIntegration(index) };
    const key = JSON.stringify([facts.integrationPolarityId, facts.polarityId]);
    if (!errors.has(key)) errors.set(key, { ...facts, ...reader.textOf(worded) });
  }
  return {
    kind: "decoded",
    names,
    configuredMissing: configuredMissing(options.configured, census),
    unplaced: unplacedNames(names, census),
    errors: [...errors.values()],
  };
}

/** The sentences about rows that cannot be read, by their place in the list. */
const noUsableId = (what: string, index: number) => `${what} ${index + 1} of the list has no usable id`;
const noIntegration = (index: number) => `error ${index + 1} of the list names no integration`;

/** Reads the rows of an integrations list: ids, name, acronym, status and references to errors, and nothing else. */
export function decodeIntegrations(rows: readonly Json[]): DecodedIntegrations | WrongShape {
  const integrations: IntegrationRead[] = [];
  for (const [index, row] of rows.entries()) {
    const polarityId = isJsonObject(row) ? identifierOf(row.id) : null;
    if (!isJsonObject(row) || polarityId === null) {
      return { kind: "wrong-shape", detail: noUsableId("integration", index) };
    }
    const attributes = objectOf(row.attributes);
    const text = (name: string, codePointsMax: number) => {
      const value = attributes[name];
      return typeof value === "string" ? cutText(redactText(oneLine(value)), codePointsMax) : "";
    };
    const related = objectOf(objectOf(row.relationships)["integration-errors"]).data ?? null;
    const errorIds = isJsonArray(related) ? related.map((error) => identifierOf(objectOf(error).id)) : [];
    integrations.push({
      polarityId,
      name: text("name", 300) || polarityId,
      acronym: text("acronym", 50),
      status: text("status", 100) || "unknown",
      errorIds: [...new Set(errorIds.filter((id) => id !== null))],
    });
  }
  return { kind: "decoded", integrations };
}

type FoldedAttributes = ReadonlyMap<string, readonly [string, Json]>;

/** One row of an errors list, before it is known which attribute means what. */
export type ErrorRow = { polarityId: string; relatedId: string; attributes: FoldedAttributes };

/** Takes a row apart, whatever its attributes hold; null for one without a usable id. */
export function parseErrorRow(row: Json, fold: (name: string) => string): ErrorRow | null {
  const polarityId = isJsonObject(row) ? identifierOf(row.id) : null;
  if (!isJsonObject(row) || polarityId === null) return null;
  const related = objectOf(objectOf(objectOf(row.relationships).integration).data);
  return {
    polarityId,
    relatedId: identifierOf(related.id) ?? "",
    attributes: foldAttributes(objectOf(row.attributes), fold),
  };
}

/** What an error says besides its texts. */
export type ErrorFacts = Pick<ErrorRead, "polarityId" | "integrationPolarityId" | "occurrences" | "lastOccurredAt">;

/** The attributes that make up the text of an error, as they came. Equal ones make equal texts. */
export type WordedAttributes = readonly WordedAttribute[];
type WordedAttribute = { slot: WordedSlot | null; spelling: string; value: Json };

/** Reads one error after the other by names that were decided before. */
export function createErrorReader(names: AttributeNames) {
  const slotOf = new Map<string, AttributeSlot>();
  for (const slot of ATTRIBUTE_SLOTS) {
    const name = names[slot];
    if (name !== null) slotOf.set(foldName(name), slot);
  }
  return {
    /** Tells what varies from poll to poll from what is worded; `facts` is null for an error of no integration. */
    split({ polarityId, relatedId, attributes }: ErrorRow): { facts: ErrorFacts | null; worded: WordedAttributes } {
      const facts: Filling<ErrorFacts> = {
        polarityId,
        integrationPolarityId: relatedId,
        occurrences: null,
        lastOccurredAt: null,
      };
      const worded: WordedAttribute[] = [];
      for (const [folded, [spelling, value]] of attributes) {
        const slot = slotOf.get(folded) ?? null;
        if (slot === null || isWorded(slot)) worded.push({ slot, spelling, value });
        else if (!fillFact(facts, slot, value, relatedId)) worded.push({ slot: null, spelling, value });
      }
      return { facts: facts.integrationPolarityId === "" ? null : facts, worded };
    },
    /** Redacted and capped. */
    textOf(worded: WordedAttributes): ErrorText {
      const rest: Record<string, Json> = {};
      const text: Filling<ErrorText> = {
        title: null,
        shortText: null,
        longText: null,
        httpStatus: null,
        meta: {},
        rest,
      };
      for (const { slot, spelling, value } of worded) {
        if (slot === null || !fillText(text, slot, value)) setOwn(rest, spelling, value);
      }
      return { ...text, rest: shortenJson(redactJson(rest), REST_BYTES_MAX) };
    },
  };
}

type Filling<T> = { -readonly [Key in keyof T]: T[Key] };
type FactSlot = "occurrences" | "lastOccurredAt" | "integrationId";
type WordedSlot = Exclude<AttributeSlot, FactSlot>;

function isWorded(slot: AttributeSlot): slot is WordedSlot {
  return slot !== "occurrences" && slot !== "lastOccurredAt" && slot !== "integrationId";
}

/** False when the slot could not take the value as it came, so that it has to be kept in `rest` as well. */
function fillFact(facts: Filling<ErrorFacts>, slot: FactSlot, value: Json, relatedId: string): boolean {
  if (value === null || value === "") return true;
  switch (slot) {
    case "occurrences":
      facts.occurrences = countOf(value);
      return facts.occurrences !== null;
    case "lastOccurredAt":
      facts.lastOccurredAt = instantOf(value);
      return facts.lastOccurredAt !== null;
    case "integrationId": {
      const id = identifierOf(value) ?? "";
      if (relatedId === "") facts.integrationPolarityId = id;
      return id === facts.integrationPolarityId;
    }
    default:
      throw new Error(`Unknown slot: ${JSON.stringify(slot satisfies never)}`);
  }
}

/** As `fillFact`, for the slots that make up the text. */
function fillText(text: Filling<ErrorText>, slot: WordedSlot, value: Json): boolean {
  if (value === null || value === "") return true;
  switch (slot) {
    case "title": {
      const message = messageOf(value);
      text.title = message.text && capped(oneLine(message.text), TITLE_MAX);
      return message.isWhole;
    }
    case "shortText": {
      const message = messageOf(value);
      text.shortText = message.text && capped(message.text, SHORT_TEXT_MAX);
      return message.isWhole;
    }
    case "longText": {
      const message = messageOf(value);
      text.longText = message.text && capped(message.text, LONG_TEXT_MAX);
      return message.isWhole;
    }
    case "httpStatus":
      text.httpStatus = httpStatusOf(value);
      return text.httpStatus !== null && Number(value) === text.httpStatus;
    case "meta": {
      const meta = typeof value === "string" ? parseJson(value) : value;
      if (!isJsonObject(meta)) return false;
      text.meta = shortenJson(redactJson(meta), META_BYTES_MAX);
      return true;
    }
    case "extra":
      return false;
    default:
      throw new Error(`Unknown slot: ${JSON.stringify(slot satisfies never)}`);
  }
}

function capped(text: string, codePointsMax: number): string | null {
  const kept = cutText(redactText(readable(text)), codePointsMax);
  return kept === "" ? null : kept;
}

function configuredMissing(configured: ConfiguredNames, census: NameCensus): AttributeSlot[] {
  if (census.size === 0) return [];
  return ATTRIBUTE_SLOTS.filter((slot) => {
    const name = configured[slot];
    return name !== undefined && !census.has(foldName(name));
  });
}

function unplacedNames(names: AttributeNames, census: NameCensus): string[] {
  const placed = new Set(Object.values(names));
  return [...census.values()].map((seen) => seen.spelling).filter((spelling) => !placed.has(spelling));
}

/** Computes the result for each key once. */
export function memoized(compute: (key: string) => string): (key: string) => string {
  const results = new Map<string, string>();
  return (key) => {
    const known = results.get(key);
    if (known !== undefined) return known;
    const result = compute(key);
    results.set(key, result);
    return result;
  };
}
