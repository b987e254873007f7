import type { Json, JsonObject } from "../domain/json.js";
import { ATTRIBUTE_SLOTS, type AttributeNames, type AttributeSlot } from "../domain/snapshot.js";

/** The names that a server's operator set by hand. */
export type ConfiguredNames = Partial<Record<AttributeSlot, string>>;

/** Folded names that may fill each slot, in order of preference. */
const ALIASES: Record<AttributeSlot, readonly string[]> = {
  shortText: ["short-description", "summary", "error", "message", "detail", "description"].map(foldName),
  title: ["title", "name"].map(foldName),
  longText: ["long-description", "full-description", "details", "description", "detail", "help", "message"].map(
    foldName,
  ),
  occurrences: [
    "count",
    "error-count",
    "occurrences",
    "num-occurrences",
    "occurrence-count",
    "num-errors",
    "total",
  ].map(foldName),
  integrationId: ["integration-id"].map(foldName),
  meta: ["meta"].map(foldName),
  extra: [
    "source",
    "request-options",
    "options",
    "err",
    "error",
    "cause",
    "request",
    "entities",
    "user",
    "payload",
    "links",
  ].map(foldName),
  lastOccurredAt: [
    "last-occurred",
    "last-occurred-at",
    "last-occurrence",
    "last-error-date",
    "last-error-time",
    "last-seen",
    "last-seen-at",
    "occurred-at",
    "updated-at",
    "timestamp",
    "date",
  ].map(foldName),
  httpStatus: ["http-status", "http-status-code", "status-code", "status", "code"].map(foldName),
};

/** Sure slots first, so that the ambiguous ones choose among what is left. */
const RESOLVE_ORDER: readonly AttributeSlot[] = [
  "integrationId",
  "meta",
  "lastOccurredAt",
  "occurrences",
  "httpStatus",
  "title",
  "longText",
  "shortText",
  "extra",
];

const SLOT_TYPES: Record<AttributeSlot, "text" | "object" | "number"> = {
  shortText: "text",
  title: "text",
  longText: "text",
  occurrences: "number",
  integrationId: "text",
  meta: "object",
  extra: "object",
  lastOccurredAt: "text",
  httpStatus: "number",
};

/** What `last-occurred`, `lastOccurred` and `LAST_OCCURRED` have in common. */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, "");
}

export type SeenName = { spelling: string; text: number; object: number; number: number; valued: number };

/** Every attribute name of a whole list, folded, with the types its values had. */
export type NameCensus = ReadonlyMap<string, SeenName>;

/** An error's attributes under their folded names; of names that fold alike, the first with a value. */
export function foldAttributes(attributes: JsonObject, fold: (name: string) => string): Map<string, [string, Json]> {
  const folded = new Map<string, [string, Json]>();
  for (const spelling of Object.keys(attributes)) {
    const name = fold(spelling);
    const value = attributes[spelling] ?? null;
    const earlier = folded.get(name);
    if (earlier === undefined || earlier[1] === null) folded.set(name, [spelling, value]);
  }
  return folded;
}

/** The census of a list whose attributes were folded. */
export function takeCensus(list: readonly ReadonlyMap<string, readonly [string, Json]>[]): NameCensus {
  const census = new Map<string, SeenName>();
  for (const attributes of list) {
    for (const [name, [spelling, value]] of attributes) addToCensus(census, name, spelling, typesOf(value), 1);
  }
  return census;
}

/** Which types a value has: digits in a text are a number as well; none when there is no value. */
export function typesOf(value: Json): "" | "v" | "t" | "tn" | "n" | "o" {
  if (value === null) return "";
  if (typeof value === "string") {
    if (value.trim() === "") return "";
    return /^\s*\d+\s*$/.test(value) ? "tn" : "t";
  }
  if (typeof value === "number") return "n";
  return typeof value === "object" && !Array.isArray(value) ? "o" : "v";
}

/** Counts a name that occurs with a value of these types, so many times. */
export function addToCensus(
  census: Map<string, SeenName>,
  name: string,
  spelling: string,
  types: ReturnType<typeof typesOf>,
  times: number,
): void {
  let seen = census.get(name);
  if (seen === undefined) {
    seen = { spelling, text: 0, object: 0, number: 0, valued: 0 };
    census.set(name, seen);
  }
  if (types !== "") seen.valued += times;
  if (types === "t" || types === "tn") seen.text += times;
  if (types === "n" || types === "tn") seen.number += times;
  if (types === "o") seen.object += times;
}

/**
 * Decides once for a whole list which attribute fills each slot: the configured name, else the one known from earlier
 * lists, else the first alias that occurs, fits by its type and fills no other slot. A configured name that does not
 * occur leaves its slot null, and keeps every alias out of it.
 */
export function resolveNames(
  census: NameCensus,
  configured: ConfiguredNames,
  known: AttributeNames | null,
): AttributeNames {
  const chosen = new Map<AttributeSlot, string>();
  const spellings = new Map<string, string>();
  const taken = new Set<string>();
  const take = (slot: AttributeSlot, folded: string) => {
    chosen.set(slot, folded);
    taken.add(folded);
  };
  for (const slot of ATTRIBUTE_SLOTS) {
    const name = configured[slot];
    if (name !== undefined) take(slot, foldName(name));
  }
  for (const slot of ATTRIBUTE_SLOTS) {
    const name = known?.[slot] ?? null;
    if (name === null || chosen.has(slot) || taken.has(foldName(name))) continue;
    take(slot, foldName(name));
    spellings.set(foldName(name), name);
  }
  const firstFree = (slot: AttributeSlot) =>
    ALIASES[slot].find((alias) => !taken.has(alias) && fits(census.get(alias), slot));
  const isSettled = new Set(chosen.keys());
  for (const slot of RESOLVE_ORDER) {
    if (isSettled.has(slot)) continue;
    const alias = firstFree(slot);
    if (alias !== undefined) {
      take(slot, alias);
    } else if (slot === "shortText" && !isSettled.has("longText")) {
      yieldToShortText(chosen, census, take, firstFree);
    }
  }
  const spelled = (slot: AttributeSlot) => {
    const folded = chosen.get(slot);
    return folded === undefined ? null : (census.get(folded)?.spelling ?? spellings.get(folded) ?? null);
  };
  return {
    shortText: spelled("shortText"),
    title: spelled("title"),
    longText: spelled("longText"),
    occurrences: spelled("occurrences"),
    integrationId: spelled("integrationId"),
    meta: spelled("meta"),
    extra: spelled("extra"),
    lastOccurredAt: spelled("lastOccurredAt"),
    httpStatus: spelled("httpStatus"),
  };
}

/** The long text took the only name left for the short one: a single text is the short one. */
function yieldToShortText(
  chosen: Map<AttributeSlot, string>,
  census: NameCensus,
  take: (slot: AttributeSlot, folded: string) => void,
  firstFree: (slot: AttributeSlot) => string | undefined,
): void {
  const only = chosen.get("longText");
  if (only === undefined || !ALIASES.shortText.includes(only) || !fits(census.get(only), "shortText")) return;
  chosen.delete("longText");
  take("shortText", only);
  const next = firstFree("longText");
  if (next !== undefined) take("longText", next);
}

/** By the type that most of its values have; a name without any value fits everywhere. */
function fits(seen: SeenName | undefined, slot: AttributeSlot): boolean {
  if (seen === undefined) return false;
  const type = SLOT_TYPES[slot];
  return type === "text" ? seen.text * 2 >= seen.valued : seen[type] * 2 > seen.valued || seen.valued === 0;
}
