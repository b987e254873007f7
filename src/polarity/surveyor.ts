import type { KnownError } from "../domain/identity.js";
import type { ErrorId } from "../domain/ids.js";
import { ATTRIBUTE_SLOTS, type AttributeNames, type FailedRead } from "../domain/snapshot.js";
import type { Ending, Surveyed } from "../domain/survey.js";
import { type ConfiguredNames, foldName, resolveNames } from "./attribute-names.js";
import { memoized } from "./decode.js";
import { parseList, readPage } from "./document.js";
import { findRows } from "./find-rows.js";
import { createRowFinder } from "./row-finder.js";
import { Shapes } from "./row-shapes.js";
import { isUnchanged, knownErrorOf, type Place, parsedRow, type Row, rowOf, surveyedOf } from "./surveyed-row.js";
import { Wordings } from "./wordings.js";

/** What was read of one server at once: whole pages of its list of errors. */
export type Material = {
  /** Tells the servers apart whose last reads are remembered. */
  subject: string;
  bodies: readonly Uint8Array[];
  /** All pages are there; else it is seen whether the first one is the only one. */
  isWhole: boolean;
  httpStatus: number;
  configured: ConfiguredNames;
  known: { digest: string | null; names: AttributeNames | null };
  /** Of the whole read, integrations included, and of the integrations alone. */
  digest: string;
  integrationsDigest: string;
};

export type SurveyResult =
  | {
      kind: "surveyed";
      names: AttributeNames;
      integrationsUnchanged: boolean;
      errors: number;
      present: KnownError[] | null;
    }
  /** Further pages are to be read first. */
  | { kind: "paged" }
  /** To be decoded as a whole instead: it is no list as others are, or there is something wrong with it. */
  | { kind: "odd" }
  | FailedRead;

/** What the last stored read of a server showed. */
type Remembered = {
  digest: string;
  integrationsDigest: string;
  names: AttributeNames;
  shapes: Shapes;
  wordings: Wordings;
  bySource: Map<string, Row>;
  byKey: Map<string, Row>;
};
/** A read that is being looked at. */
type Pending = {
  material: Material;
  seen: Remembered;
  rows: readonly Row[];
  places: readonly Place[];
  /** Which of the rows may differ from what is on record; null: all of them. */
  differing: readonly number[] | null;
};

const REMEMBERED_ROWS_MAX = 400_000;
/** Beyond this, to name what is to be compared costs more than to compare everything. */
const PRESENT_MAX = 20_000;
const SAMPLE_ROWS = 500;
/** A server whose rows all look different is not worth remembering. */
const SHAPES_MAX = 10_000;

/**
 * Decodes lists of errors. Of each server it remembers what the last stored read showed, row by row, so that of the next
 * one only the rows are parsed whose bytes changed. What it says is what decoding the whole list anew would say.
 */
export class Surveyor {
  private readonly remembered = new Map<string, Remembered>();
  private readonly pending = new Map<number, Pending>();

  survey(id: number, material: Material): SurveyResult {
    const known = this.remembered.get(material.subject);
    const found = this.look(material, known) ?? this.look(material, undefined);
    if (found === null) return { kind: "odd" };
    if ("kind" in found) return found;
    this.pending.set(id, found);
    const { seen, rows } = found;
    const base = known !== undefined && isBaseOf(known, material) && known.names === seen.names ? known : null;
    const present = base === null ? null : this.compare(found, base);
    return {
      kind: "surveyed",
      names: seen.names,
      integrationsUnchanged: base !== null && base.integrationsDigest === material.integrationsDigest,
      errors: rows.length,
      present,
    };
  }

  differing(id: number, from: number, count: number): Surveyed[] {
    const { rows, differing } = this.of(id);
    const length = differing?.length ?? rows.length;
    const surveyed: Surveyed[] = [];
    for (let index = from; index < Math.min(from + count, length); index += 1) {
      const at = differing === null ? index : differing[index];
      const row = at === undefined ? undefined : rows[at];
      if (at !== undefined && row !== undefined) surveyed.push(surveyedOf(row, at));
    }
    return surveyed;
  }

  wordings(id: number, at: readonly number[]): string[] {
    const { seen, places } = this.of(id);
    const fold = memoized(foldName);
    return at.map((index) => {
      const place = places[index];
      const row = place === undefined ? null : parsedRow(place, fold);
      if (row === null) throw new Error("A row of a survey cannot be read again");
      return seen.wordings.jsonOf(seen.wordings.split(row).worded);
    });
  }

  countUnlisted(id: number, polarityIds: readonly string[]): number {
    const listed = new Set(this.of(id).rows.map((row) => row.polarityId));
    return polarityIds.filter((polarityId) => !listed.has(polarityId)).length;
  }

  release(id: number, ending: Ending): void {
    const found = this.pending.get(id);
    this.pending.delete(id);
    if (found === undefined || ending.kind === "dropped") return;
    const { subject } = found.material;
    if (ending.kind === "distrusted" || found.seen.shapes.size > SHAPES_MAX) {
      this.remembered.delete(subject);
      return;
    }
    for (const [index, at] of ending.at.entries()) {
      const row = found.rows[at];
      if (row !== undefined) row.id = ending.ids[index] as ErrorId;
    }
    found.seen.wordings.forget();
    this.remembered.delete(subject); // so that the one that was used last stands last
    this.remembered.set(subject, found.seen);
    let rows = 0;
    for (const { byKey } of this.remembered.values()) rows += byKey.size;
    for (const [oldest, { byKey }] of this.remembered) {
      if (rows <= REMEMBERED_ROWS_MAX) break;
      rows -= byKey.size;
      this.remembered.delete(oldest);
    }
  }

  private of(id: number): Pending {
    const found = this.pending.get(id);
    if (found === undefined) throw new Error("There is no such survey");
    return found;
  }

  /** Null when the names turned out otherwise than expected from `known`, or the list is odd. */
  private look(material: Material, known: Remembered | undefined): Pending | SurveyResult | null {
    const finder = createRowFinder(known === undefined ? [] : [...known.bySource.values()]);
    const pages = material.bodies.map((bytes) => {
      const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return { body, found: findRows(body, finder.endOf) };
    });
    const places: Place[] = [];
    for (const { body, found } of pages) {
      if (found === null) return failureOf(material, body);
      const { spans } = found;
      for (let at = 0; at < spans.length; at += 2) {
        const source = finder.sources[places.length] ?? "";
        places.push({ body, start: spans[at] ?? 0, end: spans[at + 1] ?? 0, source });
      }
    }
    const [first] = pages;
    if (!material.isWhole && first?.found != null) {
      const { page, next } = readPage(first.found.document);
      if (page.total === null ? next !== null : page.total !== places.length) return { kind: "paged" };
    }
    const fold = memoized(foldName);
    const shapes = known?.shapes ?? new Shapes();
    const names = known?.names ?? sampledNames(material, places, shapes, fold);
    if (names === null) return null;
    return this.decode(material, known, { places, fold, shapes, names });
  }

  private decode(
    material: Material,
    known: Remembered | undefined,
    {
      places,
      fold,
      shapes,
      names,
    }: { places: Place[]; fold: (name: string) => string; shapes: Shapes; names: AttributeNames },
  ): Pending | SurveyResult | null {
    const wordings = known?.wordings ?? new Wordings(names);
    const bySource = new Map<string, Row>();
    const byKey = new Map<string, Row>();
    const rows: Row[] = [];
    const kept: Place[] = [];
    const counts = new Map<number, number>();
    for (const place of places) {
      const { source } = place;
      let row = bySource.get(source) ?? known?.bySource.get(source);
      if (row === undefined) {
        const parsed = parsedRow(place, fold);
        if (parsed === null) return null;
        const { facts, worded } = wordings.split(parsed);
        if (facts === null) return { kind: "odd" };
        const key = `${facts.integrationPolarityId}\u0000${facts.polarityId}`;
        const identity = wordings.identityOf(worded, known?.byKey.get(key));
        const found = { source, bytes: place.end - place.start, key, shape: shapes.of(parsed.attributes) };
        row = rowOf(facts, identity, found);
      }
      counts.set(row.shape, (counts.get(row.shape) ?? 0) + 1);
      bySource.set(source, row);
      if (byKey.has(row.key)) continue;
      byKey.set(row.key, row);
      rows.push(row);
      kept.push(place);
    }
    if (!material.isWhole && rows.length !== places.length) return { kind: "odd" };
    const actual = resolveNames(shapes.census(counts), material.configured, material.known.names);
    if (!isSame(actual, names)) {
      if (known !== undefined) return null;
      // The sample misled: now it is known better.
      return this.decode(material, undefined, { places, fold, shapes, names: actual });
    }
    const { digest, integrationsDigest } = material;
    const seen: Remembered = { digest, integrationsDigest, names, shapes, wordings, bySource, byKey };
    return { material, seen, rows, places: kept, differing: null };
  }

  /** Finds what differs from the base; null when it is too much to be named. */
  private compare(found: Pending, base: Remembered): KnownError[] | null {
    const { rows, seen } = found;
    const differing: number[] = [];
    const present: KnownError[] = [];
    let paired = 0;
    for (const [at, row] of rows.entries()) {
      const before = base.byKey.get(row.key);
      if (before !== undefined) paired += 1;
      if (before === row) continue;
      if (before !== undefined && isUnchanged(before, row)) {
        row.id = before.id;
        continue;
      }
      differing.push(at);
      if (before !== undefined && !addKnown(present, before)) return null;
    }
    if (paired < base.byKey.size) {
      for (const [key, before] of base.byKey) {
        if (!seen.byKey.has(key) && !addKnown(present, before)) return null;
      }
    }
    if (present.length > PRESENT_MAX) return null;
    found.differing = differing;
    return present;
  }
}

/** Whether what is remembered is what the last snapshot on record showed. */
function isBaseOf(known: Remembered, { known: asked }: Material): boolean {
  return known.digest === asked.digest && asked.names !== null && isSame(known.names, asked.names);
}

function sampledNames(
  material: Material,
  places: readonly Place[],
  shapes: Shapes,
  fold: (name: string) => string,
): AttributeNames | null {
  const counts = new Map<number, number>();
  for (const place of places.slice(0, SAMPLE_ROWS)) {
    const row = parsedRow(place, fold);
    if (row === null) return null;
    const shape = shapes.of(row.attributes);
    counts.set(shape, (counts.get(shape) ?? 0) + 1);
  }
  return resolveNames(shapes.census(counts), material.configured, material.known.names);
}

/** A body without a list is a failure, in the same words as for any other list. */
function failureOf({ httpStatus }: Material, body: Buffer): FailedRead | null {
  const list = parseList({ body, httpStatus }, ERRORS_LIST);
  return list.kind === "failed" ? list : null;
}

/** As in "may not read the list of integration errors". */
export const ERRORS_LIST = "the list of integration errors";

function isSame(one: AttributeNames, other: AttributeNames): boolean {
  return ATTRIBUTE_SLOTS.every((slot) => one[slot] === other[slot]);
}

/** False when it is not known under which id the error is on record. */
function addKnown(known: KnownError[], row: Row): boolean {
  const error = knownErrorOf(row);
  if (error !== null) known.push(error);
  return error !== null;
}
