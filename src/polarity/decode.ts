import * as z from "zod";
import type { Json, JsonObject } from "../domain/json.js";
import {
  ATTRIBUTE_SLOTS,
  type AttributeNames,
  type AttributeSlot,
  type ErrorRead,
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
import { isJsonObject, parseJson, setOwn } from "./json-value.js";
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

const identifier = z
  .string() // and no length of it: zod measures what is no text too, and throws on a length that is no number
  .transform(storable)
  .refine((id) => id !== "" && Buffer.byteLength(id) <= ID_BYTES_MAX);
const jsonObject = z.custom<JsonObject>(isJsonObject);
const reference = z.object({ id: identifier });
const errorRow = z.object({
  id: identifier,
  attributes: jsonObject.catch({}),
  relationships: z.object({ integration: z.object({ data: reference }) }).catch({ integration: { data: { id: "" } } }),
});
const integrationRow = z.object({
  id: identifier,
  attributes: jsonObject.catch({}),
  relationships: z
    .object({ "integration-errors": z.object({ data: z.array(reference.nullable().catch(null)).catch([]) }) })
    .catch({ "integration-errors": { data: [] } }),
});

/**
 * Reads the rows of an errors list. Which attribute means what is decided once for all of them; texts are redacted and
 * capped, `meta` and `rest` too. Of rows with the same integration and id the first counts. A row without an id, or of no
 * integration, makes the whole list wrong-shape: what cannot be told apart cannot be followed.
 */
export function decodeErrors(
  rows: readonly Json[],
  options: { configured: ConfiguredNames; known: AttributeNames | null },
): DecodedErrors | WrongShape {
  const parsed = parseRows(rows, errorRow, "error");
  if (parsed.kind === "wrong-shape") return parsed;
  const fold = memoized(foldName);
  const folded = parsed.rows.map((row) => foldAttributes(row.attributes, fold));
  const census = takeCensus(folded);
  const names = resolveNames(census, options.configured, options.known);
  const read = createErrorReader(names, fold);
  const errors = new Map<string, ErrorRead>();
  for (const [index, row] of parsed.rows.entries()) {
    const error = read(row.id, row.relationships.integration.data.id, folded[index] ?? new Map());
    if (error === null) return { kind: "wrong-shape", detail: `error ${index + 1} of the list names no integration` };
    const key = JSON.stringify([error.integrationPolarityId, error.polarityId]);
    if (!errors.has(key)) errors.set(key, error);
  }
  return {
    kind: "decoded",
    names,
    configuredMissing: configuredMissing(options.configured, census),
    unplaced: unplacedNames(names, census),
    errors: [...errors.values()],
  };
}

/** Reads the rows of an integrations list: ids, name, acronym, status and references to errors, and nothing else. */
export function decodeIntegrations(rows: readonly Json[]): DecodedIntegrations | WrongShape {
  const parsed = parseRows(rows, integrationRow, "integration");
  if (parsed.kind === "wrong-shape") return parsed;
  const integrations = parsed.rows.map(({ id, attributes, relationships }): IntegrationRead => {
    const text = (name: string, codePointsMax: number) => {
      const value = attributes[name];
      return typeof value === "string" ? cutText(redactText(oneLine(value)), codePointsMax) : "";
    };
    const errorIds = relationships["integration-errors"].data.flatMap((error) => (error === null ? [] : [error.id]));
    return {
      polarityId: id,
      name: text("name", 300) || id,
      acronym: text("acronym", 50),
      status: text("status", 100) || "unknown",
      errorIds: [...new Set(errorIds)],
    };
  });
  return { kind: "decoded", integrations };
}

function parseRows<Row>(
  rows: readonly Json[],
  schema: z.ZodType<Row>,
  what: string,
): { kind: "rows"; rows: Row[] } | WrongShape {
  const parsed: Row[] = [];
  for (const [index, row] of rows.entries()) {
    const result = schema.safeParse(row);
    if (!result.success) return { kind: "wrong-shape", detail: `${what} ${index + 1} of the list has no usable id` };
    parsed.push(result.data);
  }
  return { kind: "rows", rows: parsed };
}

type FoldedAttributes = Map<string, [string, Json]>;

/** Reads one error after the other by names that were decided before; null for one that belongs to no integration. */
function createErrorReader(names: AttributeNames, fold: (name: string) => string) {
  const slotOf = new Map<string, AttributeSlot>();
  for (const slot of ATTRIBUTE_SLOTS) {
    const name = names[slot];
    if (name !== null) slotOf.set(fold(name), slot);
  }
  return (polarityId: string, relatedId: string, attributes: FoldedAttributes): ErrorRead | null => {
    const rest: Record<string, Json> = {};
    const error = emptyError(polarityId, relatedId);
    for (const [folded, [spelling, value]] of attributes) {
      const slot = slotOf.get(folded);
      if (slot === undefined || !fillSlot(error, slot, value, relatedId)) setOwn(rest, spelling, value);
    }
    if (error.integrationPolarityId === "") return null;
    return { ...error, rest: shortenJson(redactJson(rest), REST_BYTES_MAX) };
  };
}

type Filling = { -readonly [Key in keyof ErrorRead]: ErrorRead[Key] };

function emptyError(polarityId: string, integrationPolarityId: string): Filling {
  return {
    polarityId,
    integrationPolarityId,
    title: null,
    shortText: null,
    longText: null,
    httpStatus: null,
    occurrences: null,
    lastOccurredAt: null,
    meta: {},
    rest: {},
  };
}

/** False when the slot could not take the value as it came, so that it has to be kept in `rest` as well. */
function fillSlot(error: Filling, slot: AttributeSlot, value: Json, relatedId: string): boolean {
  if (value === null || value === "") return true;
  switch (slot) {
    case "title": {
      const message = messageOf(value);
      error.title = message.text && capped(oneLine(message.text), TITLE_MAX);
      return message.isWhole;
    }
    case "shortText": {
      const message = messageOf(value);
      error.shortText = message.text && capped(message.text, SHORT_TEXT_MAX);
      return message.isWhole;
    }
    case "longText": {
      const message = messageOf(value);
      error.longText = message.text && capped(message.text, LONG_TEXT_MAX);
      return message.isWhole;
    }
    case "occurrences":
      error.occurrences = countOf(value);
      return error.occurrences !== null;
    case "httpStatus":
      error.httpStatus = httpStatusOf(value);
      return error.httpStatus !== null && Number(value) === error.httpStatus;
    case "lastOccurredAt":
      error.lastOccurredAt = instantOf(value);
      return error.lastOccurredAt !== null;
    case "integrationId": {
      const id = identifier.safeParse(value).data ?? "";
      if (relatedId === "") error.integrationPolarityId = id;
      return id === error.integrationPolarityId;
    }
    case "meta": {
      const meta = typeof value === "string" ? parseJson(value) : value;
      if (!isJsonObject(meta)) return false;
      error.meta = shortenJson(redactJson(meta), META_BYTES_MAX);
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

function memoized(compute: (key: string) => string): (key: string) => string {
  const results = new Map<string, string>();
  return (key) => {
    const known = results.get(key);
    if (known !== undefined) return known;
    const result = compute(key);
    results.set(key, result);
    return result;
  };
}
