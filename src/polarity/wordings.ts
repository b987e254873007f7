import { fingerprintOf } from "../domain/fingerprint.js";
import type { AttributeNames, ErrorText } from "../domain/snapshot.js";
import { textDigestOf } from "../domain/text-digest.js";
import { wordingOf } from "../domain/wording.js";
import { createErrorReader, type WordedAttributes } from "./decode.js";
import { sourceDigestOf } from "./row-finder.js";

export type Identified = { words: string; fingerprint: string; textDigest: string };
/** What is worked out once for all errors that say the same; null until somebody asks. */
type Worded = { text: ErrorText; identity: Identified | null; wording: string | null };

const KEPT_MAX = 20_000;
const KEPT_UNITS_MAX = 4_000_000;

/**
 * Redacts, identifies and words the texts of errors. Most errors say what another one says too, so what was worked out is
 * kept as long as there is room, by a digest of the attributes that it comes from.
 */
export class Wordings {
  private readonly kept = new Map<string, Worded>();
  private readonly reader: ReturnType<typeof createErrorReader>;
  private units = 0;

  constructor(names: AttributeNames) {
    this.reader = createErrorReader(names);
  }

  split(row: Parameters<ReturnType<typeof createErrorReader>["split"]>[0]) {
    return this.reader.split(row);
  }

  /** `words` tells the attributes from all others: equal ones have equal identities. */
  identityOf(attributes: WordedAttributes, before: Identified | undefined): Identified {
    const source = JSON.stringify(attributes);
    const words = sourceDigestOf(source);
    if (before?.words === words) return before;
    const worded = this.of(attributes, source.length, words);
    worded.identity ??= { words, fingerprint: fingerprintOf(worded.text), textDigest: textDigestOf(worded.text) };
    return worded.identity;
  }

  /** The `Wording` as JSON. */
  jsonOf(attributes: WordedAttributes): string {
    const source = JSON.stringify(attributes);
    const worded = this.of(attributes, source.length, sourceDigestOf(source));
    worded.wording ??= JSON.stringify(wordingOf(worded.text));
    return worded.wording;
  }

  private of(attributes: WordedAttributes, units: number, words: string): Worded {
    const known = this.kept.get(words);
    if (known !== undefined) return known;
    const worded: Worded = { text: this.reader.textOf(attributes), identity: null, wording: null };
    this.makeRoom(units);
    this.kept.set(words, worded);
    return worded;
  }

  /** Frees what is kept. */
  forget(): void {
    this.kept.clear();
    this.units = 0;
  }

  private makeRoom(units: number): void {
    if (this.kept.size >= KEPT_MAX || this.units + units > KEPT_UNITS_MAX) this.forget();
    this.units += units;
  }
}
