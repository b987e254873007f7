import type { Json } from "../domain/json.js";
import { addToCensus, type NameCensus, type SeenName, typesOf } from "./attribute-names.js";

type Shape = { spelling: string; folded: string; types: ReturnType<typeof typesOf> }[];

/**
 * Which attributes rows have, and of which types. Rows are many and shapes are few, so that the census of a whole list can
 * be taken from how often each shape occurs. Shapes stay: there are no more of them than kinds of rows were seen.
 */
export class Shapes {
  private readonly known: Shape[] = [];
  private readonly numbers = new Map<string, number>();

  get size(): number {
    return this.known.length;
  }

  of(attributes: ReadonlyMap<string, readonly [string, Json]>): number {
    let signature = "";
    const shape: Shape = [];
    for (const [folded, [spelling, value]] of attributes) {
      const types = typesOf(value);
      shape.push({ spelling, folded, types });
      signature += `${spelling.length}:${spelling}${types}`;
    }
    let number = this.numbers.get(signature);
    if (number === undefined) {
      number = this.known.push(shape) - 1;
      this.numbers.set(signature, number);
    }
    return number;
  }

  /** The census of a list; `counts` in the order in which the shapes first occur in it. */
  census(counts: ReadonlyMap<number, number>): NameCensus {
    const census = new Map<string, SeenName>();
    for (const [number, times] of counts) {
      for (const { folded, spelling, types } of this.known[number] ?? []) {
        addToCensus(census, folded, spelling, types, times);
      }
    }
    return census;
  }
}
